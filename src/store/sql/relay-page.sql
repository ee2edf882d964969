-- $1 partition, $2 how many entries at most, $3 bytes of decisions after which no more are taken. By last offset, from the relay's cursor on.
-- octet_length does not fetch what is stored apart.
select sku_id, first_sequence, last_offset, decided_at, decisions, bytes
from (
  select l.*, octet_length(l.decisions) as bytes,
         coalesce(sum(octet_length(l.decisions)) over (order by l.last_offset rows between unbounded preceding and 1 preceding), 0) as before
  from partitions p
  cross join lateral (
    select e.sku_id, e.first_sequence, e.last_offset, e.decided_at, e.decisions
    from ledger e
    where e.partition = p.partition and e.last_offset >= coalesce(p.relayed_through, 0) and e.last_offset < p.next_offset
    order by e.partition, e.last_offset
    limit $2
  ) l
  where p.partition = $1
) page
where before < $3
order by last_offset
