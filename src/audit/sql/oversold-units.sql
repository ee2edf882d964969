-- $1 partitions. Units held by reservations beyond their SKU's total, over the SKUs of these partitions: counted from the rows, not from
-- the counters that the writer keeps.
select coalesce(sum(greatest(held.units - s.total, 0)), 0)::bigint as units
from stock s
join (
  select r.sku_id, sum(r.quantity) as units
  from reservations r
  where r.status in ('RESERVED', 'CONFIRMED')
  group by r.sku_id
) held on held.sku_id = s.sku_id
where s.partition = any($1::int[])
