-- What commits of one partition mean for those who ask.
--
-- KEYS  1 the partition's progress, then one status key a reservation, then one hint key a SKU
-- ARGV  1 channel, 2 ids to wake (comma-separated), 3 next offset, 4 decisions a second, 5 number of reservations, 6 how long a status lives (ms),
--       7 how long a hint lives (ms); then 2 a reservation: version, status; then 9 a SKU:
--       sequence, total, available, state, opens, closes, max, refuse until, as of (epoch ms, empty for none)
-- answers nothing
--
-- Announcements may come late, twice or in any order: a status is set only by a newer version, a hint only by a newer sequence, the
-- progress only forward.
local reservations = tonumber(ARGV[5])
local status_ttl, hint_ttl = ARGV[6], ARGV[7]

for i = 1, reservations do
  local key, version, status = KEYS[1 + i], tonumber(ARGV[6 + 2 * i]), ARGV[7 + 2 * i]
  local known = redis.call('GET', key)
  if not known or tonumber(string.match(known, '^-?%d+')) < version then redis.call('SET', key, status, 'PX', status_ttl) end
end

local base = 7 + 2 * reservations
for i = 1, #KEYS - 1 - reservations do
  local key, at = KEYS[1 + reservations + i], base + 9 * (i - 1)
  local known = tonumber(redis.call('HGET', key, 'sequence') or '-1')
  if known < tonumber(ARGV[at + 1]) then
    redis.call('HSET', key, 'sequence', ARGV[at + 1], 'total', ARGV[at + 2], 'available', ARGV[at + 3], 'state', ARGV[at + 4],
      'opens', ARGV[at + 5], 'closes', ARGV[at + 6], 'max', ARGV[at + 7], 'refuse_until', ARGV[at + 8], 'as_of', ARGV[at + 9])
    redis.call('PEXPIRE', key, hint_ttl)
  end
end

local next_offset = tonumber(redis.call('HGET', KEYS[1], 'next') or '-1')
if tonumber(ARGV[3]) >= next_offset then
  local clock = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'next', ARGV[3], 'rate', ARGV[4], 'at', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
  redis.call('PEXPIRE', KEYS[1], hint_ttl)
end
if ARGV[2] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return redis.status_reply('OK')
