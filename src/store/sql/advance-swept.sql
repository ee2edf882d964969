-- $1 partitions, $2 up to where they are swept (epoch ms). Only forward, and only where there is a position.
with locked as (
  select partition
  from partitions
  where partition = any($1::int[]) and (swept_through is null or swept_through < to_timestamp($2::float8 / 1000))
  order by partition -- one order for all who move positions, so that two never wait for each other crosswise
  for update
)
update partitions p
set swept_through = to_timestamp($2::float8 / 1000)
from locked
where p.partition = locked.partition
