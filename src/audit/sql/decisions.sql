-- What was decided, by the ledger; and what was decided twice: a command settled again, two reservations under one number.
with decided as (
  select sku_id, outcome, reason, type, nth_effect from audit_decision
), counted as (
  select sku_id, count(*) as decisions, count(*) filter (where outcome = 'DUPLICATE') as repeats,
         count(*) filter (where nth_effect > 1) as again
  from decided group by sku_id
), refused as (
  select sku_id, jsonb_object_agg(reason, n) as by_reason
  from (select sku_id, reason, count(*) as n from decided where type = 'reserve' and outcome = 'REFUSED' group by sku_id, reason) as r
  group by sku_id
), doubled as (
  select sku_id, sum(n - 1) as rows from (select sku_id, count(*) as n from reservations group by sku_id, sequence having count(*) > 1) as d
  group by sku_id
)
select sku_id as "skuId",
       coalesce(decisions, 0)::float8 as "decisions",
       coalesce(repeats, 0)::float8 as "repeats",
       coalesce(by_reason, '{}'::jsonb) as "refused",
       (coalesce(again, 0) + coalesce(doubled.rows, 0))::float8 as "duplicates"
from counted left join refused using (sku_id) full join doubled using (sku_id)
