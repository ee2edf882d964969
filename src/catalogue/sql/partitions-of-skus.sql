-- $1 how many at most. The partition in which each SKU was decided first.
select sku_id, partition
from stock
order by sku_id
limit $1
