-- I12, per partition: every record below the position is one decision or one dead letter. The ledger may be ahead of the position, which
-- is written lazily. A letter that was redriven still stands for its own offset, and waits no longer: `redriven`.
-- $1, $2 = partitions whose log did not begin at 0 when the service first saw it, and where it did.
with record as (
  select partition, log_offset, 1 as decided, 0 as redriven from audit_decision
  union all
  select partition, log_offset, 0, (redriven_at is not null)::integer from dead_letters
), start as (
  select * from unnest($1::integer[], $2::bigint[]) as s (partition, log_start)
), per_offset as (
  select r.partition, r.log_offset, sum(r.decided) as decided, sum(r.redriven) as redriven, count(*) as times
  from record r join partitions p on p.partition = r.partition and r.log_offset < p.next_offset
  group by r.partition, r.log_offset
), per_partition as (
  select partition, count(*) as records, sum(decided) as decided, sum(redriven) as redriven, sum(times - decided - redriven) as dead,
         sum(times - 1) as doubled
  from per_offset group by partition
)
select p.partition, p.next_offset::float8 as position,
       coalesce(a.decided, 0)::float8 as decided,
       coalesce(a.dead, 0)::float8 as "deadLetters",
       coalesce(a.redriven, 0)::float8 as redriven,
       abs(p.next_offset - coalesce(s.log_start, 0) - coalesce(a.records, 0))::float8 as unaccounted,
       coalesce(a.doubled, 0)::float8 as doubled
from partitions p
left join per_partition a using (partition)
left join start s using (partition)
order by p.partition
