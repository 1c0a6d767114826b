/**
 * Takes a mark away, unless it reaches beyond the time that the caller knows of: then somebody set it since.
 *
 * KEYS: until, reasons; as for bench. ARGV: deployment, latest time to take away.
 * Returns 1 when there is no mark any more, else 0.
 */
export const unbench = `
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
`;
