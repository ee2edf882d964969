update baseline_stock set reserved = reserved + 1 where sku_id = $1 and reserved + confirmed < total returning 1 as sold
