-- $1 a moment of the database's clock. Decisions after it, and how many a second they were.
select coalesce(sum(last_sequence - first_sequence + 1), 0)::float8 as decisions,
       (sum(last_sequence - first_sequence + 1) / extract(epoch from max(decided_at) - $1::timestamptz))::float8 as rate
from ledger
where decided_at > $1::timestamptz
