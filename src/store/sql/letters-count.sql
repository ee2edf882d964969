-- $1 topic, $2 partition or null. How many wait, since when the oldest of them does, and the database's time.
select count(*) as waiting, min(stored_at) as oldest_stored_at, clock_timestamp() as now
from dead_letters
where topic = $1 and redriven_at is null and dismissed_at is null and ($2::integer is null or partition = $2)
