/**
 * A stored answer, unless it is longer than any that was stored here: then it was not ours, and goes.
 *
 * KEYS: the entry. ARGV: the most bytes of an entry.
 * Returns its text, or nil.
 */
export const cached = `
if redis.call('STRLEN', KEYS[1]) <= tonumber(ARGV[1]) then return redis.call('GET', KEYS[1]) end
redis.call('DEL', KEYS[1])
return false
`;
