import { systemRandom } from "./clock-and-random.js";

/** Keys up to this place in their object are cheap if an object before had the same ones up to there. */
const cheapPlace = 100;

/**
 * Counts the keys that take a parser most time: up to 2.5 µs each, where others take 25 ns. V8 makes a new layout of
 * objects for each key that no object before had at the same place after the same keys, and a dictionary for an object
 * of many keys.
 */
export class IrregularKeys {
  count = 0;
  /** For each level, a hash of the keys of the object that is open there, in their order. */
  readonly #layouts: Int32Array;
  readonly #known = new Set<number>();

  /** @param levels - the greatest depth */
  constructor(levels: number) {
    this.#layouts = new Int32Array(levels + 1);
  }

  /** @param place - of the key in its object; the first is 1 */
  add(key: number, place: number, depth: number): void {
    const before = place === 1 ? 0 : (this.#layouts[depth] as number);
    const layout = Math.imul(((before << 7) | (before >>> 25)) ^ key, 0x0100_0193);
    this.#layouts[depth] = layout;
    if (place <= cheapPlace) {
      if (this.#known.has(layout)) return;
      this.#known.add(layout);
    }
    this.count += 1;
  }
}

let basis: number | undefined;

/** The start of the hash of a key. It differs from process to process, so that nobody can prepare keys with equal hashes. */
export function hashBasis(): number {
  basis ??= Math.trunc(systemRandom.next() * 2 ** 31);
  return basis;
}
