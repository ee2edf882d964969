-- $1 partitions, $2 up to where they are swept (epoch ms). Only forward, and only where there is a position.
update partitions p
set swept_through = to_timestamp($2::float8 / 1000)
where p.partition = any($1::int[]) and (p.swept_through is null or p.swept_through < to_timestamp($2::float8 / 1000))
