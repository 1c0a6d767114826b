const second = 1_000_000;
const seconds = 60;

/** Finds the largest sum within any sixty seconds, to the second. */
export class BusiestMinute {
  /** Of the last sixty seconds, each at its number modulo 60. */
  readonly #sums = new Float64Array(seconds);
  #second = 0;
  #sum = 0;
  #most = 0;

  /** @returns the largest sum so far */
  add(time: number, amount: number): number {
    const current = Math.floor(time / second);
    for (let steps = Math.min(seconds, current - this.#second); steps > 0; steps -= 1) {
      const slot = (current - steps + 1) % seconds;
      this.#sum -= this.#sums[slot] ?? 0;
      this.#sums[slot] = 0;
    }
    this.#second = current;
    this.#sums[current % seconds] = (this.#sums[current % seconds] ?? 0) + amount;
    this.#sum += amount;
    this.#most = Math.max(this.#most, this.#sum);
    return this.#most;
  }
}
