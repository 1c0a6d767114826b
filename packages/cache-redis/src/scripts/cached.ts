/**
 * Reads a cached answer. An entry longer than any that we store is not ours, and is deleted.
 *
 * KEYS: the entry. ARGV: the longest entry, in bytes.
 * Returns the value, or nil.
 */
export const cached = `
if redis.call('STRLEN', KEYS[1]) <= tonumber(ARGV[1]) then return redis.call('GET', KEYS[1]) end
redis.call('DEL', KEYS[1])
return false
`;
