-- $1 reservation id, $2 its partition.
select
  (select p.applied_through from partitions p where p.partition = $2) as applied_through,
  exists (select from dead_letters d where d.reservation_id = $1) as is_dead_letter
