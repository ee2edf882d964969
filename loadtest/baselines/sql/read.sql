select total - reserved as available, version from baseline_stock where sku_id = $1
