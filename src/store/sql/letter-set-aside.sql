-- $1 topic, $2 partition, $3 offset, $4 key, $5 value, $6 appended at (epoch ms), $7 reason, $8 reservation id or null, $9 sku.
-- Keeps the letter only while the record is undecided, with the SKU's row locked, and moves the watermark onto it, so that whoever reads the
-- SKU from now on passes over the record; a commit under way that was decided before is refused by the trigger `stock_commit`.
-- No row: somebody has decided the record, or set it aside.
with undecided as (
  update stock set watermark = $3::bigint, set_aside = $3::bigint
  where sku_id = $9 and watermark < $3::bigint
  returning sku_id
), kept as (
  insert into dead_letters (topic, partition, log_offset, key, value, appended_at, reason, reservation_id)
  select $1::text, $2::integer, $3::bigint, $4::bytea, $5::bytea, to_timestamp($6::float8 / 1000), $7::text, $8::uuid
  from undecided
  on conflict do nothing
)
select sku_id from undecided
