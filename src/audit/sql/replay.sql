-- The sale played again from the ledger alone: what was there, held, and allowed at each decision. A refused decision changes nothing, so
-- for it "after" is also "before".
with change as (
  select sku_id, sequence, (line).outcome as outcome, (line).reason as reason, (line).issuer as issuer, (line).user_id as user_id,
         (line).quantity as quantity,
         case when (line).outcome = 'CONFIGURED' then coalesce((line).total, 0) else 0 end as units,
         case when (line).outcome = 'RESERVED' then (line).quantity else 0 end as held,
         case when (line).outcome = 'CONFIGURED'
              then ((line).change ->> 'perUserLimit')::integer end as new_limit
  from audit_decision
), running as (
  select *,
         sum(units) over way as units_after,
         sum(held) over way as held_after,
         sum(held) over (partition by sku_id, issuer, user_id order by sequence rows unbounded preceding) as buyer_after,
         count(new_limit) over way as limit_no
  from change
  window way as (partition by sku_id order by sequence rows unbounded preceding)
), judged as (
  select *, max(new_limit) over (partition by sku_id, limit_no) as buyer_limit from running
)
select sku_id as "skuId",
       sum(units)::float8 as "total",
       sum(held)::float8 as "ledgerHeld",
       greatest(max(held_after - units_after), 0)::float8 as "oversold",
       count(*) filter (where (reason = 'SOLD_OUT' and units_after - held_after >= quantity)
                           or (reason = 'USER_LIMIT_EXCEEDED' and buyer_after + quantity <= buyer_limit))::float8 as "undersold",
       count(*) filter (where outcome = 'RESERVED' and buyer_after > buyer_limit)::float8 as "limitBreaches"
from judged
group by sku_id
