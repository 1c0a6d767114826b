const unknown = -1;

function longer(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(length);
  copy.set(values);
  return copy;
}

/** What a pick reads of one mode, by the router's index: flat, since a group may have a thousand deployments. */
export class LatencyColumns {
  /** Seconds without any load; below 0: unknown; `Infinity`: it has only failed. */
  unloaded = new Float64Array(0);
  /** Seconds that each unit of load adds, and each token of the prompt. */
  perLoad = new Float64Array(0);
  perToken = new Float64Array(0);
  load = new Float64Array(0);
  /** When the oldest call that waits began, and from when on it is overdue, in milliseconds since the epoch. */
  waitsSince = new Float64Array(0);
  overdueAt = new Float64Array(0);
  /** Seconds of latency for a millisecond of waiting. */
  perWaitedMs = new Float64Array(0);
  /** From when on all of it must be computed again, in milliseconds since the epoch. */
  until = new Float64Array(0);

  /** Marks an index to be computed again. */
  change(index: number): void {
    if (index >= this.until.length) this.#grow(Math.max(16, 2 * (index + 1)));
    this.until[index] = 0;
  }

  /** Says that nothing is known, and that this stays so. */
  forget(index: number): void {
    this.unloaded[index] = unknown;
    this.perLoad[index] = 0;
    this.perToken[index] = 0;
    this.load[index] = 0;
    this.overdueAt[index] = Number.POSITIVE_INFINITY;
    this.until[index] = Number.POSITIVE_INFINITY;
  }

  /** The latency that the wait of the oldest call amounts to, in seconds. */
  waited(index: number, now: number): number {
    return (now - (this.waitsSince[index] as number)) * (this.perWaitedMs[index] as number);
  }

  #grow(length: number): void {
    this.unloaded = longer(this.unloaded, length);
    this.perLoad = longer(this.perLoad, length);
    this.perToken = longer(this.perToken, length);
    this.load = longer(this.load, length);
    this.waitsSince = longer(this.waitsSince, length);
    this.overdueAt = longer(this.overdueAt, length);
    this.perWaitedMs = longer(this.perWaitedMs, length);
    this.until = longer(this.until, length);
  }
}
