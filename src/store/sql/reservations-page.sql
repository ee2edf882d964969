-- $1 id after which to look, $2 last id to look at; $3 issuer; $4 user, $5 sku, $6 status, null for any; $7 rows to look at, $8 rows to answer.
-- An issuer's reservations by id. How many rows are looked at is bounded, not only how many are answered: of millions of refused requests a
-- filter may let through none. `stop` is the id at which that bound ended it; that row is answered though it may not be `listed`.
select r.*, m.listed, case when r.looked_at = $7::int then r.reservation_id end as stop
from (
  select b.*, row_number() over (order by b.reservation_id) as looked_at
  from (
    select *
    from reservations
    where reservation_id > $1::uuid and reservation_id <= $2::uuid
    order by reservation_id
    limit $7::int
  ) b
) r
cross join lateral (
  select r.issuer = $3 and ($4::text is null or r.user_id = $4) and ($5::text is null or r.sku_id = $5)
     and ($6::text is null or r.status = $6) as listed
) m
where m.listed or r.looked_at = $7::int
order by r.reservation_id
limit $8::int
