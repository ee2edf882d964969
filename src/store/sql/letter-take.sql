-- $1 topic, $2 partition, $3 offset. The letter, for the time of the transaction. No row: there is none, or another transaction has it.
select topic, partition, log_offset, key, value, reason, reservation_id, redriven_at, redriven_by
from dead_letters
where topic = $1 and partition = $2 and log_offset = $3
for update skip locked
