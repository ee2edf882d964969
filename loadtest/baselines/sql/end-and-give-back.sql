-- $1 sku, $2 reservation, $3 its new status, $4 units that are sold for good: 1 or 0.
with ended as (
  update baseline_reservations set status = $3 where reservation_id = $2 and status = 'RESERVED' returning sku_id
)
update baseline_stock stock set reserved = reserved - 1, confirmed = confirmed + $4
from ended where stock.sku_id = ended.sku_id and stock.sku_id = $1
returning 1 as ended
