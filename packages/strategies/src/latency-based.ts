import type { Candidate, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { atLeastZero, checkOptions, numeric, shape } from "@modelyard/core/options";
import { type LatencyMode, modeOf } from "./latency-mode.js";
import { LatencyTable } from "./latency-table.js";
import { drawUpTo, Prepared, scoresFor } from "./scores.js";

export interface LatencyBasedOptions {
  /** How long a measurement counts, in milliseconds. Above 0; `Infinity` is allowed. @defaultValue 3_600_000 */
  readonly ttlMs?: number;
  /** Deployments within this fraction of the fastest share the traffic. At least 0. @defaultValue 0 */
  readonly lowestLatencyBuffer?: number;
  /** Measurements kept per deployment. A whole number from 1 to 10,000. @defaultValue 10 */
  readonly maxLatencyListSize?: number;
}

/** Differences below this count as noise, in seconds. */
const noise: Readonly<Record<LatencyMode, number>> = { stream: 0.01, plain: 0.001, call: 0.01 };
/** Makes up for rounding errors: a deployment exactly at the limit must not come and go with the last bit. */
const rounding = 1 + 1e-9;
/** Most measurements kept per deployment. */
export const mostSamples = 10_000;
const ownOptions = shape<LatencyBasedOptions>({
  // May be infinite: then a measurement counts until newer ones replace it.
  ttlMs: numeric({ least: 0, above: true, endless: true }),
  lowestLatencyBuffer: atLeastZero,
  maxLatencyListSize: numeric({ least: 1, most: mostSamples, whole: true }),
});
/**
 * Longer than any call takes, in seconds: a deployment being tried for the first time comes after all measured ones.
 */
const beingTried = 1e6;

/**
 * Picks the deployment that is expected to answer soonest: by time to the first token for streams, and by seconds per
 * output token otherwise. The estimate is the mean over a sliding window, plus the measured effect of the calls in
 * flight, and at least the age of an overdue call. Unmeasured deployments are tried first, with one call at a time if
 * others have been measured. Deployments that are nearly equal share the calls at random.
 * @throws `invalid_option`
 */
export function latencyBased(options: LatencyBasedOptions = {}): Strategy {
  checkOptions(options, ownOptions, "latencyBased");
  const { ttlMs = 3_600_000, lowestLatencyBuffer = 0, maxLatencyListSize = 10 } = options;
  const table = new LatencyTable(ttlMs, maxLatencyListSize);
  const prepared = new Prepared((candidates) => ({ places: new Int32Array(candidates.length), generation: -1 }));
  return {
    name: "latency-based-routing",
    pick(candidates, context) {
      table.follow(context.now);
      const mode = modeOf(context.operation, context.stream);
      const indexes = prepared.get(candidates) ?? prepared.make(candidates);
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
    delta: () => table.delta(),
    merge: (delta) => {
      table.merge(delta);
    },
  };
}

interface Filling {
  readonly candidates: NonEmpty<Candidate>;
  readonly values: Float64Array;
  readonly table: LatencyTable;
  readonly mode: LatencyMode;
  /** Indexes of the candidates in the table. */
  readonly places: Int32Array;
  readonly context: PickContext;
}

/** Computes the expected latency of each candidate. @returns the lowest */
function fillLatencies({ candidates, values, table, mode, places, context }: Filling): number {
  const columns = table.columns[mode];
  const { unloaded, perLoad, perToken, load, overdueAt, heldUntil, until } = columns;
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
      if (now >= (overdueAt[place] as number) && now < (heldUntil[place] as number))
        latency = Math.max(latency, columns.waited(place, now));
    } else {
      const { inFlight } = candidates[index] as Candidate;
      // The calls of a burst must not all go to a deployment that has never answered.
      if (inFlight > 0) latency = beingTried + inFlight;
    }
    values[index] = latency;
    if (latency < lowest) lowest = latency;
  }
  return lowest;
}
