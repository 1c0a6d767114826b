import { clock } from "./prelude.js";

/**
 * Puts a deployment into cooldown. A time earlier than the one in force changes nothing; a time beyond the longest
 * cooldown is reduced to it. All numbers are bounded before anything is written, so that no key is left without a ttl.
 *
 * KEYS: until (sorted set: deployment by time), reasons (hash).
 * ARGV: now or '', deployment, until, reason, channel, message to publish on it.
 * Returns the time in force, as a string.
 */
export const startCooldown = `${clock}
local known = bounded(redis.call('ZSCORE', KEYS[1], ARGV[2]), latest, 0)
local wanted = math.min(tonumber(ARGV[3]), latest)
if known > now and known >= wanted then return string.format('%.17g', known) end
redis.call('ZADD', KEYS[1], wanted, ARGV[2])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
local ttl = math.ceil(math.max(1000, bounded(last[2], latest, latest) - now + 60000))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ttl)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return string.format('%.17g', wanted)
`;
