-- Every decision about a reservation beside the answer that its life so far demands, by the ledger alone. A hold that is refused as
-- RESERVATION_EXPIRED is over from then on. What a line says happened, happened, lawful or not: the next is judged by it.
insert into audit_life
with line as (
  select *, coalesce(reason, outcome) as said,
         case when type <> 'reserve' then case outcome when 'CONFIRMED' then 3 when 'CANCELLED' then 4 when 'EXPIRED' then 5 end
              when nth_effect is not null then case outcome when 'RESERVED' then 1 else 2 end end as status_no
  from audit_decision
  where reservation_id is not null
), past as (
  select *,
         -- the last status that was said, and where
         max(sequence * 8 + status_no) over earlier as said_last,
         max(sequence) filter (where said = 'RESERVATION_EXPIRED') over earlier as refused_last,
         max(quantity) filter (where type = 'reserve' and status_no is not null) over earlier as owned,
         max(issuer) filter (where type = 'reserve' and status_no is not null) over earlier as owner_issuer,
         max(user_id) filter (where type = 'reserve' and status_no is not null) over earlier as owner_user,
         coalesce(max(expires_at) filter (where said = 'EXTENDED') over earlier,
                  max(expires_at) filter (where said = 'RESERVED') over earlier) as ends_at,
         max(command_id::text) filter (where said = 'EXTENDED') over earlier as extension,
         max(payment_reference) filter (where said = 'CONFIRMED') over earlier as paid
  from line
  window earlier as (partition by sku_id, reservation_id order by sequence rows between unbounded preceding and 1 preceding)
), stage as (
  select *,
         case when said_last % 8 = 1 and refused_last > said_last / 8 then 5 else said_last % 8 end as before,
         type = 'expire' or outcome = 'DUPLICATE' or (issuer, user_id) = (owner_issuer, owner_user) as owns
  from past
), judged as (
  select *,
         coalesce(status_no, case when before = 1 and said = 'RESERVATION_EXPIRED' then 5 else before end) as after,
         case
           when before is null or owns is not true then 'NOT_FOUND'
           when type = 'extend' and command_id::text = extension then 'DUPLICATE'
           when before = 2 then 'NOT_RESERVED'
           when before = 3 then case when type = 'confirm' and (outcome = 'DUPLICATE' or payment_reference = paid)
                                     then 'DUPLICATE' else 'ALREADY_CONFIRMED' end
           when before = 4 then case type when 'cancel' then 'DUPLICATE' else 'ALREADY_CANCELLED' end
           when before = 5 then case type when 'expire' then 'DUPLICATE' else 'RESERVATION_EXPIRED' end
           when decided_at >= ends_at then case type when 'expire' then 'EXPIRED' else 'RESERVATION_EXPIRED' end
           when type = 'confirm' then 'CONFIRMED'
           when type = 'cancel' then 'CANCELLED'
           when type = 'expire' then 'NOT_DUE'
           when extension is not null then 'ALREADY_EXTENDED'
           -- how long is too long, the replay knows: it has the settings
           when said = 'EXTENSION_TOO_LONG' then said
           else 'EXTENDED'
         end as answer
  from stage
)
select sku_id, sequence, reservation_id, type, said, command_id, decided_at, expires_at, payment_reference, seconds,
       case type when 'reserve' then issuer else owner_issuer end,
       case type when 'reserve' then user_id else owner_user end,
       coalesce(quantity, owned),
       type <> 'reserve' and (outcome not in ('REFUSED', 'DUPLICATE') or before = 1 and after = 5),
       after,
       case when type = 'reserve' then case said when 'RESERVED' then quantity else 0 end
            else coalesce(owned, 0) * ((after is not distinct from 1)::integer - (before is not distinct from 1)::integer) end,
       case when type = 'reserve' then 0
            else coalesce(owned, 0) * ((after is not distinct from 3)::integer - (before is not distinct from 3)::integer) end,
       expires_at - case said when 'RESERVED' then decided_at when 'EXTENDED' then ends_at end,
       case when type <> 'reserve' then said is distinct from answer
            -- one that settles again is counted as a duplicate
            when said = 'DUPLICATE' then before is null
            when said = 'KEY_REUSED'
              then before is null or (owned, owner_issuer, owner_user) = (quantity, issuer, user_id) or quantity not between 1 and 1000000000
            when said = 'INVALID_QUANTITY' then quantity between 1 and 1000000000
            else false end
from judged
