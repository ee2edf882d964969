-- Rows where no replay looks for them, by SKU and by how their ids begin: a row a SKU in a sound database. $1: only of this SKU, or null.
select g.sku_id, g.beginning, g.first_id,
       exists (select from stock s where s.sku_id = g.sku_id) or exists (select from ledger l where l.sku_id = g.sku_id) as replayed
from (
  select r.sku_id, left(r.reservation_id::text, 8) as beginning, min(r.reservation_id::text) as first_id
  from reservations r
  where $1::text is null or r.sku_id = $1
  group by 1, 2
) g
order by 1, 2
