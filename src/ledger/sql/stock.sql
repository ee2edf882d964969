-- The row of SKU $1.
select partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds, max_extend_seconds, opens_at, closes_at,
       version, sequence, watermark, head_hash, decided_at
from stock
where sku_id = $1
