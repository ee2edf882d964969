-- $1 partitions; of each $2 how many entries at most, $3 bytes of decisions after which no more are taken. From the relay's cursor on, by last
-- offset. octet_length does not fetch what is stored apart.
select q.partition, page.sku_id, page.first_sequence, page.last_offset, page.decided_at, page.decisions, page.bytes
from unnest($1::int[]) as q (partition)
join partitions p on p.partition = q.partition
cross join lateral (
  select l.*, octet_length(l.decisions) as bytes,
         coalesce(sum(octet_length(l.decisions)) over (order by l.last_offset rows between unbounded preceding and 1 preceding), 0) as before
  from (
    select e.sku_id, e.first_sequence, e.last_offset, e.decided_at, e.decisions
    from ledger e
    where e.partition = p.partition and e.last_offset >= coalesce(p.relayed_through, 0) and e.last_offset < p.next_offset
    order by e.partition, e.last_offset
    limit $2
  ) l
) page
where page.before < $3
order by q.partition, page.last_offset
