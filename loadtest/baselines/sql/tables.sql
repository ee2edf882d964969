-- As narrow as they can be, and the SKU's page with room for many versions of its one row, so that an update stays on it.
drop table if exists baseline_reservations, baseline_stock;
create table baseline_stock (
  sku_id    text primary key,
  total     integer not null,
  reserved  integer not null default 0 check (reserved >= 0),
  confirmed integer not null default 0 check (reserved + confirmed <= total),
  version   bigint not null default 0
) with (fillfactor = 10);
create table baseline_reservations (
  reservation_id uuid primary key,
  sku_id         text not null,
  user_id        text not null,
  quantity       integer not null,
  status         text not null default 'RESERVED',
  reserved_at    timestamptz not null default clock_timestamp()
) with (fillfactor = 80);
