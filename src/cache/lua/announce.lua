-- What commits mean for those who ask.
--
-- ARGV  1 channel, 2 how long a status lives (ms), 3 how long a hint lives (ms),
--       4 and 5: what a status key begins with; statuses, a line each: id, version|fields
--       6 and 7: what a hint key begins with; hints, a line each: sku, sequence, total, available, state, opens, closes, max, refuse until,
--         as of (epoch ms; - for none)
--       8 and 9: what a progress key begins with; progress, a line each: partition, next offset, decisions a second
--       10 how long a hint may refuse from now on (ms), whatever it says: its time is another clock's, and may lie ahead
-- answers nothing
--
-- Lines with a space between their fields, and keys made here: as arguments of their own they would cost the writer more than deciding does.
-- Announcements may come late, twice or in any order: a status is set only by a newer version, a hint only by a newer sequence, the
-- progress only forward.
local status_ttl, hint_ttl = ARGV[2], ARGV[3]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local refuse_at_most = now + tonumber(ARGV[10])
local ids = {}

for id, status in string.gmatch(ARGV[5], '(%S+) ([^\n]+)') do
  local key = ARGV[4] .. id
  -- Set first and looked at then: nearly always it was right, and one command is half of what two cost.
  local known = redis.call('SET', key, status, 'PX', status_ttl, 'GET')
  if known and tonumber(string.match(known, '^-?%d+')) > tonumber(string.match(status, '^%d+')) then
    redis.call('SET', key, known, 'PX', status_ttl)
  end
  ids[#ids + 1] = id
end

local function time(text) return text == '-' and '' or text end

local hint_line = '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)'
for sku, sequence, total, available, state, opens, closes, max, refuse_until, as_of in string.gmatch(ARGV[7], hint_line) do
  local key = ARGV[6] .. sku
  if tonumber(redis.call('HGET', key, 'sequence') or '-1') < tonumber(sequence) then
    redis.call('HSET', key, 'sequence', sequence, 'total', total, 'available', available, 'state', state, 'opens', time(opens),
      'closes', time(closes), 'max', max, 'refuse_until', string.format('%.0f', math.min(tonumber(refuse_until), refuse_at_most)), 'as_of', as_of)
    redis.call('PEXPIRE', key, hint_ttl)
  end
end

for partition, next_offset, rate in string.gmatch(ARGV[9], '(%S+) (%S+) (%S+)') do
  local key = ARGV[8] .. partition
  if tonumber(next_offset) >= tonumber(redis.call('HGET', key, 'next') or '-1') then
    redis.call('HSET', key, 'next', next_offset, 'rate', rate, 'at', now)
    redis.call('PEXPIRE', key, hint_ttl)
  end
end
if #ids > 0 then redis.call('PUBLISH', ARGV[1], table.concat(ids, ',')) end
return redis.status_reply('OK')
