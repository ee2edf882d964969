-- May this buyer ask for something now?
--
-- KEYS  1 the buyer's bucket
-- ARGV  1 what one request fills of it, 2 how much it holds (us of time)
-- answers 1 or 0, and how much of it is used
local clock = redis.call('TIME')
local may, used = spend(KEYS[1], tonumber(clock[1]) * 1000000 + tonumber(clock[2]), tonumber(ARGV[1]), tonumber(ARGV[2]))
return {may and 1 or 0, used}
