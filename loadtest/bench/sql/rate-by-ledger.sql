-- $1 what the names of the SKUs begin with. Decisions a second, from the first commit (without its own) to the last.
with entry as (
  select last_sequence - first_sequence + 1 as decisions, decided_at, min(decided_at) over () as begin
  from ledger
  where starts_with(sku_id, $1)
)
select (sum(decisions) filter (where decided_at > begin) / extract(epoch from max(decided_at) - min(begin)))::float8 as rate from entry
