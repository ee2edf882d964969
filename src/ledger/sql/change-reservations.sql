-- Changes of rows, a JSON object each with the columns that change; none is ever emptied. Times are epoch milliseconds.
update reservations r set
  version = c.version,
  status = coalesce(c.status, r.status),
  expires_at = coalesce(to_timestamp(c.expires_at / 1000), r.expires_at),
  confirmed_at = coalesce(to_timestamp(c.confirmed_at / 1000), r.confirmed_at),
  payment_reference = coalesce(c.payment_reference, r.payment_reference),
  extension_id = coalesce(c.extension_id, r.extension_id)
from json_to_recordset($1)
  as c (reservation_id uuid, version bigint, status text, expires_at float8, confirmed_at float8, payment_reference text, extension_id uuid)
where r.reservation_id = c.reservation_id
