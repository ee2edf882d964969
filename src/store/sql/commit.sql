-- Commits SKU batches, each whole or not at all, fenced by itself: a SKU whose head_hash moved on is missing from what returns, and so is
-- one that was decided more than 10 s ago: a server that stood still meanwhile would let a hold begin that is over, or after its deadline.
--  $1-$16  one element a batch: ordinal, sku, partition, total/reserved/confirmed delta, settings (null: as they are), version,
--          first/last sequence, first/last offset, now (epoch ms), decisions (one text, the batches' apart by chr(30)), previous hash, hash
-- $17-$32  one element a new reservation: ordinal of its batch, id, sku, issuer, user, quantity, status, reason, sequence, queued at,
--          decide by, expires at (epoch ms); rows come in id order. The last four are empty where none of them was changed by its own
--          batch: version (null: as made), confirmed at (epoch ms), payment reference, extension id
-- $33-$43  one element an operator's command: ordinal of its batch, id, sku, sequence, principal, action, outcome, reason, asked, and its
--          SKU before and after (JSON, null where there is none)
-- $44-$52  one element a reservation that is changed: ordinal of its batch, id, version as read, version, status, expires at, confirmed at
--          (epoch ms), payment reference, extension id; in id order. One that is not at the version as read fails the statement.
-- Ordinals count from 0 in the order of the batches.
-- Deltas and not new values: with them the CHECKs of the table hold even where a fence were missing.
with batch as materialized (
  select *, b.now_ms > extract(epoch from clock_timestamp())::float8 * 1000 - 10000 as is_of_now
  from unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::jsonb[], $8::bigint[], $9::bigint[], $10::bigint[],
              $11::bigint[], $12::bigint[], $13::float8[], string_to_array($14, chr(30)), $15::text[], $16::text[])
    as b (ordinal, sku_id, partition, total, reserved, confirmed, settings, version, first_sequence, last_sequence,
          first_offset, last_offset, now_ms, decisions, previous_hash, hash)
),
changed as (
  update stock t set
    total = t.total + b.total,
    reserved = t.reserved + b.reserved,
    confirmed = t.confirmed + b.confirmed,
    name = coalesce(b.settings ->> 'name', t.name),
    state = coalesce(b.settings ->> 'state', t.state),
    per_user_limit = coalesce((b.settings ->> 'perUserLimit')::int, t.per_user_limit),
    max_quantity = coalesce((b.settings ->> 'maxQuantity')::int, t.max_quantity),
    hold_seconds = coalesce((b.settings ->> 'holdSeconds')::int, t.hold_seconds),
    max_extend_seconds = coalesce((b.settings ->> 'maxExtendSeconds')::int, t.max_extend_seconds),
    opens_at = case when b.settings is null then t.opens_at else to_timestamp((b.settings ->> 'opensAt')::float8 / 1000) end,
    closes_at = case when b.settings is null then t.closes_at else to_timestamp((b.settings ->> 'closesAt')::float8 / 1000) end,
    version = b.version,
    sequence = b.last_sequence,
    watermark = b.last_offset,
    head_hash = b.hash,
    decided_at = to_timestamp(b.now_ms / 1000)
  from batch b
  where t.sku_id = b.sku_id and t.head_hash = b.previous_hash and b.first_sequence > 1 and b.is_of_now
  returning b.ordinal
),
created as (
  insert into stock (sku_id, partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds,
                     max_extend_seconds, opens_at, closes_at, version, sequence, watermark, head_hash, decided_at)
  select b.sku_id, b.partition, b.total, b.reserved, b.confirmed, b.settings ->> 'name', b.settings ->> 'state',
         (b.settings ->> 'perUserLimit')::int, (b.settings ->> 'maxQuantity')::int, (b.settings ->> 'holdSeconds')::int,
         (b.settings ->> 'maxExtendSeconds')::int, to_timestamp((b.settings ->> 'opensAt')::float8 / 1000),
         to_timestamp((b.settings ->> 'closesAt')::float8 / 1000), b.version, b.last_sequence, b.last_offset, b.hash,
         to_timestamp(b.now_ms / 1000)
  from batch b
  where b.first_sequence = 1 and b.is_of_now
  on conflict (sku_id) do nothing
  returning sku_id
),
verdict as materialized (
  select b.ordinal, b.sku_id, b.now_ms,
         b.ordinal in (select ordinal from changed) or b.sku_id in (select sku_id from created) as committed
  from batch b
),
-- One row: what became of batch n stands at n + 1. A join of the rows with their batches would be a nested loop, 88 ms for 1,000 rows of
-- 200 batches; an element of an array of a fixed width is found at once.
fate as materialized (
  select array_agg(v.committed order by v.ordinal) as committed, array_agg(v.now_ms order by v.ordinal) as now_ms
  from verdict v
),
entries as (
  insert into ledger (sku_id, partition, first_sequence, last_sequence, first_offset, last_offset, decided_at, decisions, previous_hash, hash)
  select b.sku_id, b.partition, b.first_sequence, b.last_sequence, b.first_offset, b.last_offset, to_timestamp(b.now_ms / 1000),
         b.decisions, b.previous_hash, b.hash
  from batch b, fate f
  where f.committed[b.ordinal + 1]
),
claims as (
  insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, version,
                            queued_at, decide_by, decided_at, expires_at, confirmed_at, payment_reference, extension_id)
  select r.reservation_id, r.sku_id, r.issuer, r.user_id, r.quantity, r.status, r.reason, r.sequence, coalesce(r.version, r.sequence),
         to_timestamp(r.queued_ms / 1000), to_timestamp(r.decide_by_ms / 1000), to_timestamp(f.now_ms[r.ordinal + 1] / 1000),
         to_timestamp(r.expires_ms / 1000), to_timestamp(r.confirmed_ms / 1000), r.payment_reference, r.extension_id
  from unnest($17::int[], $18::uuid[], $19::text[], $20::text[], $21::text[], $22::int[], $23::text[], $24::text[], $25::bigint[],
              $26::float8[], $27::float8[], $28::float8[], $29::bigint[], $30::float8[], $31::text[], $32::uuid[])
         as r (ordinal, reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, queued_ms, decide_by_ms, expires_ms,
               version, confirmed_ms, payment_reference, extension_id),
       fate f
  where f.committed[r.ordinal + 1]
),
operations as (
  insert into operator_log (command_id, sku_id, sequence, principal, action, outcome, reason, asked, before, after, decided_at)
  select o.command_id, o.sku_id, o.sequence, o.principal, o.action, o.outcome, o.reason, o.asked, o.before, o.after,
         to_timestamp(f.now_ms[o.ordinal + 1] / 1000)
  from unnest($33::int[], $34::uuid[], $35::text[], $36::bigint[], $37::text[], $38::text[], $39::text[], $40::text[], $41::text[],
              $42::text[], $43::text[])
         as o (ordinal, command_id, sku_id, sequence, principal, action, outcome, reason, asked, before, after),
       fate f
  where f.committed[o.ordinal + 1]
),
wanted as materialized (
  select c.*
  from unnest($44::int[], $45::uuid[], $46::bigint[], $47::bigint[], $48::text[], $49::float8[], $50::float8[], $51::text[], $52::uuid[])
         as c (ordinal, reservation_id, version_read, version, status, expires_ms, confirmed_ms, payment_reference, extension_id),
       fate f
  where f.committed[c.ordinal + 1]
),
changes as (
  update reservations r set
    status = w.status,
    version = w.version,
    expires_at = to_timestamp(w.expires_ms / 1000),
    confirmed_at = to_timestamp(w.confirmed_ms / 1000),
    payment_reference = w.payment_reference,
    extension_id = w.extension_id
  from wanted w
  where r.reservation_id = w.reservation_id and r.version = w.version_read
  returning 1
),
checked as materialized (
  select expect_changed((select count(*) from changes), (select count(*) from wanted)) as fine
)
select v.sku_id from verdict v, checked where v.committed and checked.fine
