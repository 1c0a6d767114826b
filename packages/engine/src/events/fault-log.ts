import type { Clock, Logger } from "@modelyard/core";
import { wentBack } from "@modelyard/core/kit";

/** Shortest interval between log lines about the same fault, in milliseconds. */
const quietMs = 60_000;
/** Stack frames that are logged, which are enough to find the line. */
const mostPlaces = 5;

interface Faults {
  loggedAt: number;
  unlogged: number;
}

/** Logs faults of the user's own parts: at once, then once a minute, so that none can flood the log. */
export class FaultLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #faults = new WeakMap<object, Map<string, Faults>>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * @param part - the part that failed, with its name
   * @param deed - what it did, e.g. `a callback failed`
   */
  tell(part: object, name: Readonly<Record<string, string>>, deed: string, cause: unknown): void {
    const faults = this.#faultsOf(part, deed);
    const now = this.#clock.now();
    faults.unlogged += 1;
    if (now - faults.loggedAt < quietMs && !wentBack(faults.loggedAt, now)) return;
    const message = `${deed}; when it goes on, it is logged once a minute`;
    try {
      this.#logger.warn({ ...name, ...fieldsOf(cause), times: faults.unlogged }, message);
    } catch {
      // A fault of the logger cannot be reported anywhere, and must not end the call.
    }
    faults.loggedAt = now;
    faults.unlogged = 0;
  }

  #faultsOf(part: object, deed: string): Faults {
    let deeds = this.#faults.get(part);
    if (deeds === undefined) {
      deeds = new Map();
      this.#faults.set(part, deeds);
    }
    let faults = deeds.get(deed);
    if (faults === undefined) {
      faults = { loggedAt: Number.NEGATIVE_INFINITY, unlogged: 0 };
      deeds.set(deed, faults);
    }
    return faults;
  }
}

/** What was thrown, and where. Anything may be thrown, including values that cannot be converted to a string. */
function fieldsOf(cause: unknown): { readonly error: string; readonly at?: readonly string[] | undefined } {
  try {
    return { error: String(cause), at: placesOf(cause) };
  } catch {
    return { error: `a thrown ${typeof cause} that cannot be shown` };
  }
}

/** Where something was thrown, innermost frame first, if it has a stack. */
export function placesOf(cause: unknown, most = mostPlaces): readonly string[] | undefined {
  if (!(cause instanceof Error) || cause.stack === undefined) return undefined;
  const places = cause.stack.split("\n").map((line) => line.trim());
  return places.filter((line) => line.startsWith("at ")).slice(0, most);
}
