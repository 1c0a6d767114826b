/**
 * What scripts share. Times are milliseconds. A script reads Redis' own clock, so that clocks of processes may differ;
 * only tests pass their own. Replicas get the effects of a script, not its text, so reading the clock is safe.
 */

import { longestWaitMs } from "@modelyard/core";

/**
 * Declares `now`: ARGV[1], or the server's time when that is empty. Beside it `longest`, the longest time in ms that
 * anything lasts, `latest`, the end of that, and `bounded`: a number that was read, or another value when it is none,
 * or not between 0 and `most`. Other programs, and older versions, may have written anything.
 */
export const clock = `
local now = tonumber(ARGV[1])
if now == nil then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local longest = ${String(longestWaitMs)}
local latest = now + longest
local function bounded(value, most, otherwise)
  local number = tonumber(value)
  if number and number >= 0 and number <= most then return number end
  return otherwise
end
`;

/** Declares `keep`: a key lives at least so long from now, and no longer than anything may. It is not shortened otherwise. */
export const keep = `
local function keep(key, ms)
  local left = redis.call('PTTL', key)
  if left < ms or left > 2 * longest then redis.call('PEXPIRE', key, math.ceil(math.min(ms, 2 * longest))) end
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
 * server whose clock is behind, calls count on in the later window until its key expires. A window that lies further
 * ahead than anything lasts was not written by us, and counts as none.
 */
export const windows = `
local function windowOf(spec)
  local current = math.floor(now / spec.window)
  local stored = bounded(redis.call('HGET', KEYS[1], spec.name .. ':window'), latest / spec.window, -1)
  if stored < current then return current, 0 end
  return stored, bounded(redis.call('HGET', KEYS[1], spec.name .. ':used'), 2 ^ 53, 0)
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
  at, settled, held, drained = bounded(at, latest), bounded(settled, 2 ^ 53), bounded(held, 2 ^ 53), bounded(drained, 2 ^ 53)
  if not (at and settled and held and drained) then return bucket end
  bucket.at = math.max(now, at)
  local room = (bucket.at - at) * spec.limit / spec.window
  local first = math.min(settled, room)
  local second = math.min(held, room - first)
  bucket.settled = settled - first
  bucket.held = held - second
  bucket.drained = drained + second
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
  if bounded(expires, latest, 0) <= now then return nil end
  local held = {}
  for name, stamp, amount in string.gmatch(rest, ' (%S+) (%S+) (%S+)') do
    held[name] = {stamp = bounded(stamp, 2 ^ 53, 0), amount = bounded(amount, 2 ^ 53, 0)}
  end
  return held
end
`;

/** Most marks that are read at once: more deployments than any router has. */
const mostMarks = 10_000;

/**
 * Declares `marks`: deployment, until, reason of every mark in force, one after the other. Those that are over are struck
 * off, and those that last longer than anything may: they were not written by us, and would never end. Keys without a
 * ttl, as an older version could leave them, get one.
 */
export const benchMarks = `
local function marks(until_key, reasons_key)
  local function strike(from, to)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', until_key, from, to)) do
      redis.call('ZREM', until_key, id)
      redis.call('HDEL', reasons_key, id)
    end
  end
  strike('-inf', now)
  strike('(' .. string.format('%.17g', latest), '+inf')
  for _, key in ipairs({until_key, reasons_key}) do
    local left = redis.call('PTTL', key)
    if left == -1 or left > 2 * longest then redis.call('PEXPIRE', key, 2 * longest) end
  end
  local result = {}
  local found = redis.call('ZRANGE', until_key, 0, ${String(mostMarks - 1)}, 'WITHSCORES')
  for i = 1, #found, 2 do
    result[#result + 1] = found[i]
    result[#result + 1] = found[i + 1]
    result[#result + 1] = redis.call('HGET', reasons_key, found[i]) or 'shared'
  end
  return result
end
`;
