-- $1 topic, $2 partition, $3 first offset. The dead letters from there on.
select log_offset
from dead_letters
where topic = $1 and partition = $2 and log_offset >= $3
