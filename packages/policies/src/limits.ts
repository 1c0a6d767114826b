import type { Limits } from "@modelyard/core";
import { BucketCounter, isNextWindow, type LimitName, type LimitSpec, largestCount } from "@modelyard/core/kit";

const minuteMs = 60_000;

export interface LimitSettings {
  readonly limits: Limits;
  readonly algorithm: "window" | "bucket";
}

const noSpecs: readonly LimitSpec[] = Object.freeze([]);

/** A bucket holds a tenth of a minute's worth, rounded up. */
function burstOf(limit: number): number {
  return Math.max(1, Math.ceil(limit / 10));
}

/** A deployment's limits in the form that shared state expects. Empty: no limits. */
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

/** What one attempt has taken from a deployment's limits. {@link DeploymentLimits.take} sets the fields. */
export interface HeldLimits {
  heldTokens: number;
  /** The minute in which it was taken, counted from the epoch. */
  window: number;
  /** The generation of the buckets it was taken from. It cannot be returned to later ones. */
  generation: number;
  requestStamp: number;
  tokenStamp: number;
}

/**
 * Counts the requests and tokens of one deployment, and decides whether its limits admit another call. Synchronous and
 * local to this process. What was counted in this minute is kept when the limits change.
 */
export class DeploymentLimits {
  /**
   * Whether there are any limits. Fields are flat, and those read without limits come first: a pick may read a
   * thousand.
   */
  #limited = false;
  /** The current minute, counted from the epoch. */
  #window = -1;
  #requests = 0;
  #tokens = 0;
  #closed: LimitName | undefined;
  #specs: readonly LimitSpec[] = noSpecs;
  #settings: LimitSettings = { limits: {}, algorithm: "window" };
  #rpm = Number.POSITIVE_INFINITY;
  #tpm = Number.POSITIVE_INFINITY;
  /** Used instead of `#rpm` and `#tpm` with the algorithm `bucket`. */
  #requestBucket: BucketCounter | undefined;
  #tokenBucket: BucketCounter | undefined;
  #generation = 0;
  #tokenCap = Number.POSITIVE_INFINITY;
  /** The cap under the whole limit, not divided by the number of processes. */
  #tokenCapOfAll = Number.POSITIVE_INFINITY;
  #parallel = Number.POSITIVE_INFINITY;
  #processes = 1;

  /** The limits in the form that shared state expects. Empty: no limits. */
  get specs(): readonly LimitSpec[] {
    return this.#specs;
  }

  /** The limit that is 0 and thus admits no call. `undefined`: none is. */
  get closed(): LimitName | undefined {
    return this.#closed;
  }

  /** Replaces the limits. */
  configure(settings: LimitSettings): void {
    const specs = limitSpecs(settings);
    if (JSON.stringify(specs) === JSON.stringify(this.#specs)) return;
    this.#settings = settings;
    this.#specs = specs;
    this.#compile();
  }

  /** Divides the limits by the number of processes, for the time that shared state is unavailable. */
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

  /** Caps the tokens of a call at the token limit: a larger call is admitted by an empty window, and uses all of it. */
  cap(tokens: number): number {
    if (!this.#limited) return tokens;
    return tokens < this.#tokenCap ? tokens : this.#tokenCap;
  }

  /** As {@link DeploymentLimits.cap}, but for the whole limit, for reservations in shared state. */
  capOfAll(tokens: number): number {
    if (!this.#limited) return tokens;
    return tokens < this.#tokenCapOfAll ? tokens : this.#tokenCapOfAll;
  }

  /** The first limit that does not admit another call. `undefined`: the call is admitted. */
  refusal(now: number, tokens: number, inFlight: number): LimitName | undefined {
    if (!this.#limited) return undefined;
    if (this.#closed !== undefined) return this.#closed;
    if (inFlight >= this.#parallel) return "parallel";
    if (this.#requestWait(now) > 0) return "rpm";
    if (this.#tokenWait(now, tokens) > 0) return "tpm";
    return undefined;
  }

  /** Milliseconds until rpm and tpm admit the call. 0: only parallel calls are in the way. `Infinity`: a limit is 0. */
  waitMs(now: number, tokens: number): number {
    if (this.#closed !== undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.#requestWait(now), this.#tokenWait(now, tokens));
  }

  take(now: number, tokens: number, held: HeldLimits): void {
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
   * Replaces what was taken by what was used. A call that was sent stays counted as a request.
   * @param requests - 1 if the call was sent, otherwise 0
   */
  settle(now: number, held: HeldLimits, requests: 0 | 1, tokens: number): void {
    this.#turn(now);
    // A minute that has ended is not changed any more.
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
    if (window === this.#window || !isNextWindow(this.#window, window)) return;
    // If the clock was set back, what was used before still counts, in the minute that the clock shows now.
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

/** Tokens to reserve for a call: those of the prompt and those that its answer may have. */
export function tokensToReserve(inputTokens: number, outputTokens: number): number {
  return Math.ceil(Math.min(inputTokens + outputTokens, largestCount));
}
