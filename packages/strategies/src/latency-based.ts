import type { Candidate, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { atLeastZero, checkOptions, numeric, shape } from "@modelyard/core/options";
import { type LatencyMode, modeOf } from "./latency-mode.js";
import { LatencyTable } from "./latency-table.js";
import { drawUpTo, perCandidates, scoresFor } from "./scores.js";

export interface LatencyBasedOptions {
  /** How long a measurement counts. Milliseconds, above 0. @defaultValue 3_600_000 */
  readonly ttlMs?: number;
  /** Deployments within this fraction of the fastest share the traffic; at least 0. @defaultValue 0 */
  readonly lowestLatencyBuffer?: number;
  /** Measurements kept per deployment. Whole, at least 1, at most 10,000. @defaultValue 10 */
  readonly maxLatencyListSize?: number;
}

/** Differences below this are noise, in seconds. */
const noise: Readonly<Record<LatencyMode, number>> = { stream: 0.01, plain: 0.001, call: 0.01 };
/** Sums of fractions are a little off: a deployment just at the limit must not come and go with the last bit. */
const rounding = 1 + 1e-9;
/** Most measurements kept per deployment. */
export const mostSamples = 10_000;
const ownOptions = shape<LatencyBasedOptions>({
  // Endless: measurements count until newer ones take their place.
  ttlMs: numeric({ least: 0, above: true, endless: true }),
  lowestLatencyBuffer: atLeastZero,
  maxLatencyListSize: numeric({ least: 1, most: mostSamples, whole: true }),
});
/** Longer than any call takes, in seconds: a deployment that is tried for the first time comes after all that are known. */
const beingTried = 1e6;

/**
 * The deployment that is expected to answer soonest: time to the first token for streams, seconds per token of the answer
 * otherwise. That is the mean over a sliding window, plus what the calls that are with it now are seen to add, and at least
 * the age of a call that is overdue. Deployments that have not been measured are tried first, one call at a time while others are
 * known; near-equals share the calls at random. @throws `invalid_option`
 */
export function latencyBased(options: LatencyBasedOptions = {}): Strategy {
  checkOptions(options, ownOptions, "latencyBased");
  const { ttlMs = 3_600_000, lowestLatencyBuffer = 0, maxLatencyListSize = 10 } = options;
  const table = new LatencyTable(ttlMs, maxLatencyListSize);
  const indexesFor = perCandidates((candidates) => ({ places: new Int32Array(candidates.length), generation: -1 }));
  return {
    name: "latency-based-routing",
    pick(candidates, context) {
      table.follow(context.now);
      const mode = modeOf(context.operation, context.stream);
      const indexes = indexesFor(candidates);
      if (indexes.generation !== table.generation) {
        for (let place = 0; place < candidates.length; place += 1)
          indexes.places[place] = table.find(candidates[place] as Candidate);
        indexes.generation = table.generation;
      }
      const values = scoresFor(candidates.length);
      const filling = { candidates, values, table, mode, places: indexes.places, context };
      const lowest = fillLatencies(filling);
      const most = lowest < 0 ? lowest : Math.max(lowest * (1 + lowestLatencyBuffer), lowest + noise[mode]) * rounding;
      return drawUpTo(candidates, values, most, context);
    },
    observe: (event) => {
      table.observe(event);
    },
    snapshot: () => table.snapshot(),
    restore: (snapshot) => {
      table.restore(snapshot);
    },
    learned: () => table.learned(),
    hear: (learned) => {
      table.hear(learned);
    },
  };
}

interface Filling {
  readonly candidates: NonEmpty<Candidate>;
  readonly values: Float64Array;
  readonly table: LatencyTable;
  readonly mode: LatencyMode;
  /** Where the candidates stand in the table. */
  readonly places: Int32Array;
  readonly context: PickContext;
}

/** @returns the lowest */
function fillLatencies({ candidates, values, table, mode, places, context }: Filling): number {
  const columns = table.columns[mode];
  const { unloaded, perLoad, perToken, load, overdueAt, until } = columns;
  const { now, inputTokens } = context;
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < candidates.length; index += 1) {
    const place = places[index] as number;
    let latency = -1;
    if (place >= 0) {
      if (now >= (until[place] as number)) table.refresh(place, mode, now);
      latency = unloaded[place] as number;
    }
    if (latency >= 0) {
      latency += (perLoad[place] as number) * (load[place] as number) + (perToken[place] as number) * inputTokens;
      if (now >= (overdueAt[place] as number)) latency = Math.max(latency, columns.waited(place, now));
    } else {
      const { inFlight } = candidates[index] as Candidate;
      // All calls of a burst must not go to one that nobody has seen answer.
      if (inFlight > 0) latency = beingTried + inFlight;
    }
    values[index] = latency;
    if (latency < lowest) lowest = latency;
  }
  return lowest;
}
