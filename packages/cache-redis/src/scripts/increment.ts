/**
 * Adds to a counter; its ttl starts with the first increment.
 *
 * KEYS: counter (number). ARGV: by, ttl in ms.
 * Returns the value.
 */
export const increment = `
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
`;
