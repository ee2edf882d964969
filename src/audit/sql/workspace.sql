-- Where a recount works: its own decoding of the ledger, one row a decision. Dropped by the rollback that ends the recount.
create temp table audit_line (
  line_no           integer,
  log_offset        bigint,
  type              text,
  command_id        uuid,
  outcome           text,
  reason            text,
  reservation_id    uuid, -- that it is about; a reserve's is its command's id
  issuer            text,
  user_id           text,
  quantity          bigint,
  queued_at         bigint,
  decide_by         bigint,
  expires_at        bigint,
  payment_reference text,
  seconds           bigint, -- that an extend asks for; null for as many as the SKU allows
  units             bigint, -- that a creation brings, or an adjust adds
  settings          jsonb
) on commit drop;

create temp table audit_decision (
  sku_id         text collate "C" not null,
  partition      integer not null,
  first_sequence bigint not null, -- of its entry
  sequence       bigint not null,
  decided_at     bigint not null,
  like audit_line,
  settles        boolean,
  -- 1 for the decision that settled its command, 2 and more for those that settled it again; null where nothing was settled
  nth_effect     bigint
) on commit drop;

-- Each decision about a reservation, beside what its life had come to by then.
create temp table audit_life (
  sku_id            text collate "C" not null,
  sequence          bigint not null,
  reservation_id    uuid not null,
  type              text,
  said              text, -- the outcome, or why it was refused
  command_id        uuid,
  decided_at        bigint,
  expires_at        bigint,
  payment_reference text,
  seconds           bigint,
  issuer            text, -- the owner's, as the user
  user_id           text,
  quantity          bigint, -- asked for here, or held
  changes           boolean, -- a reservation that was there before
  status_no         integer, -- after it: 1 RESERVED, 2 REJECTED, 3 CONFIRMED, 4 CANCELLED, 5 EXPIRED
  reserved          float8, -- units that it adds
  confirmed         float8,
  held_ms           bigint, -- by how much it puts off the hold's end
  breaks            boolean -- whether what came before demands another answer
) on commit drop;

-- An entry that cannot be read yields no line instead of ending the recount: it is counted as unreadable.
create function pg_temp.audit_decode(decisions text) returns setof audit_line language plpgsql as $$
declare
  lines audit_line[];
begin
  begin
    select array_agg(case
      when type = 'reserve' then
        row(n, (d ->> 0)::bigint, type, id, d ->> 3, d ->> 4, id, d ->> 5, d ->> 6,
            (d ->> 7)::bigint, (d ->> 8)::bigint, (d ->> 9)::bigint, (d ->> 10)::bigint, null, null, null, null)::audit_line
      when type = 'configure' then
        row(n, (d ->> 0)::bigint, type, id, d ->> 3, d ->> 4, null, d ->> 5, d ->> 6,
            null, null, null, null, null, null, (d ->> 8)::bigint, d -> 9)::audit_line
      when type = 'adjust' then
        row(n, (d ->> 0)::bigint, type, id, d ->> 3, d ->> 4, null, d ->> 5, d ->> 6,
            null, null, null, null, null, null, (d ->> 7)::bigint, null)::audit_line
      when type in ('confirm', 'cancel', 'extend', 'expire') then
        row(n, (d ->> 0)::bigint, type, id, d ->> 3, d ->> 4, (d ->> 5)::uuid, d ->> 6, d ->> 7,
            null, null, null, case type when 'extend' then (d ->> 9)::bigint end, case type when 'confirm' then d ->> 8 end,
            case type when 'extend' then (d ->> 8)::bigint end, null, null)::audit_line
      else
        row(n, (d ->> 0)::bigint, type, id, d ->> 3, d ->> 4, null, null, null, null, null, null, null, null, null, null, null)::audit_line
      end order by n)
    into lines
    -- "offset 0" keeps the planner from parsing the line anew for every field: 26 us a decision instead of 60
    from (
      select n, d, d ->> 1 as type, (d ->> 2)::uuid as id
      from (select json::jsonb as d, n from string_to_table(decisions, E'\n') with ordinality as t (json, n) offset 0) as parsed
      offset 0
    ) as headed;
  exception when others then
    return;
  end;
  return query select * from unnest(lines);
end $$;
