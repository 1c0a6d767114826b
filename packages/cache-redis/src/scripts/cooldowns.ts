import { activeCooldowns, clock } from "./prelude.js";

/**
 * Reads the cooldowns in force.
 *
 * KEYS: until, reasons; as for startCooldown. ARGV: now or ''.
 * Returns deployment, until and reason of each, one after the other.
 */
export const cooldowns = `${clock}${activeCooldowns}
return active_cooldowns(KEYS[1], KEYS[2])
`;
