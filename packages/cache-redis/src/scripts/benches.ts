import { benchMarks, clock } from "./prelude.js";

/**
 * Reads the cooldowns in force.
 *
 * KEYS: until, reasons; as for bench. ARGV: now or ''.
 * Returns deployment, until and reason of each, one after the other.
 */
export const benches = `${clock}${benchMarks}
return marks(KEYS[1], KEYS[2])
`;
