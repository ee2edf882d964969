-- Reads every ledger entry line by line. A refusal of a record only (key reused, no quantity) settles nothing: the first reservation stays
-- what it is. Nor does a refused command about a reservation: it may come again, and find things changed.
insert into audit_decision
select d.*, case when d.settles then row_number() over (partition by d.command_id, d.settles order by d.sku_id, d.sequence) end
from (
  select l.sku_id, l.partition, l.first_sequence,
         l.first_sequence + line.line_no - 1 as sequence,
         (extract(epoch from l.decided_at) * 1000)::bigint as decided_at,
         line.*,
         line.outcome <> 'DUPLICATE' and case
           when line.type = 'reserve' then coalesce(line.reason not in ('KEY_REUSED', 'INVALID_QUANTITY'), true)
           when line.reservation_id is not null then line.outcome <> 'REFUSED'
           else true end as settles
  from ledger l, lateral pg_temp.audit_decode(l.decisions) as line
) as d
