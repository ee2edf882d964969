-- A page of the reservations of SKU $1: at most $4 with an id from $2 to $3. Times as epoch milliseconds, which costs the driver less
-- than to read them as text; numeric until the end, so that the milliseconds are exact.
select reservation_id, issuer, user_id, quantity, status, reason, sequence, version,
       (extract(epoch from queued_at) * 1000)::float8 as queued_at,
       (extract(epoch from decide_by) * 1000)::float8 as decide_by,
       (extract(epoch from decided_at) * 1000)::float8 as decided_at,
       (extract(epoch from expires_at) * 1000)::float8 as expires_at,
       (extract(epoch from confirmed_at) * 1000)::float8 as confirmed_at,
       payment_reference, extension_id
from reservations
where reservation_id >= $2 and reservation_id <= $3 and sku_id = $1
order by reservation_id
limit $4
