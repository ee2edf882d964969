-- $1 partitions. Up to where each was swept; those that never were are missing.
select partition, swept_through
from partitions
where partition = any($1::int[]) and swept_through is not null
