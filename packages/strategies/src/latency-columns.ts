const unknown = -1;

function longer(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(length);
  copy.set(values);
  return copy;
}

/**
 * What a pick reads about one mode, by the router's index. Flat arrays, since a group may have a thousand deployments.
 */
export class LatencyColumns {
  /** Seconds without any load. Below 0: unknown. `Infinity`: the deployment has only failed so far. */
  unloaded = new Float64Array(0);
  /** Seconds added by each unit of load, and by each token of the prompt. */
  perLoad = new Float64Array(0);
  perToken = new Float64Array(0);
  load = new Float64Array(0);
  /** When the oldest waiting call began, and when it becomes overdue, in milliseconds since the epoch. */
  waitsSince = new Float64Array(0);
  overdueAt = new Float64Array(0);
  /** Until when an overdue call counts, in milliseconds since the epoch. Then one call may show whether it was an exception. */
  heldUntil = new Float64Array(0);
  /** Seconds of latency per millisecond of waiting. */
  perWaitedMs = new Float64Array(0);
  /** When the values become outdated, in milliseconds since the epoch. */
  until = new Float64Array(0);

  /** Marks the values at an index as outdated. */
  change(index: number): void {
    if (index >= this.until.length) this.#grow(Math.max(16, 2 * (index + 1)));
    this.until[index] = 0;
  }

  /** Records that nothing is known about an index, until it is marked again. */
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
    this.heldUntil = longer(this.heldUntil, length);
    this.perWaitedMs = longer(this.perWaitedMs, length);
    this.until = longer(this.until, length);
  }
}
