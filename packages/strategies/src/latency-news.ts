import { byMode, type LatencyMode, latencyModes } from "./latency-mode.js";
import type { Measurement } from "./deployment-latency.js";
import { toPlain } from "./plain-samples.js";
import type { Sample } from "./sample-window.js";

/** Sums over the samples of one mode. */
interface Sum {
  at: number;
  count: number;
  weight: number;
  seconds: number;
  /** Sums over the samples whose load is known. */
  knownWeight: number;
  load: number;
  promptTokens: number;
}

/**
 * What was measured since other processes were last informed, as sums, so that the size does not depend on the traffic.
 */
export class LatencyNews {
  readonly #sums = new Map<string, Record<LatencyMode, Sum>>();

  add(id: string, { mode, sample: { at, seconds, weight, met } }: Measurement): void {
    let sums = this.#sums.get(id);
    if (sums === undefined) {
      sums = byMode(() => ({ at: 0, count: 0, weight: 0, seconds: 0, knownWeight: 0, load: 0, promptTokens: 0 }));
      this.#sums.set(id, sums);
    }
    const sum = sums[mode];
    sum.at = at;
    sum.count += 1;
    sum.weight += weight;
    sum.seconds += weight * seconds;
    if (met === undefined) return;
    sum.knownWeight += weight;
    sum.load += weight * met.load;
    sum.promptTokens += weight * met.promptTokens;
  }

  /** One sample per deployment and mode, as plain data. `undefined`: nothing was measured. */
  means(): unknown {
    if (this.#sums.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#sums].map(([id, sums]) => [
        id,
        Object.fromEntries(
          latencyModes.filter((mode) => sums[mode].count > 0).map((mode) => [mode, [toPlain(meanOf(sums[mode]))]]),
        ),
      ]),
    );
  }
}

function meanOf({ at, count, weight, seconds, knownWeight, load, promptTokens }: Sum): Sample {
  const met = knownWeight === 0 ? undefined : { load: load / knownWeight, promptTokens: promptTokens / knownWeight };
  return { at, seconds: seconds / weight, weight: weight / count, met };
}
