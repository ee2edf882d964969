-- $1 reservation, $2 its new status.
update baseline_reservations set status = $2 where reservation_id = $1 and status = 'RESERVED' returning 1 as ended
