-- What the run knows beside the ledger.
create temp table appended (
  partition  integer,
  log_offset bigint,
  at_ms      float8 not null, -- epoch
  primary key (partition, log_offset)
);
create temp table seen (
  at_ms    float8 primary key, -- epoch
  snapshot pg_snapshot not null
);
