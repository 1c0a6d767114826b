import { benchMarks, clock } from "./prelude.js";

/**
 * The marks in force.
 *
 * KEYS: until, reasons; as for bench. ARGV: now or ''.
 * Returns deployment, until, reason of every mark, one after the other.
 */
export const benches = `${clock}${benchMarks}
return marks(KEYS[1], KEYS[2])
`;
