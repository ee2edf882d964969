-- $1 topic, $2 partition, $3 offset, $4 by whom.
update dead_letters
set redriven_at = clock_timestamp(), redriven_by = $4
where topic = $1 and partition = $2 and log_offset = $3 and redriven_at is null
returning redriven_at
