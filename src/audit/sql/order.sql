-- FIFO: within a SKU the numbers run 1, 2, 3 ... and the offsets rise with them; time never goes back; an entry is what it says it holds.
with step as (
  select sku_id,
         log_offset <= lag(log_offset) over way or decided_at < lag(decided_at) over way as out_of_order,
         sequence <> lag(sequence, 1, 0::bigint) over way + 1 as gap,
         not (
             case when outcome in ('REFUSED', 'DUPLICATE')
                  then type in ('reserve', 'confirm', 'cancel', 'extend', 'expire', 'configure', 'adjust')
                  else (type, outcome) in (
                    ('reserve', 'RESERVED'), ('confirm', 'CONFIRMED'), ('cancel', 'CANCELLED'), ('extend', 'EXTENDED'), ('expire', 'EXPIRED'),
                    ('configure', 'CONFIGURED'), ('adjust', 'ADJUSTED')) end
             and (outcome = 'REFUSED') = (reason is not null)
             and (type in ('configure', 'adjust') or reservation_id is not null)) as unreadable
  from audit_decision
  window way as (partition by sku_id order by sequence, log_offset)
), per_sku as (
  select sku_id, count(*) filter (where out_of_order) as out_of_order, count(*) filter (where gap) as gaps,
         count(*) filter (where unreadable is not false) as unreadable
  from step group by sku_id
), read as (
  select sku_id, first_sequence, count(*) as lines, max(sequence) as last_sequence,
         min(log_offset) as first_offset, max(log_offset) as last_offset
  from audit_decision group by sku_id, first_sequence
), entries as (
  select l.sku_id,
         count(*) filter (where read.lines is null) as unreadable,
         count(*) filter (where (read.last_sequence, read.first_offset, read.last_offset) <> (l.last_sequence, l.first_offset, l.last_offset)) as wrong
  from ledger l left join read using (sku_id, first_sequence)
  group by l.sku_id
)
select sku_id as "skuId",
       (coalesce(per_sku.out_of_order, 0) + entries.wrong)::float8 as "orderBreaks",
       coalesce(per_sku.gaps, 0)::float8 as "sequenceGaps",
       (coalesce(per_sku.unreadable, 0) + entries.unreadable)::float8 as "unreadable"
from entries left join per_sku using (sku_id)
