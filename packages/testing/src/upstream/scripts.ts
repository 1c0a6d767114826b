import type { Behaviour } from "./behaviour.js";
import { type CallMatch, fits, type UpstreamCall } from "./upstream-call.js";

interface Script {
  readonly match: CallMatch;
  readonly behaviours: readonly Behaviour[];
  /** Whether the last behaviour is repeated. */
  readonly repeats: boolean;
  played: number;
}

const healthy: Behaviour = {};

/** Finds the next behaviour for a call. */
export class Scripts {
  #scripts: Script[] = [];

  /** In order of priority: later scripts take precedence over earlier ones. */
  add(match: CallMatch, behaviours: readonly Behaviour[], repeats: boolean): void {
    this.#scripts.unshift({ match, behaviours, repeats, played: 0 });
  }

  next(call: UpstreamCall): Behaviour {
    const script = this.#scripts.find(
      ({ match, behaviours, repeats, played }) => (repeats || played < behaviours.length) && fits(match, call),
    );
    if (script === undefined) return healthy;
    const behaviour = script.behaviours[Math.min(script.played, script.behaviours.length - 1)];
    script.played += 1;
    return behaviour ?? healthy;
  }

  clear(): void {
    this.#scripts = [];
  }
}
