-- $1 sku, $2 units that are sold for good: 1 or 0.
update baseline_stock set reserved = reserved - 1, confirmed = confirmed + $2 where sku_id = $1 returning 1 as ended
