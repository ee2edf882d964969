-- $1 topic, $2 partition or null, $3 state or null, $4 partition and $5 offset behind which the page begins, $6 how many at most.
select topic, partition, log_offset, reason, reservation_id, stored_at, published_at, redriven_at, redriven_by, redriven_partition,
       redriven_offset, dismissed_at, dismissed_by, dismissed_reason,
       coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) as bytes
from dead_letters
where topic = $1 and ($2::integer is null or partition = $2) and (partition, log_offset) > ($4::integer, $5::bigint)
  and case $3::text
        when 'WAITING' then redriven_at is null and dismissed_at is null
        when 'REDRIVEN' then redriven_at is not null
        when 'DISMISSED' then redriven_at is null and dismissed_at is not null
        else true
      end
order by partition, log_offset
limit $6
