-- $1 id after which to look; $2 the buyer's part of its ids; $3 issuer, $4 user; $5 status, null for any; $6 SKUs to look at, $7 rows to answer.
-- A buyer's reservations on all SKUs, by id. An id begins with its SKU and then its buyer, so the primary key is skipped through: from one SKU
-- to the next, and of each the buyer's range. An index by buyer would be one more random page to write for every new row.
-- `stop`: the last id of the last SKU that was looked at, where there may be more.
with recursive skus as (
  select 1 as looked_at, f.sku
  from (
    select substr(reservation_id::text, 1, 8) as sku
    from reservations
    where reservation_id > $1::uuid
    order by reservation_id
    limit 1
  ) f
  union all
  select s.looked_at + 1, n.sku
  from skus s
  cross join lateral (
    select substr(reservation_id::text, 1, 8) as sku
    from reservations
    where reservation_id > (s.sku || '-ffff-ffff-ffff-ffffffffffff')::uuid
    order by reservation_id
    limit 1
  ) n
  where s.looked_at < $6::int
)
select r.*, r.reservation_id is not null as listed,
       case when s.looked_at = $6::int then (s.sku || '-ffff-ffff-ffff-ffffffffffff')::uuid end as stop
from skus s
left join lateral (
  select *
  from reservations
  where reservation_id between (s.sku || $2 || '000000000000')::uuid and (s.sku || $2 || 'ffffffffffff')::uuid
    and reservation_id > $1::uuid and issuer = $3 and user_id = $4 and ($5::text is null or status = $5)
  order by reservation_id
  limit $7::int
) r on true
where r.reservation_id is not null or s.looked_at = $6::int
order by s.looked_at, r.reservation_id
limit $7::int
