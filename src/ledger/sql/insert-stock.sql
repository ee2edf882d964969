-- The stock row of a SKU, a JSON object with its columns; times are epoch milliseconds.
insert into stock (sku_id, partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds,
                   max_extend_seconds, opens_at, closes_at, version, sequence, watermark, head_hash, decided_at)
select s.sku_id, s."partition", s.total, s.reserved, s.confirmed, s.name, s.state, s.per_user_limit, s.max_quantity, s.hold_seconds,
       s.max_extend_seconds, to_timestamp(s.opens_at / 1000), to_timestamp(s.closes_at / 1000), s.version, s.sequence, s.watermark,
       s.head_hash, to_timestamp(s.decided_at / 1000)
from json_to_record($1)
  as s (sku_id text, "partition" integer, total integer, reserved integer, confirmed integer, name text, state text,
        per_user_limit integer, max_quantity integer, hold_seconds integer, max_extend_seconds integer, opens_at float8, closes_at float8,
        version bigint, sequence bigint, watermark bigint, head_hash text, decided_at float8)
