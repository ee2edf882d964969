-- $1 partition, $2 the offset below which everything is published. Only forward: a relay that lost the partition may come late.
update partitions
set relayed_through = $2
where partition = $1 and (relayed_through is null or relayed_through < $2)
