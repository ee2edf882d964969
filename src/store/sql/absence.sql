-- $1 reservation id, $2 its partition. A letter that was redriven is none any more: its record is in the log again, before the end of it.
-- A time to come is what a clock that was set back has left; it says nothing of what is in the log.
select
  (select p.applied_through from partitions p where p.partition = $2 and p.applied_through <= clock_timestamp()) as applied_through,
  exists (select from dead_letters d where d.reservation_id = $1 and d.redriven_at is null) as is_dead_letter
