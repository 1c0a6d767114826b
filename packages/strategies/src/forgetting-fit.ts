import { isJsonObject } from "@modelyard/core/kit";

/** A straight line, in milliseconds: `intercept + slope * x`. */
export interface Line {
  intercept: number;
  slope: number;
}

/** How much each new sample makes the earlier ones count less: about the last thirty matter. */
const kept = 0.97;
/** How many samples the assumed line counts for. */
const priorSamples = 0.5;
/** The slope is never less than this part of the assumed one, so that load always counts a little. */
const leastSlopeShare = 0.02;

const nothing = { count: 0, x: 0, y: 0, xx: 0, xy: 0 };
/** Sums over samples, as plain data. */
export type FitSums = Readonly<typeof nothing>;

/**
 * A line through the latest samples by least squares. Earlier samples are forgotten exponentially, and a ridge keeps the line near
 * an assumed one as long as little is known: without it, forgetting makes the estimate grow without bound while all `x` are alike.
 */
export class ForgettingFit {
  #sums = { ...nothing };

  /** The weight of the samples: their number, less what was forgotten. */
  get weight(): number {
    return this.#sums.count;
  }

  add(x: number, y: number): void {
    const sums = this.#sums;
    sums.count = sums.count * kept + 1;
    sums.x = sums.x * kept + x;
    sums.y = sums.y * kept + y;
    sums.xx = sums.xx * kept + x * x;
    sums.xy = sums.xy * kept + x * y;
  }

  /** Makes all samples count less, since something has changed. @param share - how much they still count, from 0 to 1 */
  forget(share: number): void {
    const sums = this.#sums;
    sums.count *= share;
    sums.x *= share;
    sums.y *= share;
    sums.xx *= share;
    sums.xy *= share;
  }

  /** Adds the sums over samples that another process measured. */
  merge({ count, x, y, xx, xy }: FitSums): void {
    const sums = this.#sums;
    const keeps = kept ** count;
    sums.count = sums.count * keeps + count;
    sums.x = sums.x * keeps + x;
    sums.y = sums.y * keeps + y;
    sums.xx = sums.xx * keeps + xx;
    sums.xy = sums.xy * keeps + xy;
  }

  /**
   * Fits a line. It is written into an existing one, because a pick must not allocate.
   * @param line - what is set: an intercept and a slope of at least 0
   * @param assumed - the line if nothing was measured
   * @param typical - an `x` as it is usual, for the weight of the assumed line
   */
  fit(line: Line, assumed: Readonly<Line>, typical: number): void {
    const { count, x, y, xx, xy } = this.#sums;
    const ridge = priorSamples * typical * typical;
    const spread = count === 0 ? 0 : Math.max(0, xx - (x * x) / count);
    const together = count === 0 ? 0 : xy - (x * y) / count;
    line.slope = Math.max(leastSlopeShare * assumed.slope, (together + ridge * assumed.slope) / (spread + ridge));
    const rest = y - line.slope * x + priorSamples * assumed.intercept;
    line.intercept = Math.max(0, rest / (count + priorSamples));
  }

  restore(sums: FitSums): void {
    this.#sums = { ...sums };
  }

  sums(): FitSums {
    return { ...this.#sums };
  }

  /** The sums in plain data from outside. `undefined`: it is something else. */
  static sumsIn(value: unknown): FitSums | undefined {
    if (!isJsonObject(value)) return undefined;
    const entries = Object.keys(nothing).map((key) => [key, value[key]] as const);
    if (!entries.every(([, sum]) => typeof sum === "number" && sum >= 0 && sum <= Number.MAX_SAFE_INTEGER * 1e6))
      return undefined;
    return Object.fromEntries(entries) as FitSums;
  }
}
