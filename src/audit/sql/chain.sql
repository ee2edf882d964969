-- The hash chain, every hash computed anew: an entry whose hash is not that of its bytes, one that does not name its predecessor's, and a
-- stock row that does not name the last. Hashed before the window function, so that its sort does not carry the decisions.
with entry as materialized (
  select sku_id, first_sequence, previous_hash, hash,
         encode(sha256(convert_to(concat_ws(E'\n', previous_hash, sku_id, partition, first_sequence, last_sequence, first_offset, last_offset,
           (extract(epoch from decided_at) * 1000)::bigint, decisions), 'UTF8')), 'hex') as true_hash
  from ledger
), link as (
  select sku_id, hash,
         hash <> true_hash or previous_hash <> lag(hash, 1, repeat('0', 64)) over chain as broken,
         lead(hash) over chain is null as is_last
  from entry
  window chain as (partition by sku_id order by first_sequence)
), head as (
  select sku_id, count(*) filter (where broken) as broken, max(hash) filter (where is_last) as hash
  from link group by sku_id
)
select sku_id as "skuId",
       (coalesce(head.broken, 0) + (coalesce(head.hash, repeat('0', 64)) is distinct from stock.head_hash)::integer)::float8 as "chainBreaks"
from head full join stock using (sku_id)
