-- The transactions that are done, and a moment (epoch ms) at which they were.
select pg_current_snapshot()::text as snapshot, (extract(epoch from clock_timestamp()) * 1000)::float8 as at
