-- Every row against all decisions about it, field by field: the one that made it, and those that changed it since. Absent ones are counted
-- as lost, not here.
with changed as (
  select sku_id, reservation_id,
         max(sequence) as version,
         max(sequence * 8 + status_no) % 8 as status_no,
         max(expires_at) filter (where said = 'EXTENDED') as expires_at,
         max(command_id::text) filter (where said = 'EXTENDED') as extension_id,
         max(decided_at) filter (where said = 'CONFIRMED') as confirmed_at,
         max(payment_reference) filter (where said = 'CONFIRMED') as payment_reference
  from audit_life
  where changes
  group by sku_id, reservation_id
)
select d.sku_id as "skuId", count(*)::float8 as "rowBreaks"
from audit_decision d
join reservations r using (reservation_id)
left join changed c on c.reservation_id = d.reservation_id and c.sku_id = d.sku_id
where d.nth_effect = 1 and d.type = 'reserve'
  and (r.sku_id, r.sequence, r.version, r.issuer, r.user_id, r.quantity, r.status, r.reason,
       r.queued_at, r.decide_by, r.decided_at, r.expires_at, r.confirmed_at, r.payment_reference, r.extension_id)
    is distinct from
      (d.sku_id, d.sequence, coalesce(c.version, d.sequence), d.issuer, d.user_id, d.quantity,
       case coalesce(c.status_no, case d.outcome when 'RESERVED' then 1 else 2 end)
         when 1 then 'RESERVED' when 2 then 'REJECTED' when 3 then 'CONFIRMED' when 4 then 'CANCELLED' when 5 then 'EXPIRED' end,
       d.reason,
       to_timestamp(d.queued_at / 1000.0)::timestamptz(3), to_timestamp(d.decide_by / 1000.0)::timestamptz(3),
       to_timestamp(d.decided_at / 1000.0)::timestamptz(3), to_timestamp(coalesce(c.expires_at, d.expires_at) / 1000.0)::timestamptz(3),
       case c.status_no when 3 then to_timestamp(c.confirmed_at / 1000.0)::timestamptz(3) end,
       case c.status_no when 3 then c.payment_reference end,
       c.extension_id::uuid)
group by d.sku_id
