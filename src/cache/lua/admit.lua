-- May these requests enter the log?
--
-- KEYS  4 a request: its status, its idempotency key, its SKU's hint, its buyer's bucket
-- ARGV  1 how long a mark lives (ms), 2 the mark to leave, 3 what one request fills of its buyer's bucket and 4 how much that holds (us of
--       time; 0 and 0: no rate); then 3 a request: reservation id, quantity, 1 where the queue is too long to let anything in, else 0
-- answers one array a request; the last figure of each is how much of the bucket is used:
--   {'admitted', used}                    nothing speaks against it; the mark is set
--   {'too-long', used}                    nothing speaks against it but the queue; nothing is set
--   {'known', status, used}               a state is known: a repeat
--   {'refused', reason, ms, used}         ms: when to try again, -1 for never
--   {'too-many', used}                    the buyer's bucket is full
--
-- Nothing here is the truth. A missing key means unknown, never zero: then the request goes to the log.
local ttl, mark = tonumber(ARGV[1]), ARGV[2]
local per_request, depth = tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now_us = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local now = math.floor(now_us / 1000)
local hints = {}
local answers = {}

local function hint_of(key)
  if hints[key] == nil then
    local h = redis.call('HMGET', key, 'state', 'available', 'opens', 'closes', 'max', 'refuse_until', 'as_of')
    hints[key] = {
      state = h[1],
      available = tonumber(h[2] or ''),
      opens = tonumber(h[3] or ''),
      closes = tonumber(h[4] or ''),
      max = tonumber(h[5] or ''),
      refuse_until = tonumber(h[6] or '') or 0,
      as_of = tonumber(h[7] or '') or 0,
    }
  end
  return hints[key]
end

-- The order of the reasons is the writer's. The sale's window is exact by its times, and believed
-- for five minutes: it may have been changed by a writer that died before it could say so. The rest only while the hint is fresh.
local function refusal(hint, quantity)
  -- A stub says nothing about the SKU that may have been created since.
  if not hint.state or hint.state == 'UNKNOWN' then return nil end
  local recent = now < hint.as_of + 300000
  if recent and hint.opens and now < hint.opens then return 'SALE_NOT_OPEN', hint.opens - now end
  if recent and hint.closes and now >= hint.closes then return 'SALE_CLOSED', -1 end
  local fresh = now < hint.refuse_until
  if fresh and hint.state == 'PAUSED' then return 'SALE_PAUSED', hint.refuse_until - now end
  if fresh and hint.max and quantity > hint.max then return 'QUANTITY_TOO_LARGE', -1 end
  if fresh and hint.available and quantity > hint.available then return 'SOLD_OUT', hint.refuse_until - now end
  return nil
end

local function answer(at, used)
  local status_key, claim_key, sku_key = KEYS[at * 4 + 1], KEYS[at * 4 + 2], KEYS[at * 4 + 3]
  local id, quantity, too_long = ARGV[at * 3 + 5], tonumber(ARGV[at * 3 + 6]), ARGV[at * 3 + 7]
  local status = redis.call('GET', status_key)
  if status and string.sub(status, 1, 2) ~= '-1' then return {'known', status, used} end
  local holder = redis.call('GET', claim_key)
  if holder and holder ~= id then return {'refused', 'KEY_REUSED', -1, used} end
  local reason, wait = refusal(hint_of(sku_key), quantity)
  if reason then return {'refused', reason, wait, used} end
  if too_long == '1' then return {'too-long', used} end
  redis.call('SET', status_key, mark, 'PX', ttl)
  redis.call('SET', claim_key, id, 'PX', ttl)
  return {'admitted', used}
end

for at = 0, #KEYS / 4 - 1 do
  local may, used = spend(KEYS[at * 4 + 4], now_us, per_request, depth)
  answers[at + 1] = may and answer(at, used) or {'too-many', used}
end
return answers
