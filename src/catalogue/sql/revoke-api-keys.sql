-- $1 name, $2 how the hash begins ('' for every key of that name)
update api_keys
set revoked_at = clock_timestamp()
where name = $1
  and starts_with(key_hash, $2)
  and revoked_at is null
returning left(key_hash, 12) as id
