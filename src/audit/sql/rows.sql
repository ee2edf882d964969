-- Every row against the decision that made it, field by field. Absent ones are counted as lost, not here.
select d.sku_id as "skuId", count(*)::float8 as "rowBreaks"
from audit_decision d
join reservations r on r.reservation_id = (d.line).command_id
where d.nth_effect = 1 and (d.line).type = 'reserve'
  and (r.sku_id, r.sequence, r.version, r.issuer, r.user_id, r.quantity, r.status, r.reason,
       r.queued_at, r.decide_by, r.decided_at, r.expires_at)
    is distinct from
      (d.sku_id, d.sequence, d.sequence, (d.line).issuer, (d.line).user_id, (d.line).quantity,
       case (d.line).outcome when 'RESERVED' then 'RESERVED' else 'REJECTED' end, (d.line).reason,
       to_timestamp((d.line).queued_at / 1000.0)::timestamptz(3), to_timestamp((d.line).decide_by / 1000.0)::timestamptz(3),
       to_timestamp(d.decided_at / 1000.0)::timestamptz(3), to_timestamp((d.line).expires_at / 1000.0)::timestamptz(3))
group by d.sku_id
