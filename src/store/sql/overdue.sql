-- $1 and $2 expiry (epoch ms) and id after which to begin, $3 how many at most. The database's time, and holds that are over by it, oldest
-- first. One row at least: without a hold where there is none.
select (extract(epoch from n.now) * 1000)::bigint as now, o.reservation_id, o.sku_id, o.expires_at
from (select clock_timestamp() as now) n
left join lateral (
  select r.reservation_id, r.sku_id, r.expires_at
  from reservations r
  where r.expires_at >= to_timestamp($1::float8 / 1000)
    and (r.expires_at, r.reservation_id) > (to_timestamp($1::float8 / 1000), $2::uuid)
    and r.expires_at <= n.now
    and r.status = 'RESERVED'
  order by r.expires_at, r.reservation_id
  limit $3
) o on true
order by o.expires_at, o.reservation_id
