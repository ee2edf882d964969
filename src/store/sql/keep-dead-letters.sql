-- $1 topic, $2 partition, $3 offset, $4 key, $5 value, $6 appended at (epoch ms), $7 reason, $8 reservation id or null.
-- Of records that cannot be decoded. That depends on their bytes alone, so every owner of the partition finds the same, and no fence is
-- needed; which SKU's fence it would be is not known either. (An owner of an older version finds more of them: writers are updated first.)
-- A replayed chunk brings the same record again: the first copy stays.
insert into dead_letters (topic, partition, log_offset, key, value, appended_at, reason, reservation_id)
values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7, $8)
on conflict do nothing
