-- $1 ids of operators' commands. Those that were decided before.
select o.command_id
from unnest($1::uuid[]) as q (command_id)
join operator_log o on o.command_id = q.command_id
