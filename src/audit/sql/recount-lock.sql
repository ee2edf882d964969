-- $1 the lock of the recount: one at a time in the whole service, however many processes are asked.
select pg_try_advisory_lock($1::bigint) as is_ours, clock_timestamp() as now
