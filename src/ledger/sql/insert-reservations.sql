-- New rows, a JSON object each; times are epoch milliseconds.
insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, version, queued_at, decide_by,
                          decided_at, expires_at, confirmed_at, payment_reference, extension_id)
select r.reservation_id, $1, r.issuer, r.user_id, r.quantity, r.status, r.reason, r.sequence, r.version, to_timestamp(r.queued_at / 1000),
       to_timestamp(r.decide_by / 1000), to_timestamp(r.decided_at / 1000), to_timestamp(r.expires_at / 1000),
       to_timestamp(r.confirmed_at / 1000), r.payment_reference, r.extension_id
from json_to_recordset($2)
  as r (reservation_id uuid, issuer text, user_id text, quantity integer, status text, reason text, sequence bigint, version bigint,
        queued_at float8, decide_by float8, decided_at float8, expires_at float8, confirmed_at float8, payment_reference text,
        extension_id uuid)
