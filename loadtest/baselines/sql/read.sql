select total - reserved - confirmed as available, version from baseline_stock where sku_id = $1
