-- $1 SKUs, $2 the first eight digits of their ids; $3 and $4 first and last sequence of each.
-- Reservations of an hour ago: of ten five were refused, four are paid and one is still held. In the order of their ids, which makes the
-- index as it would be by and by, in a fraction of the time.
insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, version,
                          queued_at, decide_by, decided_at, expires_at, confirmed_at, payment_reference)
select r.reservation_id, r.sku_id, 'storefront:bench', 'buyer-' || r.sequence, 1,
       case when r.turn < 5 then 'REJECTED' when r.turn < 9 then 'CONFIRMED' else 'RESERVED' end,
       case when r.turn < 5 then 'SOLD_OUT' end,
       r.sequence, r.sequence,
       r.hour_ago, r.hour_ago + interval '30 seconds', r.hour_ago,
       -- no sweep finds one that is over
       case when r.turn >= 5 then r.hour_ago + interval '1 day' end,
       case when r.turn between 5 and 8 then r.hour_ago + interval '1 minute' end,
       case when r.turn between 5 and 8 then 'pay-' || r.sequence end
from (
  select s.sku_id, n as sequence, n % 10 as turn, now() - interval '1 hour' as hour_ago,
         (s.prefix || substr(md5(s.sku_id || n), 1, 4) || '8' || substr(md5(s.sku_id || n), 5, 3)
                   || '8' || substr(md5(s.sku_id || n), 8, 15))::uuid as reservation_id
  from unnest($1::text[], $2::text[]) as s (sku_id, prefix), generate_series($3::bigint, $4::bigint) as n
  order by reservation_id
) r
