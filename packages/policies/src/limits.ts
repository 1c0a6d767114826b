import { createLimitCounter, type LimitCounter, type LimitName, type Limits, type LimitSpec } from "@modelyard/core";

const minuteMs = 60_000;

export interface LimitSettings {
  readonly limits: Limits;
  readonly algorithm: "window" | "bucket";
}

/** The limits of a deployment, as shared state wants them; empty when there are none. */
export function limitSpecs({ limits, algorithm }: LimitSettings): readonly LimitSpec[] {
  const specs: LimitSpec[] = [];
  const rate = (name: LimitName, limit: number): LimitSpec =>
    algorithm === "window"
      ? { name, kind: "window", limit, windowMs: minuteMs }
      : { name, kind: "bucket", limit, windowMs: minuteMs, burst: Math.max(1, Math.ceil(limit / 10)) };
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
  requestStamp: number;
  tokenStamp: number;
  requestWindow: number;
  tokenWindow: number;
}

/** Counts what one deployment was asked to do, and says whether it may be asked for more. One process; synchronous. */
export class DeploymentLimits {
  #specs: readonly LimitSpec[] = [];
  readonly #requests = createLimitCounter({
    name: "rpm",
    kind: "window",
    limit: Number.MAX_SAFE_INTEGER,
    windowMs: minuteMs,
  });
  readonly #tokens = createLimitCounter({
    name: "tpm",
    kind: "window",
    limit: Number.MAX_SAFE_INTEGER,
    windowMs: minuteMs,
  });
  #rpm: LimitCounter | undefined;
  #tpm: LimitCounter | undefined;
  #tokenCap = Number.POSITIVE_INFINITY;
  #parallel = Number.POSITIVE_INFINITY;
  #processes = 1;

  /** As shared state wants them; empty: not limited. */
  get specs(): readonly LimitSpec[] {
    return this.#specs;
  }

  /** Takes over new limits. Counting starts again only where the limits really changed. */
  configure(settings: LimitSettings): void {
    const specs = limitSpecs(settings);
    if (JSON.stringify(specs) === JSON.stringify(this.#specs)) return;
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
    return this.#requests.used(now);
  }

  tokensUsed(now: number): number {
    return this.#tokens.used(now);
  }

  /** A call above the limit is let through by an empty window, and takes all of it. */
  cap(tokens: number): number {
    return Math.min(tokens, this.#tokenCap);
  }

  /** The first limit in the way of one more call; `undefined`: none. */
  refusal(now: number, tokens: number, inFlight: number): LimitName | undefined {
    if (inFlight >= this.#parallel) return "parallel";
    if (this.#rpm !== undefined && this.#rpm.wait(1, now) > 0) return "rpm";
    if (this.#tpm !== undefined && this.#tpm.wait(this.cap(tokens), now) > 0) return "tpm";
    return undefined;
  }

  /** Milliseconds until the rates would admit the call; 0 when only parallel calls are in the way. */
  waitMs(now: number, tokens: number): number {
    return Math.max(this.#rpm?.wait(1, now) ?? 0, this.#tpm?.wait(this.cap(tokens), now) ?? 0);
  }

  take(now: number, tokens: number, held: Held): void {
    const capped = this.cap(tokens);
    held.heldTokens = capped;
    held.requestWindow = this.#requests.take(1, now);
    held.tokenWindow = this.#tokens.take(capped, now);
    if (this.#rpm !== undefined) held.requestStamp = this.#rpm.take(1, now);
    if (this.#tpm !== undefined) held.tokenStamp = this.#tpm.take(capped, now);
  }

  /**
   * Trues up what was taken. A call that was sent keeps its request slot.
   * @param requests - 1 when it was sent, else 0
   */
  settle(now: number, held: Held, requests: 0 | 1, tokens: number): void {
    if (requests === 0) {
      this.#requests.settle(1, 0, held.requestWindow, now);
      this.#rpm?.settle(1, 0, held.requestStamp, now);
    }
    if (tokens !== held.heldTokens) {
      this.#tokens.settle(held.heldTokens, tokens, held.tokenWindow, now);
      this.#tpm?.settle(held.heldTokens, tokens, held.tokenStamp, now);
    }
  }

  #compile(): void {
    this.#rpm = undefined;
    this.#tpm = undefined;
    this.#tokenCap = Number.POSITIVE_INFINITY;
    this.#parallel = Number.POSITIVE_INFINITY;
    for (const spec of this.#specs) {
      const limit = Math.max(1, Math.floor(spec.limit / this.#processes));
      if (spec.name === "parallel") this.#parallel = limit;
      else {
        const counter = createLimitCounter(
          spec.kind === "bucket"
            ? { ...spec, limit, burst: Math.max(1, Math.floor(spec.burst / this.#processes)) }
            : { ...spec, limit },
        );
        if (spec.name === "rpm") this.#rpm = counter;
        else {
          this.#tpm = counter;
          this.#tokenCap = spec.kind === "bucket" ? Math.max(1, Math.floor(spec.burst / this.#processes)) : limit;
        }
      }
    }
  }
}
