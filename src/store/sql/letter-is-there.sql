-- $1 topic, $2 partition, $3 offset.
select exists (select from dead_letters where topic = $1 and partition = $2 and log_offset = $3) as is_there
