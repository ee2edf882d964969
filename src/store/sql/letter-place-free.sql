-- $1 sku. A SKU of which nothing is decided has no row.
delete from stock where sku_id = $1 and sequence = 0
