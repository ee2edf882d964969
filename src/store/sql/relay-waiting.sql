-- $1 partitions. Those with entries behind the relay's cursor and below the position, and the age of the oldest of each, in seconds.
select p.partition, greatest(0, extract(epoch from clock_timestamp() - l.decided_at))::float8 as age
from partitions p
cross join lateral (
  select e.decided_at
  from ledger e
  where e.partition = p.partition and e.last_offset >= coalesce(p.relayed_through, 0) and e.last_offset < p.next_offset
  order by e.partition, e.last_offset
  limit 1
) l
where p.partition = any($1::int[]) and p.next_offset > coalesce(p.relayed_through, 0)
