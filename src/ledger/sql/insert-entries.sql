-- Ledger entries of SKU $1, a JSON object each with the fields of LedgerEntry.
insert into ledger (sku_id, partition, first_sequence, last_sequence, first_offset, last_offset, decided_at, decisions, previous_hash, hash)
select $1, e."partition", e."firstSequence", e."lastSequence", e."firstOffset", e."lastOffset", to_timestamp(e.now / 1000), e.decisions,
       e."previousHash", e.hash
from json_to_recordset($2)
  as e ("partition" integer, "firstSequence" bigint, "lastSequence" bigint, "firstOffset" bigint, "lastOffset" bigint, now float8,
        decisions text, "previousHash" text, hash text)
