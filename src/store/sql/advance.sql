-- One element a partition: $1 partition, $2 next offset, $3 fingerprint of the record before it, $4 applied through (epoch ms) or null.
-- Positions only grow: what an evicted owner still reports changes nothing.
insert into partitions as p (partition, next_offset, fingerprint, applied_through)
select partition, next_offset, fingerprint, to_timestamp(applied_ms / 1000)
from unnest($1::int[], $2::bigint[], $3::text[], $4::float8[]) as a (partition, next_offset, fingerprint, applied_ms)
order by partition -- one order for all, so that two processes never wait for each other crosswise
on conflict (partition) do update set
  next_offset = excluded.next_offset,
  fingerprint = excluded.fingerprint,
  -- Not the later of the two: a clock that was set back would leave a time to come, and what is in the log would be said not to exist.
  applied_through = coalesce(excluded.applied_through, p.applied_through)
where p.next_offset <= excluded.next_offset
