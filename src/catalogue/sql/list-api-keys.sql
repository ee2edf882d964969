select left(key_hash, 12) as id, name, scopes, created_at, revoked_at
from api_keys
order by name, created_at
