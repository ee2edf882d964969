select total - reserved as available from baseline_stock where sku_id = $1 for update
