-- What commits of one partition mean for those who ask.
--
-- KEYS  1 the partition's progress, then one hint key a SKU
-- ARGV  1 channel, 2 next offset, 3 decisions a second, 4 how long a status lives (ms), 5 how long a hint lives (ms),
--       6 what a status key begins with, 7 statuses, a line each: id, a space, version|fields; then 9 a SKU:
--       sequence, total, available, state, opens, closes, max, refuse until, as of (epoch ms, empty for none)
-- answers nothing
--
-- All statuses are one argument: 500 of them, and 250 keys, would cost the writer more than deciding does.
-- Announcements may come late, twice or in any order: a status is set only by a newer version, a hint only by a newer sequence, the
-- progress only forward.
local status_ttl, hint_ttl, prefix = ARGV[4], ARGV[5], ARGV[6]
local ids = {}

for id, status in string.gmatch(ARGV[7], '(%S+) ([^\n]+)') do
  local key = prefix .. id
  local known = redis.call('GET', key)
  if not known or tonumber(string.match(known, '^-?%d+')) < tonumber(string.match(status, '^%d+')) then
    redis.call('SET', key, status, 'PX', status_ttl)
  end
  ids[#ids + 1] = id
end

for i = 2, #KEYS do
  local key, at = KEYS[i], 7 + 9 * (i - 2)
  local known = tonumber(redis.call('HGET', key, 'sequence') or '-1')
  if known < tonumber(ARGV[at + 1]) then
    redis.call('HSET', key, 'sequence', ARGV[at + 1], 'total', ARGV[at + 2], 'available', ARGV[at + 3], 'state', ARGV[at + 4],
      'opens', ARGV[at + 5], 'closes', ARGV[at + 6], 'max', ARGV[at + 7], 'refuse_until', ARGV[at + 8], 'as_of', ARGV[at + 9])
    redis.call('PEXPIRE', key, hint_ttl)
  end
end

local next_offset = tonumber(redis.call('HGET', KEYS[1], 'next') or '-1')
if tonumber(ARGV[2]) >= next_offset then
  local clock = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'next', ARGV[2], 'rate', ARGV[3], 'at', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
  redis.call('PEXPIRE', KEYS[1], hint_ttl)
end
if #ids > 0 then redis.call('PUBLISH', ARGV[1], table.concat(ids, ',')) end
return redis.status_reply('OK')
