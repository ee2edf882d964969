-- The sale played again from the ledger alone: what was there, held, sold and allowed at each decision. A refused decision changes no
-- units, so for it "after" is also "before".
with change as (
  select sku_id, sequence, type, said, issuer, user_id, quantity as asked, 0::float8 as units, reserved, confirmed, seconds::float8, held_ms, breaks,
         null::bigint as new_limit, null::bigint as new_hold, null::bigint as new_extension
  from audit_life
  union all
  select sku_id, sequence, type, coalesce(reason, outcome), null, null, units,
         case when outcome in ('CONFIGURED', 'ADJUSTED') then coalesce(units, 0) else 0 end, 0, 0, null, null, false,
         case outcome when 'CONFIGURED' then (settings ->> 'perUserLimit')::bigint end,
         case outcome when 'CONFIGURED' then (settings ->> 'holdSeconds')::bigint end,
         case outcome when 'CONFIGURED' then (settings ->> 'maxExtendSeconds')::bigint end
  from audit_decision
  where reservation_id is null
), running as (
  select *,
         sum(units) over way as units_after,
         sum(reserved + confirmed) over way as held_after,
         sum(reserved + confirmed) over (partition by sku_id, issuer, user_id order by sequence rows unbounded preceding) as buyer_after,
         count(new_limit) over way as settings_no
  from change
  window way as (partition by sku_id order by sequence rows unbounded preceding)
), judged as (
  select *,
         max(new_limit) over such as buyer_limit,
         max(new_hold) over such as hold_seconds,
         max(new_extension) over such as max_extension
  from running
  window such as (partition by sku_id, settings_no)
)
select sku_id as "skuId",
       sum(units) as "total",
       sum(reserved) as "ledgerReserved",
       sum(confirmed) as "ledgerConfirmed",
       greatest(max(held_after - units_after), 0) as "oversold",
       count(*) filter (where (said = 'SOLD_OUT' and units_after - held_after >= asked)
                           or (said = 'USER_LIMIT_EXCEEDED' and buyer_after + asked <= buyer_limit))::float8 as "undersold",
       count(*) filter (where said = 'RESERVED' and buyer_after > buyer_limit)::float8 as "limitBreaches",
       count(*) filter (where breaks or case type
         when 'reserve' then said = 'RESERVED' and (held_ms is null or held_ms <> hold_seconds * 1000)
         when 'extend' then
              (said = 'EXTENDED' and (held_ms is null or held_ms <> coalesce(seconds, max_extension) * 1000
                                      or held_ms not between 1000 and max_extension * 1000))
           or (said = 'EXTENSION_TOO_LONG' and coalesce(seconds, max_extension) between 1 and max_extension)
         -- a SKU is created once, and its units come then
         when 'configure' then said = 'CONFIGURED' and (settings_no = 1) <> (asked is not null)
         when 'adjust' then case said
           when 'ADJUSTED' then settings_no = 0 or units_after > 1000000000
           when 'NOT_FOUND' then settings_no > 0
           when 'BELOW_COMMITTED' then units_after + asked >= held_after
           when 'TOTAL_TOO_LARGE' then units_after + asked <= 1000000000 end
         end)::float8 as "lifeBreaks"
from judged
group by sku_id
