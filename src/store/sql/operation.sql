-- $1 id of an operator's command. What was decided of it the first time.
select outcome, reason, sequence
from operator_log
where command_id = $1
