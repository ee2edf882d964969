-- $1 sku, $2 reservation, $3 its new status, $4 units that are sold for good: 1 or 0, $5 the version that was read. No row: somebody else was faster.
with given_back as (
  update baseline_stock set reserved = reserved - 1, confirmed = confirmed + $4, version = version + 1
  where sku_id = $1 and version = $5
  returning sku_id
)
update baseline_reservations set status = $3
from given_back where reservation_id = $2 and status = 'RESERVED'
returning 1 as ended
