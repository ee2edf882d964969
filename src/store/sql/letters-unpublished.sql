-- $1 topic, $2 partitions, $3 how many at most, $4 bytes after which no more are taken. The oldest that are not published yet.
select topic, partition, log_offset, key, value, reason, reservation_id
from (
  select l.*, coalesce(sum(l.bytes) over (order by l.stored_at, l.partition, l.log_offset
                                          rows between unbounded preceding and 1 preceding), 0) as before
  from (
    select *, coalesce(octet_length(d.key), 0) + coalesce(octet_length(d.value), 0) as bytes
    from dead_letters d
    where d.published_at is null and d.topic = $1 and d.partition = any($2::int[])
    order by d.stored_at, d.partition, d.log_offset
    limit $3
  ) l
) page
where before < $4
order by stored_at, partition, log_offset
