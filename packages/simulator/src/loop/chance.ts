import { type Random, seededRandom } from "@modelyard/core";

/** Mixes a text into a seed: FNV-1a, then the finalizer of MurmurHash3. */
function seedFor(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  return mix(hash);
}

function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * A stream of randomness for one concern. Each concern has its own, so that a strategy that draws more often does not
 * change the workload: strategies are compared on exactly the same requests.
 */
export function randomFor(seed: number, concern: string): Random {
  return seededRandom(seedFor(seed, concern));
}

/** Randomness that depends only on its arguments, and not on what was drawn before. Uniform in [0, 1). */
export class FixedChance {
  readonly #seed: number;

  constructor(seed: number, concern: string) {
    this.#seed = seedFor(seed, concern);
  }

  of(request: number, attempt: number): number {
    return (
      mix(mix(this.#seed ^ Math.imul(request + 1, 0x9e3779b1)) ^ Math.imul(attempt + 1, 0x85ebca77)) / 4_294_967_296
    );
  }
}

/** From a uniform number to an exponential one with this mean. */
export function exponential(uniform: number, mean: number): number {
  return -Math.log(1 - uniform) * mean;
}

/** A standard normal number (Box and Muller). */
export function normal(random: Pick<Random, "next">): number {
  return Math.sqrt(exponential(random.next(), 2)) * Math.cos(2 * Math.PI * random.next());
}

/** A Gamma number with this mean, for the intervals of bursty arrivals (Marsaglia and Tsang). */
export function gamma(random: Pick<Random, "next">, shape: number, mean: number): number {
  if (shape < 1) {
    // Gamma(k) is Gamma(k + 1) times a power of a uniform number.
    const boost = Math.max(Number.MIN_VALUE, random.next()) ** (1 / shape);
    return gamma(random, shape + 1, mean * ((shape + 1) / shape)) * boost;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v * mean) / shape;
  }
}
