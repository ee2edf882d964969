-- $1 SKUs, $2 their partitions. The stock of SKUs whose reservations are there: its counters are what these add up to.
insert into stock (sku_id, partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds,
                   max_extend_seconds, version, sequence, watermark, head_hash, decided_at)
select s.sku_id, s.partition, h.reserved + h.confirmed, h.reserved, h.confirmed, s.sku_id, 'OPEN', 1, 1, 3600, 0, 1, h.sequence, -1,
       repeat('0', 64), now()
from unnest($1::text[], $2::integer[]) as s (sku_id, partition)
join (
  select sku_id, max(sequence) as sequence,
         count(*) filter (where status = 'RESERVED') as reserved, count(*) filter (where status = 'CONFIRMED') as confirmed
  from reservations
  group by sku_id
) h using (sku_id)
