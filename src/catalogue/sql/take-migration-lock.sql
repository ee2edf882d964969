-- Until the end of the transaction. The number means nothing, and stays the same in all versions.
select pg_advisory_xact_lock(7033920001)
