-- $1 the SKUs of the bursts; $2 how long the others are warmed up (ms).
-- From the append of a command to the first snapshot that shows its commit: of the SKUs of the bursts, and of the others, appended while a
-- burst was decided (from its first append to its last commit), or between the warm-up and the first burst.
with entry as materialized (
  -- of the number only 32 bits are kept in the row
  select l.sku_id, l.partition, l.decisions,
         ((pg_snapshot_xmax(pg_current_snapshot())::text::bigint >> 32 << 32) + l.xmin::text::bigint)::text::xid8 as transaction,
         extract(epoch from l.decided_at)::float8 * 1000 as decided_ms
  from ledger l
), commit as materialized (
  select transaction, min(decided_ms) as decided_ms from entry group by transaction
), commit_seen as materialized (
  select c.transaction, s.at_ms
  from commit c
  left join lateral (
    -- it was decided before it was committed, by a clock that may differ a little
    select at_ms from seen where at_ms > c.decided_ms - 50 and pg_visible_in_snapshot(c.transaction, snapshot) order by at_ms limit 1
  ) s on true
), command as materialized (
  select e.sku_id, e.partition, a.at_ms as appended_ms, s.at_ms as committed_ms, e.sku_id = any ($1::text[]) as is_hot
  from entry e
  join commit_seen s using (transaction)
  cross join lateral string_to_table(e.decisions, E'\n') as line
  join appended a on a.partition = e.partition and a.log_offset = split_part(ltrim(line, '['), ',', 1)::bigint
  where split_part(line, ',', 2) = '"reserve"'
), burst as (
  select sku_id, partition, min(appended_ms) as first_ms, max(committed_ms) as last_ms from command where is_hot group by sku_id, partition
), quiet as (
  select min(appended_ms) filter (where not is_hot) + $2::float8 as first_ms, min(appended_ms) filter (where is_hot) as last_ms from command
), measured as (
  select 'without' as beside, 'any' as place, c.* from command c, quiet q where not is_hot and appended_ms >= q.first_ms and appended_ms < q.last_ms
  union all
  select 'burst', case when c.partition = b.partition then 'own' else 'elsewhere' end, c.*
  from command c join burst b on c.appended_ms between b.first_ms and b.last_ms
  where not is_hot
  union all
  select 'hot', 'own', c.* from command c where is_hot
)
select beside, coalesce(place, 'any') as place, count(*)::float8 as commands,
       (count(*) filter (where committed_ms is null))::float8 as unseen,
       percentile_cont(0.5) within group (order by committed_ms - appended_ms) as "p50Ms",
       percentile_cont(0.95) within group (order by committed_ms - appended_ms) as "p95Ms",
       percentile_cont(0.99) within group (order by committed_ms - appended_ms) as "p99Ms",
       (select avg(last_ms - first_ms) from burst)::float8 as "burstMs",
       (select count(*) from burst a join burst b on a.first_ms < b.first_ms and a.last_ms > b.first_ms)::float8 as overlaps
from measured
group by grouping sets ((beside), (beside, place))
having not (beside <> 'burst' and place is not null)
