import { BucketCounter, isNextWindow, type LimitName, type Limits, type LimitSpec } from "@modelyard/core";

const minuteMs = 60_000;

export interface LimitSettings {
  readonly limits: Limits;
  readonly algorithm: "window" | "bucket";
}

const noSpecs: readonly LimitSpec[] = Object.freeze([]);

/** A tenth of a minute's worth at once. */
function burstOf(limit: number): number {
  return Math.max(1, Math.ceil(limit / 10));
}

/** The limits of a deployment, as shared state wants them; empty when there are none. */
export function limitSpecs({ limits, algorithm }: LimitSettings): readonly LimitSpec[] {
  const specs: LimitSpec[] = [];
  const rate = (name: LimitName, limit: number): LimitSpec =>
    algorithm === "window"
      ? { name, kind: "window", limit, windowMs: minuteMs }
      : { name, kind: "bucket", limit, windowMs: minuteMs, burst: burstOf(limit) };
  if (limits.rpm !== undefined) specs.push(rate("rpm", limits.rpm));
  if (limits.tpm !== undefined) specs.push(rate("tpm", limits.tpm));
  if (limits.maxParallelRequests !== undefined) {
    specs.push({ name: "parallel", kind: "slots", limit: limits.maxParallelRequests });
  }
  return specs;
}

/** What one attempt holds of its deployment's limits; filled by {@link DeploymentLimits.take}. */
export interface Held {
  heldTokens: number;
  /** The minute in which it was taken. */
  window: number;
  /** Of the buckets; others that came since know nothing of it. */
  generation: number;
  requestStamp: number;
  tokenStamp: number;
}

/**
 * Counts what one deployment was asked to do, and says whether it may be asked for more. One process; synchronous. What
 * was counted in this minute stays when the limits change.
 */
export class DeploymentLimits {
  /** Whether there is any limit: without one a call reads this and the next three. Flat fields: picks read a thousand. */
  #limited = false;
  /** The minute that is counted, since the epoch. */
  #window = -1;
  #requests = 0;
  #tokens = 0;
  #closed: LimitName | undefined;
  #specs: readonly LimitSpec[] = noSpecs;
  #settings: LimitSettings = { limits: {}, algorithm: "window" };
  #rpm = Number.POSITIVE_INFINITY;
  #tpm = Number.POSITIVE_INFINITY;
  /** Instead of the two limits, under the algorithm `bucket`. */
  #requestBucket: BucketCounter | undefined;
  #tokenBucket: BucketCounter | undefined;
  #generation = 0;
  #tokenCap = Number.POSITIVE_INFINITY;
  /** The same of the whole limit, however many share it. */
  #tokenCapOfAll = Number.POSITIVE_INFINITY;
  #parallel = Number.POSITIVE_INFINITY;
  #processes = 1;

  /** As shared state wants them; empty: not limited. */
  get specs(): readonly LimitSpec[] {
    return this.#specs;
  }

  /** A limit of 0, which admits nothing; `undefined`: there is none. */
  get closed(): LimitName | undefined {
    return this.#closed;
  }

