-- The writer's counters beside what the rows add up to, for every SKU that any table names.
with held as (
  select sku_id, sum(quantity) filter (where status = 'RESERVED') as reserved, sum(quantity) filter (where status = 'CONFIRMED') as confirmed
  from reservations group by sku_id
), way as (
  select sku_id, max(last_sequence) as sequence, max(last_offset) as last_offset, min(partition) as low, max(partition) as high
  from ledger group by sku_id
)
select sku_id as "skuId",
       coalesce(held.reserved, 0)::float8 as "reserved",
       coalesce(held.confirmed, 0)::float8 as "confirmed",
       stock.total::float8 as "countedTotal",
       stock.reserved::float8 as "countedReserved",
       stock.confirmed::float8 as "countedConfirmed",
       -- a watermark beyond the ledger is a dead letter's; one behind it would decide records twice
       (stock.sequence is distinct from coalesce(way.sequence, 0))::integer::float8
         + coalesce((stock.watermark < way.last_offset or (stock.partition, stock.partition) <> (way.low, way.high))::integer, 0)::float8 as "headBreaks"
from stock full join held using (sku_id) full join way using (sku_id)
