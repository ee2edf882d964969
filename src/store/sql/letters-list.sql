-- $1 whether those that are redriven or dismissed already are wanted too. Oldest first.
select topic, partition, log_offset, reason, reservation_id, stored_at, published_at, redriven_at, redriven_by, redriven_partition,
       redriven_offset, dismissed_at, dismissed_by, dismissed_reason,
       coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) as bytes
from dead_letters
where $1::boolean or (redriven_at is null and dismissed_at is null)
order by stored_at, topic, partition, log_offset
