import { activeCooldowns, clock } from "./prelude.js";

/**
 * Heartbeat of one process: publishes its messages and returns the state of all processes, in one round trip.
 *
 * KEYS: processes (sorted set: process by the time until which it counts), until, reasons; the last two as for startCooldown.
 * ARGV: now or '', process, for how many ms the heartbeat counts, channel, then the messages to publish.
 * Returns the number of processes alive, then the cooldowns, as the script `cooldowns` does.
 */
export const beat = `${clock}${activeCooldowns}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.17g', latest), '+inf')
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i = 5, #ARGV do redis.call('PUBLISH', ARGV[4], ARGV[i]) end
local result = active_cooldowns(KEYS[2], KEYS[3])
table.insert(result, 1, tostring(redis.call('ZCARD', KEYS[1])))
return result
`;
