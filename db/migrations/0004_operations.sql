-- What operators do beside commands about a SKU: halt the sale, dismiss dead letters, have the sale recounted.

-- One row. Every API process reads it again and again, and takes no reservations while it says HALTED.
create table sale (
  only_row   boolean primary key default true check (only_row),
  state      text not null check (state in ('RUNNING', 'HALTED')),
  reason     text,
  changed_by text, -- null: nobody ever did
  since      timestamptz(3) not null default clock_timestamp(),
  constraint sale_halted check (state <> 'HALTED' or (reason is not null and changed_by is not null))
);

insert into sale (state) values ('RUNNING');

-- A letter that is not to be redriven: nobody waits for it any more. It can still be redriven.
alter table dead_letters
  add column dismissed_at     timestamptz(3),
  add column dismissed_by     text,
  add column dismissed_reason text,
  add constraint dead_letters_dismissed
    check ((dismissed_at is null) = (dismissed_by is null) and (dismissed_at is null) = (dismissed_reason is null));

-- Nearly always empty, however many letters there have been.
create index dead_letters_waiting on dead_letters (topic, partition, log_offset) where redriven_at is null and dismissed_at is null;

-- Recounts that were asked for: the last hundred.
create table recounts (
  recount_id uuid primary key default gen_random_uuid(),
  asked_by   text not null,
  started_at timestamptz(3) not null,
  took_ms    integer not null check (took_ms >= 0),
  outcome    text not null check (outcome in ('CLEAN', 'FAULTY', 'FAILED')),
  report     text not null
);

-- How it was, and how it is: JSON.
alter table operator_log
  add column before text,
  add column after  text,
  drop constraint operator_log_command,
  add constraint operator_log_command
    check ((action in ('redrive', 'dismiss', 'halt-sale', 'resume-sale')) = (sku_id is null) and (sku_id is null) = (sequence is null));
