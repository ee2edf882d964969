-- What happens to a reservation after it was made: confirmed, cancelled, prolonged, expired.

alter table reservations
  add column confirmed_at      timestamptz(3),
  add column payment_reference text collate "C",
  add column extension_id      uuid,
  add constraint reservations_confirmed
    check ((status = 'CONFIRMED') = (confirmed_at is not null) and (confirmed_at is null) = (payment_reference is null)),
  add constraint reservations_held check ((status = 'REJECTED') = (expires_at is null));

-- Overdue holds are found by it. Refused requests, most of a sale, are not in it; and confirm and cancel leave expires_at as it is, so that
-- their updates stay HOT.
create index reservations_by_expiry on reservations (expires_at) where expires_at is not null;

-- A hold of this partition that ended before this moment is decided: the next owner's sweep begins here.
alter table partitions add column swept_through timestamptz(3);

-- Raises where a statement changed another number of rows than it was to: nothing of it is committed then. P0001 is the data's fault.
create function expect_changed(changed bigint, expected bigint) returns boolean language plpgsql as $$
begin
  if changed <> expected then
    raise exception 'changed % reservations instead of %', changed, expected;
  end if;
  return true;
end $$;

-- The log offset up to which the partition's ledger entries are published as events; null before the first.
alter table partitions add column relayed_through bigint check (relayed_through >= 0);

alter table dead_letters
  add column published_at timestamptz(3), -- to the dead-letter topic
  add column redriven_at  timestamptz(3),
  add column redriven_by  text;

create index dead_letters_unpublished on dead_letters (stored_at) where published_at is null;
