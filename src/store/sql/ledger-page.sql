-- $1 sku; $2 first and $3 last sequence wanted. The entries that hold them, the first of which may begin before: sequences have no gaps.
select l.sku_id, l.first_sequence, l.last_offset, l.decided_at, l.decisions
from ledger l
where l.sku_id = $1 and l.first_sequence <= $3::bigint and l.first_sequence >= coalesce((
  select f.first_sequence
  from ledger f
  where f.sku_id = $1 and f.first_sequence <= $2::bigint
  order by f.first_sequence desc
  limit 1
), 0)
order by l.first_sequence
