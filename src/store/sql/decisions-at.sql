-- $1 skus, $2 offsets, side by side. The ledger entries that cover them, each once, however many of the offsets are in it: its text is long.
-- The watermark first: of a record that is not decided yet only its SKU's row is read. Then the first entry that ends at the offset or
-- later is the one, found from that offset on in its partition. `|| ''` hides the primary key, by which a SKU's whole ledger would be sorted.
select l.sku_id, l.first_sequence, l.decisions
from (
  select distinct q.sku_id, e.first_sequence
  from unnest($1::text[], $2::bigint[]) as q (sku_id, log_offset)
  join stock s on s.sku_id = q.sku_id and s.watermark >= q.log_offset
  cross join lateral (
    select c.first_sequence
    from ledger c
    where c.partition = s.partition and c.last_offset >= q.log_offset and c.sku_id || '' = q.sku_id
    order by c.last_offset
    limit 1
  ) e
) found
join ledger l on l.sku_id = found.sku_id and l.first_sequence = found.first_sequence
