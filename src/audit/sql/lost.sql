-- Each id once, however many traces it lacks: accepted ($1) and neither decided nor a dead letter; decided without a row; a row nobody decided.
-- A redriven letter waits no longer once its partition's position has passed the record's copy in the log: that is a record like any other.
-- One that was dismissed waits for nothing: who was promised a decision about it has lost it.
with settled as (
  select sku_id, command_id as id from audit_decision where nth_effect = 1 and type = 'reserve'
), waiting as (
  select d.reservation_id as id
  from dead_letters d
  left join partitions p on p.partition = d.redriven_partition
  where case when d.redriven_at is null then d.dismissed_at is null else (p.next_offset > d.redriven_offset) is not true end
), lost as (
  select null as sku_id, a.id, 'accepted, not decided' as why
  from unnest($1::uuid[]) as a (id)
  where not exists (select from reservations r where r.reservation_id = a.id)
    and not exists (select from waiting w where w.id = a.id)
  union all
  select s.sku_id, s.id, 'in the ledger, no row' from settled s
  where not exists (select from reservations r where r.reservation_id = s.id)
  union all
  select r.sku_id, r.reservation_id, 'a row, not in the ledger' from reservations r
  where not exists (select from settled s where s.id = r.reservation_id)
)
select distinct on (id) id::text as "reservationId", sku_id as "skuId", why from lost order by id, sku_id nulls last
