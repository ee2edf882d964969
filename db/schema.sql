-- What the migrations in db/migrations add up to. Compared by a test, which also says how to renew it; not for running.

create function expect_changed(changed bigint, expected bigint) returns boolean language plpgsql as $$
begin
  if changed <> expected then
    raise exception 'changed % reservations instead of %', changed, expected;
  end if;
  return true;
end $$;

create function refuse_what_was_set_aside() returns trigger language plpgsql as $$
begin
  if exists (
    select
    from ledger l
    join dead_letters d on d.reason = 'UNAPPLICABLE' and d.partition = l.partition and d.log_offset between l.first_offset and l.last_offset
    where l.sku_id = new.sku_id and l.first_sequence = coalesce(old.sequence, 0) + 1
      -- the offset may be one of a topic before this one
      and d.key = convert_to(new.sku_id, 'UTF8')
      -- an owner who knew has an entry around the record
      and position(format(E'\n[%s,', d.log_offset) in E'\n' || l.decisions) > 0
  ) then
    raise exception 'a record of the SKU % was decided that had been set aside as a dead letter', new.sku_id;
  end if;
  return null;
end $$;

create table api_keys (
  key_hash text not null,
  name text not null,
  scopes text[] not null,
  created_at timestamp(3) with time zone not null default clock_timestamp(),
  revoked_at timestamp(3) with time zone,
  constraint api_keys_pkey PRIMARY KEY (key_hash)
);
CREATE INDEX api_keys_by_name ON public.api_keys USING btree (name);

create table dead_letters (
  topic text not null,
  partition integer not null,
  log_offset bigint not null,
  key bytea,
  value bytea,
  appended_at timestamp(3) with time zone not null,
  reason text not null,
  reservation_id uuid,
  stored_at timestamp(3) with time zone not null default clock_timestamp(),
  published_at timestamp(3) with time zone,
  redriven_at timestamp(3) with time zone,
  redriven_by text,
  redriven_partition integer,
  redriven_offset bigint,
  dismissed_at timestamp(3) with time zone,
  dismissed_by text,
  dismissed_reason text,
  constraint dead_letters_pkey PRIMARY KEY (topic, partition, log_offset),
  constraint dead_letters_dismissed CHECK ((((dismissed_at IS NULL) = (dismissed_by IS NULL)) AND ((dismissed_at IS NULL) = (dismissed_reason IS NULL)))),
  constraint dead_letters_redriven CHECK (((redriven_partition IS NULL) = (redriven_offset IS NULL)))
);
CREATE INDEX dead_letters_by_reservation ON public.dead_letters USING btree (reservation_id) WHERE (reservation_id IS NOT NULL);
CREATE INDEX dead_letters_unapplicable ON public.dead_letters USING btree (partition, log_offset) WHERE (reason = 'UNAPPLICABLE'::text);
CREATE INDEX dead_letters_unpublished ON public.dead_letters USING btree (stored_at) WHERE (published_at IS NULL);
CREATE INDEX dead_letters_waiting ON public.dead_letters USING btree (topic, partition, log_offset) WHERE ((redriven_at IS NULL) AND (dismissed_at IS NULL));

create table ledger (
  sku_id text collate "C" not null,
  partition integer not null,
  first_sequence bigint not null,
  last_sequence bigint not null,
  first_offset bigint not null,
  last_offset bigint not null,
  decided_at timestamp(3) with time zone not null,
  decisions text not null,
  previous_hash text not null,
  hash text not null,
  constraint ledger_pkey PRIMARY KEY (sku_id, first_sequence),
  constraint ledger_check CHECK ((last_sequence >= first_sequence)),
  constraint ledger_check1 CHECK ((last_offset >= first_offset)),
  constraint ledger_first_sequence_check CHECK ((first_sequence > 0))
);
CREATE INDEX ledger_by_offset ON public.ledger USING btree (partition, last_offset);

create table operator_log (
  command_id uuid not null,
  sku_id text collate "C",
  sequence bigint,
  principal text not null,
  action text not null,
  outcome text not null,
  reason text,
  asked text not null,
  decided_at timestamp(3) with time zone not null,
  before text,
  after text,
  constraint operator_log_pkey PRIMARY KEY (command_id),
  constraint operator_log_command CHECK ((((action = ANY (ARRAY['redrive'::text, 'dismiss'::text, 'halt-sale'::text, 'resume-sale'::text])) = (sku_id IS NULL)) AND ((sku_id IS NULL) = (sequence IS NULL))))
);

create table partitions (
  partition integer not null,
  next_offset bigint not null,
  fingerprint text,
  applied_through timestamp(3) with time zone,
  swept_through timestamp(3) with time zone,
  relayed_through bigint,
  constraint partitions_pkey PRIMARY KEY (partition),
  constraint partitions_next_offset_check CHECK ((next_offset >= 0)),
  constraint partitions_relayed_through_check CHECK ((relayed_through >= 0))
);

