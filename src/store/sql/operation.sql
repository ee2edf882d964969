-- $1 id of an operator's command. What was asked and decided the first time.
select outcome, reason, sequence, asked
from operator_log
where command_id = $1
