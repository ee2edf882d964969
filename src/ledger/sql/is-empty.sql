-- Whether nothing was ever decided or read here.
select not (exists (select from stock) or exists (select from reservations) or exists (select from ledger)
            or exists (select from operator_log) or exists (select from partitions) or exists (select from dead_letters)) as empty
