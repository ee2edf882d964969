-- $1 whether those that are redriven already are wanted too. Oldest first.
select topic, partition, log_offset, reason, reservation_id, stored_at, published_at, redriven_at, redriven_by,
       coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) as bytes
from dead_letters
where $1::boolean or redriven_at is null
order by stored_at, topic, partition, log_offset
