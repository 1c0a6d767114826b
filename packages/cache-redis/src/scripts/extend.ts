import { clock, keep, records } from "./prelude.js";

/**
 * Extends a reservation.
 *
 * KEYS: limits (not read), slots, reservation; as for reserve. ARGV: now or '', reservation id, ttl in ms.
 * Returns 1, or 0 if the reservation does not exist anymore.
 */
export const extend = `${clock}${keep}${records}
local record = redis.call('GET', KEYS[3])
if not record or not heldOf(record) then return 0 end
local ttl = math.min(tonumber(ARGV[3]), longest)
local rest = string.match(record, '^held %S+(.*)$')
redis.call('SET', KEYS[3], 'held ' .. string.format('%.17g', now + ttl) .. rest, 'PX', math.ceil(ttl))
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then
  redis.call('ZADD', KEYS[2], now + ttl, ARGV[2])
  keep(KEYS[2], ttl)
end
return 1
`;
