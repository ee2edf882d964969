-- A buyer's rate as a bucket, for the scripts that ask it. What is kept is when it will be empty, and until then only.
local function fill(key, now_us, used)
  redis.call('SET', key, string.format('%.0f', now_us + used), 'PX', math.ceil(used / 1000))
  return used
end

-- Whether the buyer may ask now, and how full the bucket is then (us of time). `per_request`: what one request fills of the `depth`; 0: no rate.
local function spend(key, now_us, per_request, depth)
  if depth == 0 then return true, 0 end
  local used = math.max(0, (tonumber(redis.call('GET', key) or '') or 0) - now_us)
  -- Further ahead than the bucket is deep: the clock was set back. Full it is, and no longer than that.
  if used > depth then return false, fill(key, now_us, depth) end
  if used + per_request > depth then return false, used end
  return true, fill(key, now_us, used + per_request)
end
