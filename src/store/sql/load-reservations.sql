-- $1 ids; $2 and $3 first and last id of each of their buyers on its SKU, each pair once.
-- The reservations of these ids, and all that hold units for these buyers; some twice. Two arms: a range is read once, however many
-- commands of its buyer the chunk holds, or a buyer with many refused requests would make each of the next ones read all of them.
select r.*
from unnest($1::uuid[]) as q (reservation_id)
join reservations r on r.reservation_id = q.reservation_id
union all
select r.*
from unnest($2::uuid[], $3::uuid[]) as q (first_id, last_id)
join reservations r on r.reservation_id between q.first_id and q.last_id
where r.status in ('RESERVED', 'CONFIRMED')
