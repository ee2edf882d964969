-- $1 sku, $2 partition. Nobody makes the first commit of a SKU without a row while this transaction runs: a row that is taken away again,
-- `letter-place-free`. Waits for one that is under way.
insert into stock (sku_id, partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds,
                   max_extend_seconds, version, sequence, watermark, head_hash, decided_at)
values ($1, $2, 0, 0, 0, '', 'UNKNOWN', 0, 0, 0, 0, 0, 0, -1, repeat('0', 64), clock_timestamp())
on conflict (sku_id) do nothing
