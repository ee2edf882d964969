-- $1 topics, $2 partitions, $3 offsets of the letters that are published.
update dead_letters d
set published_at = clock_timestamp()
from unnest($1::text[], $2::int[], $3::bigint[]) as p (topic, partition, log_offset)
where d.topic = p.topic and d.partition = p.partition and d.log_offset = p.log_offset and d.published_at is null
