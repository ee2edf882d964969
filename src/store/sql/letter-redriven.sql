-- $1 topic, $2 partition, $3 offset, $4 by whom, $5 partition and $6 offset of the record's copy, $7 by whom as the operators' log names
-- them. The mark and the operators' log in one.
with marked as (
  update dead_letters
  set redriven_at = clock_timestamp(), redriven_by = $4, redriven_partition = $5, redriven_offset = $6
  where topic = $1 and partition = $2 and log_offset = $3 and redriven_at is null
  returning redriven_at, reason, dismissed_at
)
insert into operator_log (command_id, principal, action, outcome, asked, decided_at, before, after)
select gen_random_uuid(), $7, 'redrive', 'REDRIVEN',
       json_build_object('topic', $1::text, 'partition', $2::integer, 'offset', $3::bigint, 'reason', m.reason,
                         'to', json_build_object('partition', $5::integer, 'offset', $6::bigint))::text,
       m.redriven_at,
       json_build_object('state', case when m.dismissed_at is null then 'WAITING' else 'DISMISSED' end)::text,
       json_build_object('state', 'REDRIVEN', 'partition', $5::integer, 'offset', $6::bigint)::text
from marked m
