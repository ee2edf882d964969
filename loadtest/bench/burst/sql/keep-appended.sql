-- $1 partitions, $2 offsets, $3 times (epoch ms), an element each record
insert into appended (partition, log_offset, at_ms) select * from unnest($1::integer[], $2::bigint[], $3::float8[])
