-- One element a partition: $1 partition, $2 the offset below which everything is published. Only forward: a relay that lost the partition
-- may come late.
with locked as (
  select p.partition, a.through
  from unnest($1::int[], $2::bigint[]) as a (partition, through)
  join partitions p on p.partition = a.partition
  where p.relayed_through is null or p.relayed_through < a.through
  order by p.partition -- one order for all who move positions, so that two never wait for each other crosswise
  for update of p
)
update partitions p
set relayed_through = locked.through
from locked
where p.partition = locked.partition
