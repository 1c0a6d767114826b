/** The conditions under which a call began. */
export interface Circumstances {
  /** The load of the deployment: see {@link PendingCalls.load}. */
  readonly load: number;
  /** Prompt tokens of the call itself. */
  readonly promptTokens: number;
}

/** A measured latency. */
export interface Sample {
  /** When it was measured, in milliseconds since the epoch. */
  readonly at: number;
  readonly seconds: number;
  /** Weight in means: the number of tokens for a latency per token, otherwise 1. */
  readonly weight: number;
  /** `undefined`: the start of the call was not seen. */
  readonly met: Circumstances | undefined;
}

/**
 * A sample this far in the future, in milliseconds, means that the clock was set back; clocks of processes differ less.
 */
export const mostAheadMs = 60_000;

/**
 * The latest samples of one deployment, limited in number and age. Sums are updated with each sample, not recomputed.
 */
export class SampleWindow {
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  readonly #weights: Float64Array;
  /** `NaN`: unknown; the tokens of the prompt are then unknown too. */
  readonly #loads: Float64Array;
  readonly #promptTokens: Float64Array;
  #start = 0;
  #size = 0;
  #weight = 0;
  #sum = 0;
  /** Sums over the samples whose load is known. */
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

  /** Adds a value that stands for a failure, which never improves the mean. */
  addAtLeast(seconds: number, now: number, ttlMs: number): void {
    const mean = this.mean(now, ttlMs);
    let least = mean ?? 0;
    let weight = mean === undefined ? 1 : this.#weight / this.#size;
    // A full window drops its oldest sample, which may be worse than the mean.
    if (this.#size === this.#values.length) {
      least = Math.max(least, this.#values[this.#start] as number);
      weight = Math.max(weight, this.#weights[this.#start] as number);
    }
    this.add({ at: now, seconds: Math.max(seconds, least), weight, met: undefined });
  }

  /** The mean latency. `undefined`: all samples are older than `ttlMs` or from the future. */
  mean(now: number, ttlMs: number): number | undefined {
    while (this.#size > 0 && this.#isOver(this.#times[this.#start] as number, now, ttlMs)) this.#drop();
    return this.#size === 0 ? undefined : this.#sum / this.#weight;
  }

  /** The mean latency, whatever the age of the samples. `undefined`: there are none. */
  get latestMean(): number | undefined {
    return this.#size === 0 ? undefined : this.#sum / this.#weight;
  }

  /** Whether the load of any sample is known. */
  get knowsLoad(): boolean {
    return this.#knownWeight > 0;
  }

  /** Mean of the known loads. */
  get meanLoad(): number {
    return this.#loadSum / this.#knownWeight;
  }

  /** Mean length of the known prompts, in tokens. */
  get meanPromptTokens(): number {
    return this.#promptTokenSum / this.#knownWeight;
  }

  /** When the oldest sample was taken. 0: there are no samples. */
  get oldestAt(): number {
    return this.#size === 0 ? 0 : (this.#times[this.#start] as number);
  }

  /** The samples, oldest first. */
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
    // Rounding errors add up; an empty window resets them.
    if (this.#size > 0) return;
    this.#weight = 0;
    this.#sum = 0;
    this.#knownWeight = 0;
    this.#loadSum = 0;
    this.#promptTokenSum = 0;
  }
}
