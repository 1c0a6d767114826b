import {
  type AllowedFailsPolicy,
  boundedWait,
  type Cooldown,
  type CooldownFailure,
  type CooldownGroup,
  type CooldownPolicy,
  type CooldownSettings,
  type CooldownWatch,
  type ErrorKind,
  errorKinds,
  longestWaitMs,
  policyClasses,
  type SharedCooldown,
  wentBack,
} from "@modelyard/core";
import { RollingCounts } from "./rolling-counts.js";

const minuteMs = 60_000;
/** The rate rule: more than half of at least this many calls in a minute. Source: LiteLLM's defaults. */
const fewestForRate = 5;
const worstRate = 0.5;
/** Failures of one deployment that are kept for `allowedFails`; no count that can matter is larger. */
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

/** Whether the vendor broke, or did not answer. */
function isFault(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "upstream" || blame === "transport";
}

/** Kinds that start a cooldown at once where no count was configured. Source: LiteLLM (429, 401, 404). */
function coolsAtOnce(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "load" || blame === "credential" || kind === "not_found";
}

/** Whether anything else could serve: a sibling in the group, or a fallback. */
function hasAlternative({ fallback, siblings }: CooldownGroup): boolean {
  return fallback || siblings > 0;
}

/** By the rate rule at most half of a group cools down at once, or all of it when it has a fallback. */
function hasRoom(group: CooldownGroup): boolean {
  return group.fallback || group.cooling() + 1 <= Math.max(1, Math.floor(group.size / 2));
}

/**
 * The default policy. Where a count of failures is configured, one more than that starts a cooldown, taken literally for
 * every deployment. Else a rate decides: more than half of at least 5 calls within a minute, for at most half of a group;
 * a rate limit, a rejected credential and a missing model start one at once. Nothing cools down where nothing else could
 * serve.
 */
export function failureRate(): CooldownPolicy {
  return { name: "failure-rate", watch: (_deployment, settings) => new FailureRateWatch(settings) };
}

class FailureRateWatch implements CooldownWatch {
  /** Successes and failures of the last minute; every call looks at them. */
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

  /** Marks of others are probed by the process that set them. */
  shared({ remainingMs, reason, group }: SharedCooldown): Cooldown | undefined {
    if (!this.#mayCool || !hasAlternative(group)) return undefined;
    // By the rate rule each process keeps half of a group without a fallback: others may have found the other half broken.
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

  /** Whether the operator wrote how many failures are allowed: that is taken literally. */
  get #counts(): boolean {
    return this.#settings.allowedFails !== undefined || this.#settings.allowedFailsPolicy !== undefined;
  }

  /**
   * The longest cooldown that a vendor or another process can ask for. A used-up quota and a rejected credential may last
   * longer than others, since a person has to act first.
   */
  #ceiling(reason: ErrorKind | "shared"): number {
    const credential = reason !== "shared" && errorKinds[reason].blame === "credential";
    return credential ? longestWaitMs : Math.min(this.#settings.maxCooldownMs, longestWaitMs);
  }

  #durationOf({ now, kind, retryAfterMs, probe, group }: CooldownFailure): number | undefined {
    const { blame } = errorKinds[kind];
    const asked = Math.min(boundedWait(retryAfterMs) ?? 0, this.#ceiling(kind));
    const forMs = Math.max(this.#cooldownMs, asked);
    // A failed probe costs one cooldown again, and never more: the deployment may have recovered a moment later.
    if (probe) return forMs;
    if (this.#counts) {
      // A count that the operator wrote is taken literally, also by the last deployment of a group.
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
    return recent.length > (this.#settings.allowedFails ?? 3);
  }

  #recent(now: number): Failure[] {
    return this.#failures.filter(({ at }) => at > now - minuteMs && !wentBack(at, now)).slice(-mostFailures);
  }

  #forget(): void {
    this.#window.clear();
    this.#failures = [];
  }
}
