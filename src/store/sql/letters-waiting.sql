-- $1 topic, $2 partition or null, $3 kept no later than this (epoch ms), $4 partition and $5 offset behind which to begin, $6 how many.
select partition, log_offset
from dead_letters
where topic = $1 and redriven_at is null and dismissed_at is null
  and ($2::integer is null or partition = $2) and (partition, log_offset) > ($4::integer, $5::bigint)
  and stored_at <= to_timestamp($3::float8 / 1000)
order by partition, log_offset
limit $6
