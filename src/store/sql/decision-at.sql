-- $1 sku, $2 offset. The SKU's ledger entry that covers it.
select l.first_sequence, l.decisions
from stock s
join ledger l on l.partition = s.partition and l.sku_id = s.sku_id and l.last_offset >= $2 and l.first_offset <= $2
where s.sku_id = $1
