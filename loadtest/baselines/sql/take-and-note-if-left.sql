-- $1 sku, $2 reservation, $3 buyer. No row: sold out.
with taken as (
  update baseline_stock set reserved = reserved + 1
  where sku_id = $1 and reserved + confirmed < total
  returning sku_id
)
insert into baseline_reservations (reservation_id, sku_id, user_id, quantity)
select $2, sku_id, $3, 1 from taken
returning 1 as sold
