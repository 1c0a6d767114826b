import { buckets, clock, keep, limitsFrom, windows } from "./prelude.js";

/**
 * Reserves all amounts or none. The record makes the script idempotent: a repeated command, even one that arrives after
 * the settlement, changes nothing and gets the first reply again. A refusal is remembered for five seconds. The first
 * write is a command that a full Redis rejects, so nothing is written in part.
 *
 * KEYS: limits (hash), slots (sorted set: reservation by expiry), reservation (string).
 * ARGV: now or '', reservation id, ttl in ms, then the limits as in the prelude.
 * Returns {1} when granted, or {0, number of the limit that refused, wait in ms}; a wait of -1: never.
 */
export const reserve = `${clock}${keep}${limitsFrom(4)}${windows}${buckets}
local id, ttl = ARGV[2], math.min(tonumber(ARGV[3]), longest)
local record = redis.call('GET', KEYS[3])
if record then
  local limit, wait = string.match(record, '^refused (%S+) (%S+)$')
  if not limit then return {1} end
  return {0, bounded(limit, #limits, 1), wait == '-1' and -1 or bounded(wait, longest, 0)}
end
local function taken()
  return redis.call('ZCOUNT', KEYS[2], '(' .. string.format('%.17g', now), string.format('%.17g', latest))
end
local function refuse(index, wait)
  redis.call('SET', KEYS[3], 'refused ' .. index .. ' ' .. wait, 'PX', 5000)
  return {0, index, wait}
end
local found = {}
for index, spec in ipairs(limits) do
  if spec.kind == 'window' then
    if spec.amount > spec.limit then return refuse(index, -1) end
    local window, used = windowOf(spec)
    if used + spec.amount > spec.limit then return refuse(index, math.ceil((window + 1) * spec.window - now)) end
    found[index] = {window, used}
  elseif spec.kind == 'bucket' then
    if spec.limit <= 0 or spec.amount > spec.burst then return refuse(index, -1) end
    local bucket = bucketOf(spec)
    local excess = (bucket.settled + bucket.held + spec.amount - spec.burst) * spec.window / spec.limit
    if excess > 0.001 then return refuse(index, math.ceil(excess)) end
    found[index] = bucket
  else
    if spec.amount > spec.limit then return refuse(index, -1) end
    if spec.amount > 0 and taken() + spec.amount > spec.limit then return refuse(index, 0) end
  end
end
local lasting = ttl
local holds = 'held ' .. string.format('%.17g', now + ttl)
for index, spec in ipairs(limits) do
  local stamp = 0
  if spec.kind == 'window' then
    local window, used = unpack(found[index])
    setWindow(spec, window, used + spec.amount)
    stamp = window
  elseif spec.kind == 'bucket' then
    local bucket = found[index]
    stamp = bucket.drained
    bucket.held = bucket.held + spec.amount
    setBucket(spec, bucket)
  elseif spec.amount > 0 then
    redis.call('ZADD', KEYS[2], now + ttl, id)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. string.format('%.17g', latest), '+inf')
    keep(KEYS[2], ttl)
  end
  holds = holds .. ' ' .. spec.name .. ' ' .. string.format('%.17g %.17g', stamp, spec.amount)
  lasting = math.max(lasting, 2 * spec.window)
end
redis.call('SET', KEYS[3], holds, 'PX', math.ceil(ttl))
if redis.call('EXISTS', KEYS[1]) == 1 then keep(KEYS[1], lasting) end
return {1}
`;
