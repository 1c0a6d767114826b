import type { Strategy } from "@modelyard/core";
import { checkOptions, numeric, shape } from "@modelyard/core/options";
import { PredictionTable } from "./prediction-table.js";
import { explored, soonest } from "./soonest.js";

export interface PredictedLatencyOptions {
  /**
   * How much a second until the first token of a stream counts, relative to a second of the rest. From 0 to 1,000.
   * @defaultValue 3
   */
  readonly firstTokenWeight?: number;
  /** The part of the calls that go to any deployment, to notice one that has recovered. From 0 to 1. @defaultValue 0.002 */
  readonly explore?: number;
}

const ownOptions = shape<PredictedLatencyOptions>({
  firstTokenWeight: numeric({ least: 0, most: 1_000 }),
  explore: numeric({ least: 0, most: 1 }),
});

/** What most interactive callers want: a second before the first token is three times as annoying as one after it. */
export const usualFirstTokenWeight = 3;
export const usualExplore = 0.002;

/**
 * Picks the deployment that is predicted to answer soonest. The time to the first token is predicted from the prompts that wait
 * there, and the time per token from the answers that are being written, by lines that are fitted to the latest answers of each
 * deployment. A deployment whose oldest call is late is avoided for as long as it is late. While too little is known, it picks the
 * deployment with the fewest calls in flight.
 * @throws `invalid_option`
 */
export function predictedLatency(options: PredictedLatencyOptions = {}): Strategy {
  checkOptions(options, ownOptions, "predictedLatency");
  const { firstTokenWeight = usualFirstTokenWeight, explore = usualExplore } = options;
  const table = new PredictionTable();
  return {
    name: "predicted-latency",
    ...table.learning,
    // New sessions are spread by speed. Where they stay depends on their caches, and not on what is predicted for a call.
    spreads: (candidates) =>
      candidates.map((candidate) => 1 / Math.max(1, table.predictionOf(candidate).idleMs(firstTokenWeight))),
    pick: (candidates, context) =>
      explored(candidates, context, explore) ?? soonest(candidates, context, table, firstTokenWeight),
  };
}
