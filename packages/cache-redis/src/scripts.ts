/**
 * One atomic step each. All keys of a script lie in one hash slot.
 *
 * Times are milliseconds. A script reads Redis' own clock, so that clocks of processes may differ; only tests pass
 * their own.
 */

/** The time of the script: ARGV[1], or the server's when that is empty. */
const clock = `
local now = tonumber(ARGV[1])
if now == nil then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
`;

/**
 * KEYS: limits (hash), slots (sorted set: reservation by expiry), reservation (hash).
 * ARGV: now or '', reservation id, ttl, then per limit: name, kind, limit, window, burst, amount.
 * Returns {1} when granted, {0, number of the limit that refused, wait}; a wait of -1 is never.
 */
const reserve = `${clock}
if redis.call('EXISTS', KEYS[3]) == 1 then return {1} end
local id, ttl = ARGV[2], tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local limits = (#ARGV - 3) / 6
local plan = {}
for i = 1, limits do
  local base = 3 + (i - 1) * 6
  local name, kind = ARGV[base + 1], ARGV[base + 2]
  local limit, window = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
  local burst, amount = tonumber(ARGV[base + 5]), tonumber(ARGV[base + 6])
  if kind == 'window' then
    local current = math.floor(now / window)
    local stored = tonumber(redis.call('HGET', KEYS[1], name .. ':w') or -1)
    if stored > current then current = stored end
    local used = 0
    if stored == current then used = tonumber(redis.call('HGET', KEYS[1], name .. ':n') or 0) end
    if used + amount > limit then
      if amount > limit then return {0, i, -1} end
      return {0, i, math.ceil((current + 1) * window - now)}
    end
    plan[#plan + 1] = {name, kind, current, used + amount, amount, window}
  elseif kind == 'bucket' then
    if amount > burst then return {0, i, -1} end
    local unit = window / limit
    local arrival = math.max(now, tonumber(redis.call('HGET', KEYS[1], name .. ':t') or 0))
    local excess = arrival + amount * unit - now - burst * unit
    if excess > 0.001 then return {0, i, math.ceil(excess)} end
    plan[#plan + 1] = {name, kind, 0, arrival + amount * unit, amount, window}
  else
    if amount > limit then return {0, i, -1} end
    if amount > 0 and redis.call('ZCARD', KEYS[2]) + amount > limit then return {0, i, 0} end
    plan[#plan + 1] = {name, kind, 0, 0, amount, 0}
  end
end
local longest = ttl
for _, step in ipairs(plan) do
  local name, kind = step[1], step[2]
  if kind == 'window' then
    redis.call('HSET', KEYS[1], name .. ':w', step[3], name .. ':n', step[4])
    redis.call('HSET', KEYS[3], name .. ':w', step[3], name .. ':a', step[5])
  elseif kind == 'bucket' then
    redis.call('HSET', KEYS[1], name .. ':t', string.format('%.4f', step[4]))
    redis.call('HSET', KEYS[3], name .. ':a', step[5])
  elseif step[5] > 0 then
    redis.call('ZADD', KEYS[2], now + ttl, id)
    redis.call('HSET', KEYS[3], name .. ':a', step[5])
  end
  longest = math.max(longest, 2 * step[6])
end
redis.call('HSET', KEYS[3], 'at', now)
redis.call('PEXPIRE', KEYS[3], ttl)
redis.call('PEXPIRE', KEYS[1], longest)
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('PEXPIRE', KEYS[2], math.max(ttl, redis.call('PTTL', KEYS[2]))) end
return {1}
`;

/**
 * KEYS and ARGV as for reserve, with what was used as amounts; the ttl is not read.
 * Returns 1, or 0 when there is no such reservation any more.
 */
