import { buckets, clock, limitsFrom, windows } from "./prelude.js";

/**
 * Reads how much of each limit is used.
 *
 * KEYS: limits, slots, as for reserve. ARGV: now or '', then the limits (amounts are ignored).
 * Returns the amounts as strings, since Redis truncates fractions.
 */
export const used = `${clock}${limitsFrom(2)}${windows}${buckets}
local result = {}
for index, spec in ipairs(limits) do
  if spec.kind == 'window' then
    local _, used = windowOf(spec)
    result[index] = tostring(used)
  elseif spec.kind == 'bucket' then
    local bucket = bucketOf(spec)
    result[index] = string.format('%.6f', bucket.settled + bucket.held)
  else
    result[index] = tostring(redis.call('ZCOUNT', KEYS[2], '(' .. string.format('%.17g', now), string.format('%.17g', latest)))
  end
end
return result
`;
