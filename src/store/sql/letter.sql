-- $1 topic, $2 partition, $3 offset. A dead letter with its bytes.
select topic, partition, log_offset, reason, reservation_id, stored_at, published_at, redriven_at, redriven_by, redriven_partition,
       redriven_offset, dismissed_at, dismissed_by, dismissed_reason, key, value,
       coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) as bytes
from dead_letters
where topic = $1 and partition = $2 and log_offset = $3
