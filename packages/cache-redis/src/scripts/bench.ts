import { clock } from "./prelude.js";

/**
 * Leaves a deployment out; an earlier time than the one in force changes nothing.
 *
 * KEYS: until (sorted set: deployment by time), reasons (hash).
 * ARGV: now or '', deployment, until, reason, channel that is told, what it is told.
 * Returns the time in force, as text.
 */
export const bench = `${clock}
local known = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or 0)
local wanted = tonumber(ARGV[3])
if known > now and known >= wanted then return string.format('%.17g', known) end
redis.call('ZADD', KEYS[1], wanted, ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
local ttl = math.ceil(math.max(1000, tonumber(last[2]) - now + 60000))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return string.format('%.17g', wanted)
`;
