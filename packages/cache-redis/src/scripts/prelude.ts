/**
 * Code that the scripts share. Times are in ms. Scripts use the clock of Redis, so the clocks of the processes may
 * differ; only tests pass a time. Redis replicates the effects of a script, not its text, so reading the clock is safe.
 */

import { longestWaitMs } from "@modelyard/core/kit";

/**
 * Declares `now`: ARGV[1], or the server's time if ARGV[1] is empty. Also declares `longest`, the longest duration in ms;
 * `latest`, now plus that; and `bounded`, which converts a stored value to a number and returns `otherwise` if it is not a
 * number between 0 and `most`. Other programs and older versions may have written anything.
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

/** Declares `keep`, which makes a key live for at least `ms` from now. It only shortens a ttl longer than twice `longest`. */
export const keep = `
local function keep(key, ms)
  local left = redis.call('PTTL', key)
  if left < ms or left > 2 * longest then redis.call('PEXPIRE', key, math.ceil(math.min(ms, 2 * longest))) end
end
`;

/**
 * Declares `limits`, read from ARGV[first] on, six values each: name, kind, limit, window, burst, amount. A limit without
 * a window or burst has 0 there.
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
 * Declares `windowOf`, which returns the current window and what is used of it. Windows never go back: after a failover
 * to a server whose clock is behind, calls count in the later window until its key expires. A window further ahead than
 * `latest` was not written by us and is ignored.
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
 * Declares `bucketOf` and `setBucket`, the same algorithm as `BucketCounter` in core: settled amounts drain before held
 * ones, and `drained` counts how much of the held amounts has drained, since that cannot be given back.
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

/** Declares `heldOf`, which returns what a reservation holds, by limit, or nil if the reservation has expired. */
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

/** Most cooldowns that are read at once: more than any router has deployments. */
const mostCooldowns = 10_000;

/**
 * Declares `active_cooldowns`, which returns deployment, until and reason of each cooldown in force. Cooldowns that have
 * ended are removed, and so are those that end after `latest`: we did not write them, and they would never end. Keys
 * without a ttl, which an older version could leave behind, get one.
 */
export const activeCooldowns = `
local function active_cooldowns(until_key, reasons_key)
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
  local found = redis.call('ZRANGE', until_key, 0, ${String(mostCooldowns - 1)}, 'WITHSCORES')
  for i = 1, #found, 2 do
    result[#result + 1] = found[i]
    result[#result + 1] = found[i + 1]
    result[#result + 1] = redis.call('HGET', reasons_key, found[i]) or 'shared'
  end
  return result
end
`;
