-- The SKU that follows $1 in the order of bytes, whether it has a ledger, a stock row or both.
select least((select min(sku_id) from stock where sku_id > $1), (select min(sku_id) from ledger where sku_id > $1)) as sku_id
