-- $1 ids; $2, $3, $4 buyers as (sku, user, issuer). Reservations of these ids, and all that hold units for these buyers; some twice.
select r.*
from unnest($1::uuid[]) as q (reservation_id)
join reservations r on r.reservation_id = q.reservation_id
union all
select r.*
from unnest($2::text[], $3::text[], $4::text[]) as q (sku_id, user_id, issuer)
join reservations r on r.sku_id = q.sku_id and r.user_id = q.user_id and r.issuer = q.issuer
where r.status in ('RESERVED', 'CONFIRMED')
