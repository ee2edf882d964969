-- $1 hash of the key
select name, scopes
from api_keys
where key_hash = $1
  and revoked_at is null
