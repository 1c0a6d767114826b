import type { Candidate, Strategy } from "@modelyard/core";
import { checkOptions, numeric, shape } from "@modelyard/core/options";
import { fillCosts, pricesOf, reviewPrices } from "./prices.js";
import { usualExplore, usualFirstTokenWeight } from "./predicted-latency.js";
import { PredictionTable } from "./prediction-table.js";
import { drawUpTo, Prepared, scoresFor } from "./scores.js";
import { explored, soonest } from "./soonest.js";

export interface CostSloOptions {
  /** How soon the first token should come, in milliseconds. Above 0, at most an hour. @defaultValue 2_000 */
  readonly firstTokenTargetMs?: number;
  /** How long each further token of an answer may take, in milliseconds. Above 0, at most a minute. @defaultValue 100 */
  readonly tokenTargetMs?: number;
  /** The part of the calls that go to any deployment, to notice one that has recovered. From 0 to 1. @defaultValue 0.002 */
  readonly explore?: number;
}

const longestTargetMs = 3_600_000;
const ownOptions = shape<CostSloOptions>({
  firstTokenTargetMs: numeric({ least: 0, above: true, most: longestTargetMs }),
  tokenTargetMs: numeric({ least: 0, above: true, most: 60_000 }),
  explore: numeric({ least: 0, most: 1 }),
});

/**
 * Picks the cheapest deployment that is predicted to send its first token, and the further ones, in time, and the one that is predicted to answer soonest if
 * there is none. Predictions are those of {@link predictedLatency}, and costs those of {@link costBased}: unknown prices come last.
 * @throws `invalid_option`
 */
export function costSlo(options: CostSloOptions = {}): Strategy {
  checkOptions(options, ownOptions, "costSlo");
  const { firstTokenTargetMs = 2_000, tokenTargetMs = 100, explore = usualExplore } = options;
  const table = new PredictionTable();
  const prepared = new Prepared(pricesOf);
  return {
    name: "cost-slo",
    ...table.learning,
    review: reviewPrices,
    pick(candidates, context) {
      const any = explored(candidates, context, explore);
      if (any !== undefined) return any;
      const values = scoresFor(candidates.length);
      const prices = prepared.get(candidates) ?? prepared.make(candidates);
      fillCosts({ candidates, values, prices, context });
      table.fleetOf(candidates);
      let lowest = Number.POSITIVE_INFINITY;
      for (let index = 0; index < candidates.length; index += 1) {
        const candidate = candidates[index] as Candidate;
        const known = table.predictionOf(candidate);
        const firstTokenMs = known.firstTokenMs(context.inputTokens) + known.overdueMs(context.now);
        const isSlow = firstTokenMs > firstTokenTargetMs || known.tokenMs(candidate.inFlight) > tokenTargetMs;
        if (isSlow) values[index] = Number.POSITIVE_INFINITY;
        lowest = Math.min(lowest, values[index] as number);
      }
      if (lowest === Number.POSITIVE_INFINITY) return soonest(candidates, context, table, usualFirstTokenWeight);
      return drawUpTo(candidates, values, lowest, context);
    },
  };
}
