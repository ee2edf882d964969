-- These requests are in the log: QUEUED, unless something newer is known already.
--
-- KEYS  first the progress keys of partitions, then one status key a request
-- ARGV  1 number of progress keys, 2 how long a status lives (ms); then one status a request
-- answers one array a progress key: {next offset, decisions a second, age in ms}, or an empty one
local partitions, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

for i = 1, #KEYS - partitions do
  local key = KEYS[partitions + i]
  local known = redis.call('GET', key)
  if not known or string.sub(known, 1, 2) == '-1' then redis.call('SET', key, ARGV[2 + i], 'PX', ttl) end
end

local progress = {}
for i = 1, partitions do
  local p = redis.call('HMGET', KEYS[i], 'next', 'rate', 'at')
  progress[i] = p[1] and {p[1], p[2], tostring(math.max(0, now - tonumber(p[3])))} or {}
end
return progress
