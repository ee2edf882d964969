-- $1 hash of the key, $2 name, $3 scopes
insert into api_keys (key_hash, name, scopes)
values ($1, $2, $3)
