-- What commits mean for those who ask.
--
-- KEYS  first one progress key a partition, then one hint key a SKU
-- ARGV  1 channel, 2 how long a status lives (ms), 3 how long a hint lives (ms), 4 what a status key begins with,
--       5 statuses, a line each: id, a space, version|fields, 6 number of partitions; then 2 a partition: next offset, decisions a second;
--       then 9 a SKU: sequence, total, available, state, opens, closes, max, refuse until, as of (epoch ms, empty for none)
-- answers nothing
--
-- All statuses are one argument: 500 of them, and 250 keys, would cost the writer more than deciding does.
-- Announcements may come late, twice or in any order: a status is set only by a newer version, a hint only by a newer sequence, the
-- progress only forward.
local status_ttl, hint_ttl, prefix, partitions = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[6])
local ids = {}

for id, status in string.gmatch(ARGV[5], '(%S+) ([^\n]+)') do
  local key = prefix .. id
  -- Set first and looked at then: nearly always it was right, and one command is half of what two cost.
  local known = redis.call('SET', key, status, 'PX', status_ttl, 'GET')
  if known and tonumber(string.match(known, '^-?%d+')) > tonumber(string.match(status, '^%d+')) then
    redis.call('SET', key, known, 'PX', status_ttl)
  end
  ids[#ids + 1] = id
end

for i = 1, #KEYS - partitions do
  local key, at = KEYS[partitions + i], 6 + 2 * partitions + 9 * (i - 1)
  local known = tonumber(redis.call('HGET', key, 'sequence') or '-1')
  if known < tonumber(ARGV[at + 1]) then
    redis.call('HSET', key, 'sequence', ARGV[at + 1], 'total', ARGV[at + 2], 'available', ARGV[at + 3], 'state', ARGV[at + 4],
      'opens', ARGV[at + 5], 'closes', ARGV[at + 6], 'max', ARGV[at + 7], 'refuse_until', ARGV[at + 8], 'as_of', ARGV[at + 9])
    redis.call('PEXPIRE', key, hint_ttl)
  end
end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
for i = 1, partitions do
  local key, next_offset, rate = KEYS[i], ARGV[5 + 2 * i], ARGV[6 + 2 * i]
  if tonumber(next_offset) >= tonumber(redis.call('HGET', key, 'next') or '-1') then
    redis.call('HSET', key, 'next', next_offset, 'rate', rate, 'at', now)
    redis.call('PEXPIRE', key, hint_ttl)
  end
end
if #ids > 0 then redis.call('PUBLISH', ARGV[1], table.concat(ids, ',')) end
return redis.status_reply('OK')
