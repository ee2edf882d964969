-- A record is decided or a dead letter, never both (I12), also where two owners of a partition write at once.

-- The last record of the SKU that was set aside because it could not be applied. The watermark stands on it until the next commit.
alter table stock add column set_aside bigint;

create index dead_letters_unapplicable on dead_letters (partition, log_offset) where reason = 'UNAPPLICABLE';

-- Raises where the commit that has just written this row decides a record of the SKU that was set aside: its owner did not know. P0001 is
-- the data's fault, so that it reads again, and passes over the record or sets it aside itself. A trigger and no condition of the commit's
-- own statement: that one's snapshot may be older than the letter, and an owner of the version before this one has another statement.
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

-- Nearly no commit has to look: the condition is false but for the first one after a record was set aside.
create trigger stock_commit after update on stock for each row
  when (old.watermark = old.set_aside and new.head_hash <> old.head_hash) execute function refuse_what_was_set_aside();

-- A SKU without a row has no watermark to move.
create trigger stock_first_commit after insert on stock for each row
  when (new.sequence > 0) execute function refuse_what_was_set_aside();

-- Where the record of a redriven letter lies now.
alter table dead_letters
  add column redriven_partition integer,
  add column redriven_offset    bigint,
  add constraint dead_letters_redriven check ((redriven_partition is null) = (redriven_offset is null));

-- What operators do that is no command of the log, so of no SKU: a redrive.
alter table operator_log
  alter column sku_id drop not null,
  alter column sequence drop not null,
  add constraint operator_log_command check ((action = 'redrive') = (sku_id is null) and (sku_id is null) = (sequence is null));
