-- $1 sku, $2 reservation, $3 buyer, $4 the version that was read. No row: somebody else was faster.
with taken as (
  update baseline_stock set reserved = reserved + 1, version = version + 1
  where sku_id = $1 and version = $4
  returning sku_id
)
insert into baseline_reservations (reservation_id, sku_id, user_id, quantity)
select $2, sku_id, $3, 1 from taken
returning 1 as sold
