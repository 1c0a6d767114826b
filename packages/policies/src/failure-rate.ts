import { type AllowedFailsPolicy, type CooldownPolicy, type ErrorKind, errorKinds } from "@modelyard/core";
import {
  boundedWait,
  type Cooldown,
  type CooldownFailure,
  type CooldownGroup,
  type CooldownSettings,
  type CooldownWatch,
  longestWaitMs,
  policyClasses,
  type SharedCooldown,
  wentBack,
} from "@modelyard/core/kit";
import { RollingCounts } from "./rolling-counts.js";

const minuteMs = 60_000;
/** A cooldown starts when more than {@link worstRate} of at least this many calls in a minute failed, as in LiteLLM. */
const fewestForRate = 5;
const worstRate = 0.5;
/** Most failures of one deployment that are counted for `allowedFails`. */
const mostFailures = 10_000;

interface Failure {
  readonly at: number;
  readonly kind: ErrorKind;
}

/** Whether a failure says anything about the deployment. */
export function countsAgainstHealth(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return isFault(kind) || blame === "load" || blame === "credential";
}

/** Whether the vendor failed or could not be reached. */
function isFault(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "upstream" || blame === "transport";
}

/** Kinds that start a cooldown at once if no number of failures is configured, as in LiteLLM (429, 401, 404). */
function coolsAtOnce(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "load" || blame === "credential" || kind === "not_found";
}

/** Whether another deployment of the group, or a fallback, can serve. */
function hasAlternative({ fallback, siblings }: CooldownGroup): boolean {
  return fallback || siblings > 0;
}

/**
 * Whether one more deployment may cool down by its failure rate: at most half of a group, or all of it with a fallback.
 */
function hasRoom(group: CooldownGroup): boolean {
  return group.fallback || group.cooling() + 1 <= Math.max(1, Math.floor(group.size / 2));
}

/**
 * The default policy. If a number of allowed failures is configured, the failure after it starts a cooldown, for every
 * deployment of a group. Otherwise a cooldown starts when more than half of at least 5 calls in a minute failed, for at
 * most half of a group; a rate limit, a rejected credential or a missing model starts one at once. A deployment never
 * cools down if nothing else could serve.
 */
export function failureRate(): CooldownPolicy {
  return { name: "failure-rate", watch: (_deployment, settings) => new FailureRateWatch(settings) };
}

class FailureRateWatch implements CooldownWatch {
  /** Successes and failures of the last minute. */
  readonly #window = new RollingCounts(minuteMs, 12);
  #settings: CooldownSettings;
  #failures: Failure[] = [];

  constructor(settings: CooldownSettings) {
    this.#settings = settings;
  }

  configure(settings: CooldownSettings): void {
    this.#settings = settings;
  }

  failures(now: number): number {
    return Math.max(this.#recent(now).length, this.#window.sums(now)[1]);
  }

  succeeded(now: number, probe: boolean): boolean {
    this.#window.addFirst(now);
    if (probe) this.#forget();
    return true;
  }

  failed(failure: CooldownFailure): Cooldown | undefined {
    const { now, kind, group } = failure;
    if (!countsAgainstHealth(kind)) return undefined;
    this.#window.addSecond(now);
    if (!this.#mayCool || !hasAlternative(group)) return undefined;
    const forMs = this.#durationOf(failure);
    if (forMs === undefined || now + forMs <= failure.until) return undefined;
    this.#forget();
    return { forMs, probe: errorKinds[kind].blame !== "load" };
  }

  /** Only the process that started a cooldown probes the deployment. */
  shared({ remainingMs, reason, group }: SharedCooldown): Cooldown | undefined {
    if (!this.#mayCool || !hasAlternative(group)) return undefined;
    // Each process keeps half of a group without a fallback, even if others have found the other half failing.
    if (reason !== "shared" && isFault(reason) && !this.#counts && !hasRoom(group)) return undefined;
    const longest = Math.max(this.#cooldownMs, this.#ceiling(reason));
    return { forMs: Math.min(boundedWait(Math.max(0, remainingMs)) ?? 0, longest), probe: false };
  }

  get #cooldownMs(): number {
    return Math.min(this.#settings.cooldownMs, longestWaitMs);
  }

  get #mayCool(): boolean {
    return this.#cooldownMs > 0 && !this.#settings.disabled;
  }

  /** Whether a number of allowed failures is configured. */
  get #counts(): boolean {
    return this.#settings.allowedFails !== undefined || this.#settings.allowedFailsPolicy !== undefined;
  }

  /**
   * The longest cooldown that a vendor or another process can request. That for a used-up quota or a rejected
   * credential may be longer, since somebody has to act first.
   */
  #ceiling(reason: ErrorKind | "shared"): number {
    const credential = reason !== "shared" && errorKinds[reason].blame === "credential";
    return credential ? longestWaitMs : Math.min(this.#settings.maxCooldownMs, longestWaitMs);
  }

  #durationOf({ now, kind, retryAfterMs, probe, group }: CooldownFailure): number | undefined {
    const { blame } = errorKinds[kind];
    const asked = Math.min(boundedWait(retryAfterMs) ?? 0, this.#ceiling(kind));
    const forMs = Math.max(this.#cooldownMs, asked);
    // A failed probe starts another cooldown of the same length: the deployment may recover a moment later.
    if (probe) return forMs;
    if (this.#counts) {
      // A configured number also applies to the last deployment of a group.
      if (this.#isOverCount(now, kind) || blame === "credential") return forMs;
      return blame === "load" && asked > 0 ? asked : undefined;
    }
    if (coolsAtOnce(kind) && (!isFault(kind) || hasRoom(group))) return forMs;
    return this.#isOverRate(now) && hasRoom(group) ? forMs : undefined;
  }

  #isOverRate(now: number): boolean {
    const [successes, failures] = this.#window.sums(now);
    const total = successes + failures;
    return total >= fewestForRate && failures > worstRate * total;
  }

  #isOverCount(now: number, kind: ErrorKind): boolean {
    const recent = this.#recent(now);
    recent.push({ at: now, kind });
    this.#failures = recent;
    const policy = this.#settings.allowedFailsPolicy;
    if (policy !== undefined) {
      for (const name of policyClasses(kind)) {
        const allowed = policy[name as keyof AllowedFailsPolicy];
        if (allowed === undefined) continue;
        return recent.filter((failure) => policyClasses(failure.kind).includes(name)).length > allowed;
      }
    }
    const { allowedFails } = this.#settings;
    return allowedFails !== undefined && recent.length > allowedFails;
  }

  #recent(now: number): Failure[] {
    return this.#failures.filter(({ at }) => at > now - minuteMs && !wentBack(at, now)).slice(-mostFailures);
  }

  #forget(): void {
    this.#window.clear();
    this.#failures = [];
  }
}