  /** Takes over new limits. */
  configure(settings: LimitSettings): void {
    const specs = limitSpecs(settings);
    if (JSON.stringify(specs) === JSON.stringify(this.#specs)) return;
    this.#settings = settings;
    this.#specs = specs;
    this.#compile();
  }

  /** Divides the limits by the number of processes that share them while they cannot be asked. */
  divide(processes: number): void {
    if (processes === this.#processes) return;
    this.#processes = processes;
    this.#compile();
  }

  requestsUsed(now: number): number {
    this.#turn(now);
    return this.#requests;
  }

  tokensUsed(now: number): number {
    this.#turn(now);
    return this.#tokens;
  }

  /** A call above the limit is let through by an empty window, and takes all of it. */
  cap(tokens: number): number {
    if (!this.#limited) return tokens;
    return tokens < this.#tokenCap ? tokens : this.#tokenCap;
  }

  /** As {@link DeploymentLimits.cap}, for what is told to the store that all processes share. */
  capOfAll(tokens: number): number {
    if (!this.#limited) return tokens;
    return tokens < this.#tokenCapOfAll ? tokens : this.#tokenCapOfAll;
  }

  /** The first limit in the way of one more call; `undefined`: none. */
  refusal(now: number, tokens: number, inFlight: number): LimitName | undefined {
    if (!this.#limited) return undefined;
    if (this.#closed !== undefined) return this.#closed;
    if (inFlight >= this.#parallel) return "parallel";
    if (this.#requestWait(now) > 0) return "rpm";
    if (this.#tokenWait(now, tokens) > 0) return "tpm";
    return undefined;
  }

  /** Milliseconds until the rates would admit the call; 0 when only parallel calls are in the way, `Infinity` for never. */
  waitMs(now: number, tokens: number): number {
    if (this.#closed !== undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.#requestWait(now), this.#tokenWait(now, tokens));
  }

  take(now: number, tokens: number, held: Held): void {
    const capped = this.cap(tokens);
    this.#turn(now);
    this.#requests += 1;
    this.#tokens += capped;
    held.heldTokens = capped;
    held.window = this.#window;
    if (!this.#limited) return;
    held.generation = this.#generation;
    held.requestStamp = this.#requestBucket?.take(1, now) ?? 0;
    held.tokenStamp = this.#tokenBucket?.take(capped, now) ?? 0;
  }

  /**
   * Trues up what was taken. A call that was sent keeps its request slot.
   * @param requests - 1 when it was sent, else 0
   */
  settle(now: number, held: Held, requests: 0 | 1, tokens: number): void {
    this.#turn(now);
    // A minute that is over stays as it was.
    if (held.window === this.#window) {
      if (requests === 0) this.#requests = Math.max(0, this.#requests - 1);
      if (tokens !== held.heldTokens) this.#tokens = Math.max(0, this.#tokens - held.heldTokens + tokens);
    }
    if (!this.#limited || held.generation !== this.#generation) return;
    this.#requestBucket?.settle(1, requests, held.requestStamp, now);
    this.#tokenBucket?.settle(held.heldTokens, tokens, held.tokenStamp, now);
  }

  #turn(now: number): void {
    const window = Math.floor(now / minuteMs);
    if (!isNextWindow(this.#window, window)) return;
    // What was used before the clock was set back still counts, in the minute that it shows now.
    if (window > this.#window) {
      this.#requests = 0;
      this.#tokens = 0;
    }
    this.#window = window;
  }

  #requestWait(now: number): number {
    if (this.#requestBucket !== undefined) return this.#requestBucket.wait(1, now);
    return this.requestsUsed(now) + 1 <= this.#rpm ? 0 : this.#untilNext(now);
  }

  #tokenWait(now: number, tokens: number): number {
    const capped = this.cap(tokens);
    if (this.#tokenBucket !== undefined) return this.#tokenBucket.wait(capped, now);
    return this.tokensUsed(now) + capped <= this.#tpm ? 0 : this.#untilNext(now);
  }

  #untilNext(now: number): number {
    return (this.#window + 1) * minuteMs - now;
  }

  #compile(): void {
    const { rpm, tpm, maxParallelRequests } = this.#settings.limits;
    const bucket = this.#settings.algorithm === "bucket";
    const share = (limit: number | undefined): number =>
      limit === undefined || limit === 0
        ? (limit ?? Number.POSITIVE_INFINITY)
        : Math.max(1, Math.floor(limit / this.#processes));
    this.#limited = this.#specs.length > 0;
    this.#closed = this.#specs.find((spec) => spec.limit <= 0)?.name;
    this.#parallel = share(maxParallelRequests);
    this.#requestBucket = bucket ? this.#bucket(this.#requestBucket, rpm) : undefined;
    this.#tokenBucket = bucket ? this.#bucket(this.#tokenBucket, tpm) : undefined;
    this.#rpm = share(rpm);
    this.#tpm = share(tpm);
    this.#tokenCap = bucket && tpm !== undefined ? burstOf(share(tpm)) : share(tpm);
    const ofAll = tpm ?? Number.POSITIVE_INFINITY;
    this.#tokenCapOfAll = bucket && tpm !== undefined ? burstOf(ofAll) : ofAll;
  }

  #bucket(known: BucketCounter | undefined, limit: number | undefined): BucketCounter | undefined {
    if (limit === undefined || limit <= 0) return undefined;
    const share = Math.max(1, Math.floor(limit / this.#processes));
    if (known === undefined) {
      this.#generation += 1;
      return new BucketCounter(share, minuteMs, burstOf(share));
    }
    known.resize(share, burstOf(share));
    return known;
  }
}
