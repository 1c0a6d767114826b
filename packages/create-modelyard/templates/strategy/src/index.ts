import type { Candidate, PickContext, Strategy } from "@modelyard/core";
import { pickLowest } from "@modelyard/strategies";

export interface RecentlyFastestOptions {
  /** How much the latest answer counts in the average, above 0 and at most 1. @defaultValue 0.3 */
  readonly weight?: number;
}

/** A failure counts as at least this many milliseconds, so that it never looks fast. */
const failureMs = 30_000;

/** Prefers the deployment whose last answers were the fastest, unless it is busy. Unknown deployments are tried first. */
export function recentlyFastest({ weight = 0.3 }: RecentlyFastestOptions = {}): Strategy {
  if (!(weight > 0 && weight <= 1)) throw new RangeError(`weight: ${weight} is not a number above 0 and at most 1.`);
  /** Milliseconds by the id of the deployment. */
  const averages = new Map<string, number>();
  const learn = (id: string, latencyMs: number): void => {
    const known = averages.get(id);
    averages.set(id, known === undefined ? latencyMs : known + (latencyMs - known) * weight);
  };
  const cost = ({ deployment, inFlight }: Candidate): number => (averages.get(deployment.id) ?? 0) * (inFlight + 1);
  return {
    name: "recently-fastest",
    pick: (candidates, context: PickContext) => pickLowest(candidates, context, cost),
    observe(event) {
      const { id } = event.deployment;
      if (event.type === "attempt_succeeded") learn(id, event.firstTokenMs ?? event.durationMs);
      if (event.type === "attempt_failed") learn(id, Math.max(event.durationMs, failureMs, averages.get(id) ?? 0));
    },
    // Without these two, what was learned is lost when the configuration changes.
    snapshot: () => Object.fromEntries(averages),
    restore(snapshot) {
      if (typeof snapshot !== "object" || snapshot === null) return;
      for (const [id, latencyMs] of Object.entries(snapshot))
        if (typeof latencyMs === "number") averages.set(id, latencyMs);
    },
  };
}

/** Configuration files call this with `routing_strategy_args`. An error names the argument that is wrong. */
export function strategy({ weight }: { readonly weight?: unknown } = {}): Strategy {
  return recentlyFastest(weight === undefined ? {} : { weight: Number(weight) });
}
