-- $1 topic, $2 partition, $3 offset, $4 by whom, $5 the same as the operators' log names them, $6 why. The mark and the operators' log in
-- one; only of a letter that waits. No row: there is none, or another transaction has it.
with letter as materialized (
  select reason, reservation_id, redriven_at, redriven_by, dismissed_at
  from dead_letters
  where topic = $1 and partition = $2 and log_offset = $3
  for update skip locked
),
marked as (
  update dead_letters d set dismissed_at = clock_timestamp(), dismissed_by = $4, dismissed_reason = $6
  from letter l
  where d.topic = $1 and d.partition = $2 and d.log_offset = $3 and l.redriven_at is null and l.dismissed_at is null
  returning d.dismissed_at
),
noted as (
  insert into operator_log (command_id, principal, action, outcome, asked, decided_at, before, after)
  select gen_random_uuid(), $5, 'dismiss', 'DISMISSED',
         json_build_object('topic', $1::text, 'partition', $2::integer, 'offset', $3::bigint, 'reason', $6::text)::text,
         m.dismissed_at,
         json_build_object('state', 'WAITING', 'reason', l.reason, 'reservationId', l.reservation_id)::text,
         json_build_object('state', 'DISMISSED', 'reason', l.reason, 'reservationId', l.reservation_id)::text
  from marked m, letter l
)
select redriven_at, redriven_by from letter
