-- $1 sku, $2 and $3 first and last id of its hash. What is held of it and by whom, as of the commit that is its head. One row at least where
-- the SKU has one: without a buyer where nobody holds any.
select s.head_hash, r.issuer, r.user_id, r.units
from stock s
left join lateral (
  select issuer, user_id, sum(quantity)::int as units
  from reservations
  where reservation_id between $2 and $3 and sku_id = s.sku_id and status in ('RESERVED', 'CONFIRMED')
  group by issuer, user_id
) r on true
where s.sku_id = $1
