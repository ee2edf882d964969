insert into baseline_reservations (reservation_id, sku_id, user_id, quantity) values ($2, $1, $3, 1)
