import { clock, keep, windows } from "./prelude.js";

/**
 * Grants part of every limit to one process, and takes back what the process did not spend; window limits only. Grants at
 * least what is needed, at most what is wanted, and beyond the need no more than half of this process's share of what is
 * left. The record makes the script idempotent by step number: a repeated step gets the first reply again.
 *
 * KEYS: limits (hash), lease of the process (string).
 * ARGV: now or '', number of this step, processes, then seven values per limit: name, limit, window, need, want, amount
 * returned (negative: more was spent than granted), window of the amount returned.
 * Returns {1, ms until the first window ends, then per limit its window and the amount granted}, or {0, number of the
 * limit that refused, wait in ms} (a wait of -1: never), or {2} for an outdated step.
 */
export const lease = `${clock}${keep}${windows}
local step, processes = tonumber(ARGV[2]), tonumber(ARGV[3])
local record = redis.call('GET', KEYS[2])
if record then
  local known, reply = string.match(record, '^(%S+) (.*)$')
  known = bounded(known, 2 ^ 53, 0)
  if known == step then return cjson.decode(reply) end
  if known > step then return {2} end
end
local left, lasting = 2 ^ 53, 0
local refused, wait = 0, 0
local specs = {}
for at = 4, #ARGV, 7 do
  local spec = {name = ARGV[at], limit = tonumber(ARGV[at + 1]), window = tonumber(ARGV[at + 2])}
  local need, want = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local current, used = windowOf(spec)
  if tonumber(ARGV[at + 6]) == current then used = math.max(0, used - tonumber(ARGV[at + 5])) end
  local room = math.max(0, spec.limit - used)
  specs[#specs + 1] = {spec, current, used, math.max(need, math.min(want, math.floor(room / (2 * processes))))}
  left = math.min(left, (current + 1) * spec.window - now)
  lasting = math.max(lasting, 2 * spec.window)
  if refused == 0 and need > room then
    refused = #specs
    wait = need > spec.limit and -1 or math.ceil((current + 1) * spec.window - now)
  end
end
local reply = {1, math.floor(left)}
if refused > 0 then reply = {0, refused, wait} end
for _, entry in ipairs(specs) do
  local spec, window, used, grant = unpack(entry)
  if refused > 0 then grant = 0 else
    reply[#reply + 1] = window
    reply[#reply + 1] = grant
  end
  setWindow(spec, window, used + grant)
end
keep(KEYS[1], lasting)
redis.call('SET', KEYS[2], string.format('%.17g', step) .. ' ' .. cjson.encode(reply), 'PX', lasting)
return reply
`;
