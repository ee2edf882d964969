-- A page of the ledger of SKU $1: at most $3 entries after sequence $2.
select partition, first_sequence, last_sequence, first_offset, last_offset, decided_at, decisions, previous_hash, hash
from ledger
where sku_id = $1 and first_sequence > $2
order by first_sequence
limit $3
