/**
 * What scripts share. Times are milliseconds. A script reads Redis' own clock, so that clocks of processes may differ;
 * only tests pass their own. Replicas get the effects of a script, not its text, so reading the clock is safe.
 */

/** Declares `now`: ARGV[1], or the server's time when that is empty. */
export const clock = `
local now = tonumber(ARGV[1])
if now == nil then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
`;

/** Declares `keep`: a key lives at least so long from now; it is never shortened. */
export const keep = `
local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, math.ceil(ms)) end
end
`;

/**
 * Declares `limits`, read from ARGV[first] on, six for each: name, kind, limit, window, burst, amount. An unknown window
 * or burst is 0.
 */
export function limitsFrom(first: number): string {
  return `
local limits = {}
for at = ${String(first)}, #ARGV, 6 do
  limits[#limits + 1] = {
    name = ARGV[at], kind = ARGV[at + 1], limit = tonumber(ARGV[at + 2]),
    window = tonumber(ARGV[at + 3]), burst = tonumber(ARGV[at + 4]), amount = tonumber(ARGV[at + 5])
  }
end
`;
}

/**
 * Declares `windowOf`: the window that counts now and what is used of it. Windows never go back: after a failover to a
 * server whose clock is behind, calls count on in the later window until its key expires.
 */
export const windows = `
local function windowOf(spec)
  local current = math.floor(now / spec.window)
  local stored = tonumber(redis.call('HGET', KEYS[1], spec.name .. ':window') or -1)
  if stored < current then return current, 0 end
  return stored, tonumber(redis.call('HGET', KEYS[1], spec.name .. ':used') or 0)
end
local function setWindow(spec, window, used)
  redis.call('HSET', KEYS[1], spec.name .. ':window', window, spec.name .. ':used', used)
end
`;

/**
 * Declares `bucketOf` and `setBucket`. The same bucket as in core's limit counters: what is settled drains before what
 * is only held, and `drained` counts what drained of the held, since that cannot be given back.
 */
export const buckets = `
local function bucketOf(spec)
  local text = redis.call('HGET', KEYS[1], spec.name .. ':bucket')
  local bucket = {at = now, settled = 0, held = 0, drained = 0}
  if not text then return bucket end
  local at, settled, held, drained = string.match(text, '^(%S+) (%S+) (%S+) (%S+)$')
  at = tonumber(at)
  bucket.at = math.max(now, at)
  local room = (bucket.at - at) * spec.limit / spec.window
  local first = math.min(tonumber(settled), room)
  local second = math.min(tonumber(held), room - first)
  bucket.settled = tonumber(settled) - first
  bucket.held = tonumber(held) - second
  bucket.drained = tonumber(drained) + second
  return bucket
end
local function setBucket(spec, bucket)
  local text = string.format('%.17g %.17g %.17g %.17g', bucket.at, bucket.settled, bucket.held, bucket.drained)
  redis.call('HSET', KEYS[1], spec.name .. ':bucket', text)
end
`;

/** Declares `heldOf`: what a reservation's record says it holds, by name, or nil when it is over its time. */
export const records = `
local function heldOf(record)
  local expires, rest = string.match(record, '^held (%S+)(.*)$')
  if not expires or tonumber(expires) <= now then return nil end
  local held = {}
  for name, stamp, amount in string.gmatch(rest, ' (%S+) (%S+) (%S+)') do
    held[name] = {stamp = tonumber(stamp), amount = tonumber(amount)}
  end
  return held
end
`;

/** Declares `marks`: deployment, until, reason of every mark in force, one after the other; those that are over are struck off. */
export const benchMarks = `
local function marks(until_key, reasons_key)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', until_key, '-inf', now)) do
    redis.call('ZREM', until_key, id)
    redis.call('HDEL', reasons_key, id)
  end
  local result = {}
  local found = redis.call('ZRANGE', until_key, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do
    result[#result + 1] = found[i]
    result[#result + 1] = found[i + 1]
    result[#result + 1] = redis.call('HGET', reasons_key, found[i]) or 'shared'
  end
  return result
end
`;
