-- $1 times (epoch ms), $2 snapshots
insert into seen (at_ms, snapshot)
select distinct on (at_ms) at_ms, snapshot::pg_snapshot from unnest($1::float8[], $2::text[]) as s (at_ms, snapshot)
