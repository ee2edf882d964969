-- Truth of the service. Only the writer changes stock, reservations and ledger, each commit in one statement (src/writer/sql/commit.sql).
-- Text keys compare by bytes ("C"): equality is all that is asked of them, and linguistic collations cost CPU.

create table stock (
  sku_id             text collate "C" primary key,
  partition          integer not null,
  total              integer not null check (total >= 0),
  reserved           integer not null check (reserved >= 0),
  confirmed          integer not null check (confirmed >= 0),
  name               text not null,
  state              text not null check (state in ('UNKNOWN', 'OPEN', 'PAUSED')),
  per_user_limit     integer not null check (per_user_limit >= 0),
  max_quantity       integer not null check (max_quantity >= 0),
  hold_seconds       integer not null check (hold_seconds >= 0),
  max_extend_seconds integer not null check (max_extend_seconds >= 0),
  opens_at           timestamptz(3),
  closes_at          timestamptz(3),
  version            bigint not null check (version >= 0),
  sequence           bigint not null check (sequence >= 0),
  watermark          bigint not null,
  head_hash          text not null,
  decided_at         timestamptz(3) not null,
  -- I1, whoever writes: two writers by mistake may lose speed, never oversell
  constraint stock_not_oversold check (reserved + confirmed <= total)
) with (fillfactor = 50); -- room for HOT updates: this row changes with every batch

create table reservations (
  reservation_id uuid primary key,
  sku_id         text collate "C" not null,
  issuer         text collate "C" not null,
  user_id        text collate "C" not null,
  quantity       integer not null check (quantity > 0),
  status         text not null check (status in ('RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED')),
  reason         text,
  sequence       bigint not null check (sequence > 0),
  version        bigint not null check (version >= sequence),
  queued_at      timestamptz(3) not null,
  decide_by      timestamptz(3) not null,
  decided_at     timestamptz(3) not null,
  expires_at     timestamptz(3),
  constraint reservations_reason check ((status = 'REJECTED') = (reason is not null))
) with (fillfactor = 90);

-- No index beside the ids': they begin with their SKU and then their buyer, so what a buyer holds of a SKU lies together. None partial on
-- status ever: it would end HOT updates.

create table ledger (
  sku_id         text collate "C" not null,
  partition      integer not null,
  first_sequence bigint not null check (first_sequence > 0),
  last_sequence  bigint not null check (last_sequence >= first_sequence),
  first_offset   bigint not null,
  last_offset    bigint not null check (last_offset >= first_offset),
  decided_at     timestamptz(3) not null,
  decisions      text not null,
  previous_hash  text not null,
  hash           text not null,
  primary key (sku_id, first_sequence)
);

-- Not compressed: pglz takes a millisecond for a batch of 250, on the way to its commit.
alter table ledger alter column decisions set storage external;

-- The entry that covers an offset; the relay reads by it.
create index ledger_by_offset on ledger (partition, last_offset);

create table partitions (
  partition       integer primary key,
  next_offset     bigint not null check (next_offset >= 0),
  fingerprint     text,
  applied_through timestamptz(3)
);

create table dead_letters (
  topic          text not null,
  partition      integer not null,
  log_offset     bigint not null,
  key            bytea,
  value          bytea,
  appended_at    timestamptz(3) not null,
  reason         text not null,
  reservation_id uuid,
  stored_at      timestamptz(3) not null default clock_timestamp(),
  primary key (topic, partition, log_offset)
);

create index dead_letters_by_reservation on dead_letters (reservation_id) where reservation_id is not null;

-- One row an operator's command, refused ones too; inserted by the writer's statement.
create table operator_log (
  command_id uuid primary key,
  sku_id     text collate "C" not null,
  sequence   bigint not null,
  principal  text not null,
  action     text not null,
  outcome    text not null,
  reason     text,
  asked      text not null,
  decided_at timestamptz(3) not null
);

create table api_keys (
  key_hash   text primary key,
  name       text not null,
  scopes     text[] not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  revoked_at timestamptz(3)
);

-- Names are what a storefront's reservations belong to, so two live keys of one name are one storefront (rotation), never two.
create index api_keys_by_name on api_keys (name);
