/**
 * Ends a cooldown, unless it lasts longer than the caller knows, because another process has extended it since.
 *
 * KEYS: until, reasons; as for startCooldown. ARGV: deployment, latest `until` to remove.
 * Returns 1 if there is no cooldown anymore, otherwise 0.
 */
export const endCooldown = `
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
`;
