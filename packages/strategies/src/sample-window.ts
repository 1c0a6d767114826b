/** What a call met when it began. */
export interface Circumstances {
  /** What the deployment had to do already: see {@link PendingCalls.load}. */
  readonly load: number;
  /** Of the call itself. */
  readonly promptTokens: number;
}

/** A latency that was measured. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seconds: number;
  /** What it counts in means: the tokens that a latency per token was measured over, otherwise 1. */
  readonly weight: number;
  /** `undefined` when the start of the call was not seen. */
  readonly met: Circumstances | undefined;
}

/** Clocks of processes differ by less. A sample from further in the future means that the clock was set back. */
export const mostAheadMs = 60_000;

/** The latest samples of one deployment: at most so many, none older than the ttl. Sums are kept, not computed. */
export class SampleWindow {
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  readonly #weights: Float64Array;
  /** `NaN`: unknown, and then the tokens of the prompt are unknown too. */
  readonly #loads: Float64Array;
  readonly #promptTokens: Float64Array;
  #start = 0;
  #size = 0;
  #weight = 0;
  #sum = 0;
  /** Of the samples whose load is known. */
  #knownWeight = 0;
  #loadSum = 0;
  #promptTokenSum = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#weights = new Float64Array(capacity);
    this.#loads = new Float64Array(capacity);
    this.#promptTokens = new Float64Array(capacity);
  }

  add({ at, seconds, weight, met }: Sample): void {
    const capacity = this.#values.length;
    if (this.#size === capacity) this.#drop();
    const slot = (this.#start + this.#size) % capacity;
    this.#values[slot] = seconds;
    this.#times[slot] = at;
    this.#weights[slot] = weight;
    this.#loads[slot] = met?.load ?? Number.NaN;
    this.#promptTokens[slot] = met?.promptTokens ?? Number.NaN;
    this.#size += 1;
    this.#weight += weight;
    this.#sum += weight * seconds;
    if (met === undefined) return;
    this.#knownWeight += weight;
    this.#loadSum += weight * met.load;
    this.#promptTokenSum += weight * met.promptTokens;
  }

  /** Adds a value that stands for a failure: the mean never gets better by it. */
  addAtLeast(seconds: number, now: number, ttlMs: number): void {
    const mean = this.mean(now, ttlMs);
    let least = mean ?? 0;
    let weight = mean === undefined ? 1 : this.#weight / this.#size;
    // A full window loses its oldest sample, which may have been worse than the mean.
    if (this.#size === this.#values.length) {
      least = Math.max(least, this.#values[this.#start] as number);
      weight = Math.max(weight, this.#weights[this.#start] as number);
    }
    this.add({ at: now, seconds: Math.max(seconds, least), weight, met: undefined });
  }

  /** `undefined` when there is no sample left that is younger than `ttlMs`, and not from the future. */
  mean(now: number, ttlMs: number): number | undefined {
    while (this.#size > 0 && this.#isOver(this.#times[this.#start] as number, now, ttlMs)) this.#drop();
    return this.#size === 0 ? undefined : this.#sum / this.#weight;
  }

  /** Whether the load is known for one of the samples. */
  get knowsLoad(): boolean {
    return this.#knownWeight > 0;
  }

  /** Mean of the loads that are known. */
  get meanLoad(): number {
    return this.#loadSum / this.#knownWeight;
  }

  /** Mean length of the prompts that are known. */
  get meanPromptTokens(): number {
    return this.#promptTokenSum / this.#knownWeight;
  }

  /** When the oldest sample was taken; 0 when there is none. */
  get oldestAt(): number {
    return this.#size === 0 ? 0 : (this.#times[this.#start] as number);
  }

  /** Samples, oldest first. */
  samples(): readonly Sample[] {
    return Array.from({ length: this.#size }, (_, offset) => {
      const slot = (this.#start + offset) % this.#values.length;
      const load = this.#loads[slot] as number;
      return {
        at: this.#times[slot] as number,
        seconds: this.#values[slot] as number,
        weight: this.#weights[slot] as number,
        met: Number.isNaN(load) ? undefined : { load, promptTokens: this.#promptTokens[slot] as number },
      };
    });
  }

  #isOver(at: number, now: number, ttlMs: number): boolean {
    return at <= now - ttlMs || at > now + mostAheadMs;
  }

  #drop(): void {
    const slot = this.#start;
    const weight = this.#weights[slot] as number;
    this.#weight -= weight;
    this.#sum -= weight * (this.#values[slot] as number);
    const load = this.#loads[slot] as number;
    if (!Number.isNaN(load)) {
      this.#knownWeight -= weight;
      this.#loadSum -= weight * load;
      this.#promptTokenSum -= weight * (this.#promptTokens[slot] as number);
    }
    this.#start = (slot + 1) % this.#values.length;
    this.#size -= 1;
    // Sums of fractions drift; an empty window starts afresh.
    if (this.#size > 0) return;
    this.#weight = 0;
    this.#sum = 0;
    this.#knownWeight = 0;
    this.#loadSum = 0;
    this.#promptTokenSum = 0;
  }
}
