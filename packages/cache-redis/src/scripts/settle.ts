import { buckets, clock, keep, limitsFrom, records, windows } from "./prelude.js";

/**
 * Replaces the reserved amounts by the used ones, once. The record lasts for at least a minute, and at least as long as
 * the longest window, so that neither a second settlement nor a late copy of the reservation counts.
 *
 * KEYS: limits, slots, reservation; as for reserve.
 * ARGV: now or '', reservation id, '1' if the amounts count even without a reservation, the age of the settlement in ms,
 * then the limits with the used amounts.
 * Returns 1, or 0 if there was nothing to settle.
 */
export const settle = `${clock}${keep}${limitsFrom(5)}${windows}${buckets}${records}
local id, unreserved, age = ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
local record = redis.call('GET', KEYS[3])
if record == 'settled' then return 0 end
local held = record and heldOf(record)
if not held and not unreserved then return 0 end
local lasting = 60000
for _, spec in ipairs(limits) do
  lasting = math.max(lasting, spec.window)
  local taken = held and (held[spec.name] or {stamp = 0, amount = 0})
  if spec.kind == 'window' then
    local window, used = windowOf(spec)
    if taken then
      if taken.stamp == window then setWindow(spec, window, math.max(0, used - taken.amount + spec.amount)) end
    elseif math.floor((now - age) / spec.window) >= window then
      setWindow(spec, window, used + spec.amount)
    end
  elseif spec.kind == 'bucket' and spec.limit > 0 and (taken or age < spec.window) then
    local bucket = bucketOf(spec)
    local amount = taken and taken.amount or 0
    local gone = taken and math.min(amount, bucket.drained - taken.stamp) or 0
    bucket.held = math.max(0, bucket.held - (amount - gone))
    bucket.settled = bucket.settled + math.max(0, spec.amount - gone)
    setBucket(spec, bucket)
  end
end
if redis.call('EXISTS', KEYS[1]) == 1 then keep(KEYS[1], 2 * lasting) end
redis.call('ZREM', KEYS[2], id)
redis.call('SET', KEYS[3], 'settled', 'PX', lasting)
return 1
`;
