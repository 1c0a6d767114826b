/**
 * Two counts of what happened lately, in steps. What is counted now is in fields of this object alone: a request that is
 * counted touches one place in memory, also when a thousand deployments have one each.
 */
export class RollingCounts {
  /** The step that is counted, since the epoch; -1: none yet. */
  #step = -1;
  #first = 0;
  #second = 0;
  readonly #stepMs: number;
  /** Those of the steps before, in a ring. */
  readonly #firsts: number[];
  readonly #seconds: number[];

  /** @param steps - whole, at least 1: `windowMs` goes by in so many */
  constructor(windowMs: number, steps: number) {
    this.#stepMs = windowMs / steps;
    this.#firsts = Array.from({ length: steps }, () => 0);
    this.#seconds = Array.from({ length: steps }, () => 0);
  }

  addFirst(now: number): void {
    this.#turn(now);
    this.#first += 1;
  }

  addSecond(now: number): void {
    this.#turn(now);
    this.#second += 1;
  }

  /** Of the step that is counted and of those before it, a whole window less what is left of the step. */
  sums(now: number): readonly [first: number, second: number] {
    this.#turn(now);
    let first = this.#first;
    let second = this.#second;
    for (const count of this.#firsts) first += count;
    for (const count of this.#seconds) second += count;
    return [first, second];
  }

  clear(): void {
    this.#first = 0;
    this.#second = 0;
    this.#firsts.fill(0);
    this.#seconds.fill(0);
  }

  #turn(now: number): void {
    const step = Math.floor(now / this.#stepMs);
    if (step > this.#step) this.#turnTo(step);
    // A clock that goes back by a step counts on in the later one; one that jumps further starts afresh, or what was
    // counted would stay until it catches up.
    else if (step < this.#step - 1) {
      this.clear();
      this.#step = step;
    }
  }

  #turnTo(step: number): void {
    const steps = this.#firsts.length;
    if (this.#step >= 0) {
      this.#firsts[this.#step % steps] = this.#first;
      this.#seconds[this.#step % steps] = this.#second;
    }
    const passed = Math.min(step - this.#step, steps);
    for (let back = 0; back < passed; back += 1) {
      this.#firsts[(step - back) % steps] = 0;
      this.#seconds[(step - back) % steps] = 0;
    }
    this.#step = step;
    this.#first = 0;
    this.#second = 0;
  }
}
