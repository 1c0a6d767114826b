import type { Behavior } from "./behavior.js";
import { type CallMatch, fits, type UpstreamCall } from "./upstream-call.js";

interface Script {
  readonly match: CallMatch;
  readonly behaviors: readonly Behavior[];
  /** Whether the last behavior is repeated. */
  readonly repeats: boolean;
  played: number;
}

const healthy: Behavior = {};

/** Finds the next behavior for a call. */
export class Scripts {
  #scripts: Script[] = [];

  /** In order of priority: later scripts take precedence over earlier ones. */
  add(match: CallMatch, behaviors: readonly Behavior[], repeats: boolean): void {
    this.#scripts.unshift({ match, behaviors, repeats, played: 0 });
  }

  next(call: UpstreamCall): Behavior {
    const script = this.#scripts.find(
      ({ match, behaviors, repeats, played }) => (repeats || played < behaviors.length) && fits(match, call),
    );
    if (script === undefined) return healthy;
    const behavior = script.behaviors[Math.min(script.played, script.behaviors.length - 1)];
    script.played += 1;
    return behavior ?? healthy;
  }

  clear(): void {
    this.#scripts = [];
  }
}
