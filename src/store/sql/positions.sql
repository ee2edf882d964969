-- $1 partitions. Those that have a position.
select partition, next_offset, fingerprint, applied_through
from partitions
where partition = any($1::int[])
