-- $1 RUNNING or HALTED, $2 reason or null, $3 by whom, $4 the same as the operators' log names them, $5 what that calls the action.
-- Sets the sale to this state; one that is in it stays as it was, with its reason. In the operators' log in either case. Of two at once the
-- second sees what the first has made: it waits for the row before it reads it.
with earlier as materialized (
  select state, reason, changed_by, since from sale for update
),
turned as (
  update sale s set state = $1, reason = $2, changed_by = $3, since = clock_timestamp()
  from earlier e
  where e.state <> $1
  returning s.state, s.reason, s.changed_by, s.since
),
later as (
  select t.*, true as turned from turned t
  union all
  select e.*, false from earlier e where e.state = $1
),
noted as (
  insert into operator_log (command_id, principal, action, outcome, asked, decided_at, before, after)
  select gen_random_uuid(), $4, $5, case when l.turned then $1 else 'UNCHANGED' end, json_build_object('reason', $2::text)::text,
         clock_timestamp(),
         json_build_object('state', e.state, 'reason', e.reason, 'changedBy', e.changed_by, 'since', e.since)::text,
         json_build_object('state', l.state, 'reason', l.reason, 'changedBy', l.changed_by, 'since', l.since)::text
  from earlier e, later l
)
select state, reason, changed_by, since from later
