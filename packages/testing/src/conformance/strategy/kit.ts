import type { Candidate, NonEmpty, PickContext, Strategy, StrategyEvent } from "@modelyard/core";
import { makeCandidates, started, succeeded } from "../../candidates.js";
import { deepFreeze } from "../deep-freeze.js";

export interface StrategySetup {
  /** Creates a fresh strategy. Called once per test. */
  create(): Strategy;
  /**
   * Whether equal candidates get equal shares. Set it to false for a strategy that depends on the content of the
   * request.
   * @defaultValue true
   */
  readonly fair?: boolean;
}

export const start = Date.UTC(2026, 0, 1);
export const draws = 6_000;
export const three = (): NonEmpty<Candidate> => makeCandidates([{ id: "a" }, { id: "b" }, { id: "c" }]);

/** Reports an event that is frozen, since other listeners get the same one. */
export function report(strategy: Strategy, event: StrategyEvent): void {
  // Fields of an error are set later, so it is not frozen.
  if (event.type !== "attempt_failed") deepFreeze(event);
  const returned: unknown = strategy.observe?.(Object.freeze(event));
  if (returned !== undefined)
    throw new TypeError("observe must not return anything, not even a promise, since it is not awaited");
}

/** Events with different latencies, plain and streamed; `a` is the fastest. */
export function feed(strategy: Strategy, candidates: readonly Candidate[]): void {
  for (const candidate of candidates) {
    const { index } = candidate;
    const at = start + index;
    report(strategy, started({ candidate, at }));
    report(strategy, succeeded({ candidate, at, durationMs: 100 * (index + 1) }));
    report(strategy, started({ candidate, at, stream: true }));
    report(strategy, succeeded({ candidate, at, durationMs: 10 * (index + 1), stream: true }));
  }
}

export async function countPicks(
  strategy: Strategy,
  candidates: NonEmpty<Candidate>,
  context: PickContext,
  times = draws,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map(candidates.map((candidate) => [candidate.deployment.id, 0]));
  for (let draw = 0; draw < times; draw += 1) {
    const picked = strategy.pick(candidates, context);
    const { id } = (picked instanceof Promise ? await picked : picked).deployment;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