const settle = `${clock}
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
local id = ARGV[2]
for i = 1, (#ARGV - 3) / 6 do
  local base = 3 + (i - 1) * 6
  local name, kind = ARGV[base + 1], ARGV[base + 2]
  local limit, window = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
  local burst, amount = tonumber(ARGV[base + 5]), tonumber(ARGV[base + 6])
  local reserved = tonumber(redis.call('HGET', KEYS[3], name .. ':a') or 0)
  if kind == 'window' then
    local stamp = redis.call('HGET', KEYS[3], name .. ':w')
    if stamp and stamp == redis.call('HGET', KEYS[1], name .. ':w') then
      local used = tonumber(redis.call('HGET', KEYS[1], name .. ':n') or 0)
      redis.call('HSET', KEYS[1], name .. ':n', math.max(0, used - reserved + amount))
    end
  elseif kind == 'bucket' then
    local unit = window / limit
    local arrival = tonumber(redis.call('HGET', KEYS[1], name .. ':t') or 0) + (amount - reserved) * unit
    redis.call('HSET', KEYS[1], name .. ':t', string.format('%.4f', math.max(arrival, now - burst * unit)))
    redis.call('PEXPIRE', KEYS[1], math.max(2 * window, redis.call('PTTL', KEYS[1])))
  end
end
redis.call('ZREM', KEYS[2], id)
redis.call('DEL', KEYS[3])
return 1
`;

/** KEYS as for reserve. ARGV: now or '', reservation id, ttl. Returns 1, or 0 when the reservation is gone. */
const extend = `${clock}
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
local ttl = tonumber(ARGV[3])
redis.call('PEXPIRE', KEYS[3], ttl)
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then
  redis.call('ZADD', KEYS[2], now + ttl, ARGV[2])
  redis.call('PEXPIRE', KEYS[2], math.max(ttl, redis.call('PTTL', KEYS[2])))
end
return 1
`;

/** KEYS as for reserve (the third is not read). ARGV: now or '', '', '', then per limit as for reserve. Returns what is taken, as text. */
const used = `${clock}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local result = {}
for i = 1, (#ARGV - 3) / 6 do
  local base = 3 + (i - 1) * 6
  local name, kind = ARGV[base + 1], ARGV[base + 2]
  local limit, window = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
  if kind == 'window' then
    local value = 0
    if tonumber(redis.call('HGET', KEYS[1], name .. ':w') or -1) >= math.floor(now / window) then value = redis.call('HGET', KEYS[1], name .. ':n') end
    result[i] = tostring(value)
  elseif kind == 'bucket' then
    local arrival = tonumber(redis.call('HGET', KEYS[1], name .. ':t') or 0)
    result[i] = string.format('%.4f', math.max(0, arrival - now) / (window / limit))
  else
    result[i] = tostring(redis.call('ZCARD', KEYS[2]))
  end
end
return result
`;

/**
 * KEYS: until (sorted set: deployment by time), reasons (hash). ARGV: now or '', deployment, until, reason, channel.
 * An earlier time than the one in force changes nothing. Returns the time in force.
 */
const bench = `${clock}
local known = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or 0)
local wanted = tonumber(ARGV[3])
if known > now and known >= wanted then return known end
redis.call('ZADD', KEYS[1], wanted, ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
local ttl = math.max(1000, tonumber(last[2]) - now + 60000)
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
redis.call('PUBLISH', ARGV[5], cjson.encode({deploymentId = ARGV[2], ['until'] = wanted, reason = ARGV[4]}))
return wanted
`;

/** KEYS: until, reasons. ARGV: now or ''. Returns deployment, until, reason of every mark in force, one after the other. */
const benches = `${clock}
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for _, id in ipairs(gone) do redis.call('HDEL', KEYS[2], id) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local result = {}
local marks = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #marks, 2 do
  result[#result + 1] = marks[i]
  result[#result + 1] = marks[i + 1]
  result[#result + 1] = redis.call('HGET', KEYS[2], marks[i]) or 'shared'
end
return result
`;

/** KEYS: counter. ARGV: '', by, ttl. The ttl starts with the first increment. Returns the value. */
const increment = `
local value = redis.call('INCRBY', KEYS[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return value
`;

/** KEYS: processes (sorted set: process by last sign of life). ARGV: now or '', process, how long it counts. Returns how many live. */
const beat = `${clock}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('ZCARD', KEYS[1])
`;

/** Scripts by name, with their number of keys. */
export const scripts = {
  reserve: { keys: 3, lua: reserve },
  settle: { keys: 3, lua: settle },
  extend: { keys: 3, lua: extend },
  used: { keys: 3, lua: used },
  bench: { keys: 2, lua: bench },
  benches: { keys: 2, lua: benches },
  increment: { keys: 1, lua: increment },
  beat: { keys: 1, lua: beat },
} as const;

export type ScriptName = keyof typeof scripts;
