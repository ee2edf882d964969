-- $1 topic, $2 partition, $3 offset, $4 key, $5 value, $6 appended at (epoch ms), $7 reason, $8 reservation id or null.
-- A replayed chunk brings the same record again: the first copy stays.
insert into dead_letters (topic, partition, log_offset, key, value, appended_at, reason, reservation_id)
values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7, $8)
on conflict do nothing
