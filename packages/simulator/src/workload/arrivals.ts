import type { Random } from "@modelyard/core";
import { exponential, gamma, normal } from "../loop/chance.js";

type Chance = Pick<Random, "next">;

/** Intervals between arrivals, in milliseconds. */
export type Arrivals = Generator<number, never>;

const minuteMs = 60_000;

/**
 * Arrivals at random, with a rate that changes over time (Lewis and Shedler's thinning).
 * @param rate - arrivals per second at a time in milliseconds
 * @param highest - a rate that is never exceeded
 */
export function* changingRate(random: Chance, rate: (atMs: number) => number, highest: number): Arrivals {
  let last = 0;
  let at = 0;
  for (;;) {
    at += exponential(random.next(), 1_000 / highest);
    if (random.next() * highest >= rate(at)) continue;
    yield at - last;
    last = at;
  }
}

/**
 * Steady traffic: arrivals at random, with a rate that drifts from minute to minute around its mean.
 * @param drift - the standard deviation of the rate's logarithm
 */
export function* steadyArrivals(random: Chance, perSecond: number, drift: number): Arrivals {
  let left = minuteMs;
  // The mean of a lognormal number is e^(σ²/2).
  const draw = (): number => perSecond * Math.exp(drift * normal(random) - (drift * drift) / 2);
  let rate = draw();
  let interval = 0;
  for (;;) {
    const step = exponential(random.next(), 1_000 / rate);
    if (step <= left) {
      left -= step;
      yield interval + step;
      interval = 0;
    } else {
      interval += left;
      left = minuteMs;
      rate = draw();
    }
  }
}

/**
 * Bursts: times with traffic and times without, each of exponential length. The intervals within a burst are Gamma
 * distributed.
 */
export function* burstyArrivals(random: Chance, perSecond: number): Arrivals {
  // An eighth of the time has all the traffic.
  const onMs = 8_000;
  const offMs = 7 * onMs;
  const meanMs = 1_000 / (8 * perSecond);
  let left = exponential(random.next(), onMs);
  let interval = 0;
  for (;;) {
    const step = gamma(random, 0.5, meanMs);
    if (step <= left) {
      left -= step;
      yield interval + step;
      interval = 0;
    } else {
      interval += left + exponential(random.next(), offMs);
      left = exponential(random.next(), onMs);
    }
  }
}
