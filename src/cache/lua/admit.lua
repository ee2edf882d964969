-- May these requests enter the log?
--
-- KEYS  3 a request: its status, its idempotency key, its SKU's hint
-- ARGV  1 how long a mark lives (ms); then 3 a request: reservation id, quantity, the mark to leave
-- answers one array a request:
--   {'admitted'}                    nothing speaks against it; the mark is set
--   {'known', status}               a state is known: a repeat
--   {'refused', reason, ms}         ms: when to try again, -1 for never
--
-- Nothing here is the truth. A missing key means unknown, never zero: then the request goes to the log.
local ttl = tonumber(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
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

for i = 1, #KEYS / 3 do
  local status_key, claim_key, sku_key = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local id, quantity, mark = ARGV[3 * i - 1], tonumber(ARGV[3 * i]), ARGV[3 * i + 1]
  local status = redis.call('GET', status_key)
  if status and string.sub(status, 1, 2) ~= '-1' then
    answers[i] = {'known', status}
  else
    local holder = redis.call('GET', claim_key)
    if holder and holder ~= id then
      answers[i] = {'refused', 'KEY_REUSED', -1}
    else
      local reason, wait = refusal(hint_of(sku_key), quantity)
      if reason then
        answers[i] = {'refused', reason, wait}
      else
        redis.call('SET', status_key, mark, 'PX', ttl)
        redis.call('SET', claim_key, id, 'PX', ttl)
        answers[i] = {'admitted'}
      end
    end
  end
end
return answers
