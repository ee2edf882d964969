-- $1 ids. Those that are decided.
select r.*
from unnest($1::uuid[]) as q (reservation_id)
join reservations r on r.reservation_id = q.reservation_id