create table recounts (
  recount_id uuid not null default gen_random_uuid(),
  asked_by text not null,
  started_at timestamp(3) with time zone not null,
  took_ms integer not null,
  outcome text not null,
  report text not null,
  constraint recounts_pkey PRIMARY KEY (recount_id),
  constraint recounts_outcome_check CHECK ((outcome = ANY (ARRAY['CLEAN'::text, 'FAULTY'::text, 'FAILED'::text]))),
  constraint recounts_took_ms_check CHECK ((took_ms >= 0))
);

create table reservations (
  reservation_id uuid not null,
  sku_id text collate "C" not null,
  issuer text collate "C" not null,
  user_id text collate "C" not null,
  quantity integer not null,
  status text not null,
  reason text,
  sequence bigint not null,
  version bigint not null,
  queued_at timestamp(3) with time zone not null,
  decide_by timestamp(3) with time zone not null,
  decided_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone,
  confirmed_at timestamp(3) with time zone,
  payment_reference text collate "C",
  extension_id uuid,
  constraint reservations_pkey PRIMARY KEY (reservation_id),
  constraint reservations_check CHECK ((version >= sequence)),
  constraint reservations_confirmed CHECK ((((status = 'CONFIRMED'::text) = (confirmed_at IS NOT NULL)) AND ((confirmed_at IS NULL) = (payment_reference IS NULL)))),
  constraint reservations_held CHECK (((status = 'REJECTED'::text) = (expires_at IS NULL))),
  constraint reservations_quantity_check CHECK ((quantity > 0)),
  constraint reservations_reason CHECK (((status = 'REJECTED'::text) = (reason IS NOT NULL))),
  constraint reservations_sequence_check CHECK ((sequence > 0)),
  constraint reservations_status_check CHECK ((status = ANY (ARRAY['RESERVED'::text, 'REJECTED'::text, 'CONFIRMED'::text, 'CANCELLED'::text, 'EXPIRED'::text])))
) with (fillfactor=90);
CREATE INDEX reservations_by_expiry ON public.reservations USING btree (expires_at) WHERE (expires_at IS NOT NULL);

create table sale (
  only_row boolean not null default true,
  state text not null,
  reason text,
  changed_by text,
  since timestamp(3) with time zone not null default clock_timestamp(),
  constraint sale_pkey PRIMARY KEY (only_row),
  constraint sale_halted CHECK (((state <> 'HALTED'::text) OR ((reason IS NOT NULL) AND (changed_by IS NOT NULL)))),
  constraint sale_only_row_check CHECK (only_row),
  constraint sale_state_check CHECK ((state = ANY (ARRAY['RUNNING'::text, 'HALTED'::text])))
);

create table stock (
  sku_id text collate "C" not null,
  partition integer not null,
  total integer not null,
  reserved integer not null,
  confirmed integer not null,
  name text not null,
  state text not null,
  per_user_limit integer not null,
  max_quantity integer not null,
  hold_seconds integer not null,
  max_extend_seconds integer not null,
  opens_at timestamp(3) with time zone,
  closes_at timestamp(3) with time zone,
  version bigint not null,
  sequence bigint not null,
  watermark bigint not null,
  head_hash text not null,
  decided_at timestamp(3) with time zone not null,
  set_aside bigint,
  constraint stock_pkey PRIMARY KEY (sku_id),
  constraint stock_confirmed_check CHECK ((confirmed >= 0)),
  constraint stock_hold_seconds_check CHECK ((hold_seconds >= 0)),
  constraint stock_max_extend_seconds_check CHECK ((max_extend_seconds >= 0)),
  constraint stock_max_quantity_check CHECK ((max_quantity >= 0)),
  constraint stock_not_oversold CHECK (((reserved + confirmed) <= total)),
  constraint stock_per_user_limit_check CHECK ((per_user_limit >= 0)),
  constraint stock_reserved_check CHECK ((reserved >= 0)),
  constraint stock_sequence_check CHECK ((sequence >= 0)),
  constraint stock_state_check CHECK ((state = ANY (ARRAY['UNKNOWN'::text, 'OPEN'::text, 'PAUSED'::text]))),
  constraint stock_total_check CHECK ((total >= 0)),
  constraint stock_version_check CHECK ((version >= 0))
) with (fillfactor=50);
CREATE TRIGGER stock_commit AFTER UPDATE ON stock FOR EACH ROW WHEN (old.watermark = old.set_aside AND new.head_hash <> old.head_hash) EXECUTE FUNCTION refuse_what_was_set_aside();
CREATE TRIGGER stock_first_commit AFTER INSERT ON stock FOR EACH ROW WHEN (new.sequence > 0) EXECUTE FUNCTION refuse_what_was_set_aside();
