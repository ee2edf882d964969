-- $1 sku ids. One row each, empty but for the time where the SKU has no row yet.
select
  (extract(epoch from clock_timestamp()) * 1000)::bigint as now,
  q.sku_id, t.partition, t.total, t.reserved, t.confirmed,
  t.name, t.state, t.per_user_limit, t.max_quantity, t.hold_seconds, t.max_extend_seconds, t.opens_at, t.closes_at,
  t.version, t.sequence, t.watermark, t.head_hash, t.decided_at
from unnest($1::text[]) as q (sku_id)
left join stock t on t.sku_id = q.sku_id
