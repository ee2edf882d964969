-- Reads every ledger entry line by line. A refusal of a reused key settles nothing: the first reservation stays what it is.
insert into audit_decision
select d.sku_id, d.partition, d.first_sequence, d.sequence, d.decided_at, d.line,
       case when d.settles then row_number() over (partition by (d.line).command_id, d.settles order by d.sku_id, d.sequence) end
from (
  select l.sku_id, l.partition, l.first_sequence,
         l.first_sequence + line.line_no - 1 as sequence,
         (extract(epoch from l.decided_at) * 1000)::bigint as decided_at,
         line,
         line.outcome <> 'DUPLICATE' and line.reason is distinct from 'KEY_REUSED' as settles
  from ledger l, lateral pg_temp.audit_decode(l.decisions) as line
) as d
