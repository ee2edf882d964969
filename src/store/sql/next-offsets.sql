-- Of each partition that has a position: the first offset that is not decided.
select partition, next_offset from partitions
