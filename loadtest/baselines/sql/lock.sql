select total - reserved - confirmed as available from baseline_stock where sku_id = $1 for update
