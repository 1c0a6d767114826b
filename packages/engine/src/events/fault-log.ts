import type { Clock, Logger } from "@modelyard/core";
import { wentBack } from "@modelyard/core/kit";

/** Interval at which repeated failures are logged, in milliseconds. */
const quietMs = 60_000;
/** Limit for the stack frames that are logged, which is enough to find the line. */
const mostPlaces = 5;

interface Faults {
  loggedAt: number;
  unlogged: number;
}

/**
 * Logs failures of custom parts: the first one at once, then at most one per minute, so that they cannot flood the log.
 */
export class FaultLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #faults = new WeakMap<object, Map<string, Faults>>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Logs a failure, unless the same problem of this part was logged within the last minute.
   * @param part - the part that failed
   * @param name - fields for the log line that identify the part
   * @param problem - what happened, e.g. `a callback failed`
   */
  report(part: object, name: Readonly<Record<string, string>>, problem: string, cause: unknown): void {
    const faults = this.#faultsOf(part, problem);
    const now = this.#clock.now();
    faults.unlogged += 1;
    if (now - faults.loggedAt < quietMs && !wentBack(faults.loggedAt, now)) return;
    const message = `${problem}; repeated failures are logged once a minute`;
    try {
      this.#logger.warn({ ...name, ...fieldsOf(cause), times: faults.unlogged }, message);
    } catch {
      // A fault of the logger cannot be reported anywhere, and must not end the call.
    }
    faults.loggedAt = now;
    faults.unlogged = 0;
  }

  #faultsOf(part: object, problem: string): Faults {
    let problems = this.#faults.get(part);
    if (problems === undefined) {
      problems = new Map();
      this.#faults.set(part, problems);
    }
    let faults = problems.get(problem);
    if (faults === undefined) {
      faults = { loggedAt: Number.NEGATIVE_INFINITY, unlogged: 0 };
      problems.set(problem, faults);
    }
    return faults;
  }
}

/** The error and where it was thrown. Anything can be thrown, even a value that cannot be converted to a string. */
function fieldsOf(cause: unknown): { readonly error: string; readonly at?: readonly string[] | undefined } {
  try {
    return { error: String(cause), at: placesOf(cause) };
  } catch {
    return { error: `a thrown ${typeof cause} that cannot be converted to a string` };
  }
}

/** The stack frames of an error, innermost first, or `undefined` if it has none. */
export function placesOf(cause: unknown, most = mostPlaces): readonly string[] | undefined {
  if (!(cause instanceof Error) || cause.stack === undefined) return undefined;
  const places = cause.stack.split("\n").map((line) => line.trim());
  return places.filter((line) => line.startsWith("at ")).slice(0, most);
}
