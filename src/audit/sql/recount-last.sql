-- The recount that was asked for last, and whether one is under way now: $1 is the lock that it holds.
select r.*, exists (
         select from pg_locks l
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint
           and l.database = (select d.oid from pg_database d where d.datname = current_database())
       ) as under_way
from (select) as one_row
left join lateral (
  select asked_by, started_at, took_ms, outcome, report from recounts order by started_at desc limit 1
) r on true
