import {
  type AllowedFailsPolicy,
  boundedWait,
  type ErrorKind,
  errorKinds,
  longestWaitMs,
  policyClasses,
  wentBack,
} from "@modelyard/core";
import { RollingCounts } from "./rolling-counts.js";

/** When deployments cool down, and for how long. */
export interface CooldownRules {
  /** Failures within a minute that are allowed; `undefined`: the rate decides. */
  readonly allowedFails: number | undefined;
  readonly allowedFailsPolicy: AllowedFailsPolicy | undefined;
  /** Milliseconds; 0: never in cooldown. */
  readonly cooldownMs: number;
  /** Longest cooldown that a `Retry-After` can ask for, in milliseconds. A longer `cooldownMs` wins. */
  readonly maxCooldownMs: number;
  /** Milliseconds over which the share of the traffic grows back; 0: at once. */
  readonly slowStartMs: number;
  readonly disabled: boolean;
}

/** What the group looks like at the moment of a failure. */
export interface FailureContext {
  readonly now: number;
  readonly kind: ErrorKind;
  readonly retryAfterMs: number | undefined;
  /** Whether anybody else could serve: a sibling in the group, or a fallback. */
  readonly alternatives: boolean;
  /** Whether one more of the group may cool down by the rate rule: at most half of it, or all when it has a fallback. */
  readonly room: boolean;
}

export interface Bench {
  readonly until: number;
  readonly reason: ErrorKind;
  /** How often in a row, failed probes included. */
  readonly times: number;
}

export type HealthStatus = "healthy" | "cooling" | "quarantined" | "half_open" | "probing" | "recovering";

const minuteMs = 60_000;
/** The rate rule: more than half of at least this many calls in a minute. Source: LiteLLM's defaults. */
const fewestForRate = 5;
const worstRate = 0.5;

/** Kinds that leave a deployment out at once where no count was configured. Source: LiteLLM (429, 401, 404). */
function benchesAtOnce(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "load" || blame === "credential" || kind === "not_found";
}

/** Whether a failure says anything about the deployment. */
export function countsAgainstHealth(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "upstream" || blame === "transport" || blame === "load" || blame === "credential";
}

/**
 * Health of one deployment: healthy, left out until a time, on probation with one call out, or coming back slowly.
 * Reads no clock; every method is told the time.
 */
export class DeploymentHealth {
  /** Successes and failures of the last minute; it and the next two are what every call looks at. */
  readonly #window = new RollingCounts(minuteMs, 12);
  #reason: ErrorKind | "shared" | undefined;
  #rampFrom = 0;
  #rules: CooldownRules;
  #cooldownMs: number;
  #failures: { readonly at: number; readonly kind: ErrorKind }[] = [];
  /** End of the last cooldown, and when it began. */
  #until = 0;
  #since = 0;
  /** Whether another process left it out; that one sends the probe. */
  #foreign = false;
  #times = 0;
  #probe = false;

  /** @param cooldownMs - the deployment's own, if it has one */
  constructor(rules: CooldownRules, cooldownMs: number | undefined) {
    this.#rules = rules;
    this.#cooldownMs = Math.min(cooldownMs ?? rules.cooldownMs, longestWaitMs);
  }

  /** Takes over new rules; what is known of the deployment stays. */
  configure(rules: CooldownRules, cooldownMs: number | undefined): void {
    this.#rules = rules;
    this.#cooldownMs = Math.min(cooldownMs ?? rules.cooldownMs, longestWaitMs);
  }

  /** Nothing to look at: takes any call. */
  get plain(): boolean {
    return this.#reason === undefined && this.#rampFrom === 0;
  }

  /** How long a cooldown lasts unless a longer one is requested. Milliseconds; 0 turns cooldowns off. */
  get cooldownMs(): number {
    return this.#cooldownMs;
  }

  get reason(): ErrorKind | "shared" | undefined {
    return this.#reason;
  }

  /** Milliseconds since the epoch; 0 when not left out. */
  get until(): number {
    return this.#reason === undefined ? 0 : this.#until;
  }

  /** Left out because it failed, not because it is at a limit; until it is back, so also while it is probed. */
  get benchedForFailure(): boolean {
    if (this.#reason === undefined || this.#reason === "shared") return false;
    const { blame } = errorKinds[this.#reason];
    return blame === "upstream" || blame === "transport";
  }

  status(now: number): HealthStatus {
    if (this.#reason === undefined) return this.#rampFrom === 0 ? "healthy" : "recovering";
    if (!this.#cools(now)) return this.#probe ? "probing" : "half_open";
    return this.#reason !== "shared" && errorKinds[this.#reason].blame === "credential" ? "quarantined" : "cooling";
  }

  /** Failures within the last minute that count. */
  failures(now: number): number {
    return Math.max(this.#recent(now).length, this.#window.sums(now)[1]);
  }

  /**
   * Whether a call may go there now. A deployment that is coming back takes a growing share.
   * @param chance - uniform in [0, 1)
   */
  admits(now: number, chance: number): boolean {
    if (this.#reason !== undefined) {
      if (this.#cools(now)) return false;
      if (this.#passes()) return true;
      return !this.#probe;
    }
    if (this.#rampFrom === 0) return true;
    const grown = (now - this.#rampFrom) / this.#rules.slowStartMs;
    if (grown >= 1 || wentBack(this.#rampFrom, now)) {
      this.#rampFrom = 0;
      this.#times = 0;
      return true;
    }
    return chance < Math.max(0.1, grown);
  }

  /** Whether one more call may go there: it is not left out, and no probe is under way. */
  isOpen(now: number): boolean {
    return this.#reason === undefined || (!this.#cools(now) && (this.#passes() || !this.#probe));
  }

  /** A call goes there; ask {@link DeploymentHealth.isOpen} first. @returns whether it is the probe */
  begin(now: number): boolean {
    if (this.#reason === undefined || this.#cools(now)) return false;
    if (this.#passes()) {
      this.#reason = undefined;
      this.#times = 0;
      return false;
    }
    this.#probe = true;
    return true;
  }

  /** @returns whether this brought the deployment back */
  succeed(now: number, probe: boolean): boolean {
    this.#window.addFirst(now);
    if (!probe) return false;
    this.#probe = false;
    // A cooldown that began after the probe did holds.
    if (this.#cools(now)) return false;
    this.#reason = undefined;
    this.#rampFrom = this.#rules.slowStartMs > 0 ? now : 0;
    if (this.#rampFrom === 0) this.#times = 0;
    this.#window.clear();
    this.#failures = [];
    return true;
  }

  /** A call ended without saying anything about the deployment. */
  release(probe: boolean): void {
    if (probe) this.#probe = false;
  }

  /** @returns how long the deployment is left out, when this failure leaves it out */
  fail(context: FailureContext, probe: boolean): Bench | undefined {
    if (probe) this.#probe = false;
    const { now, kind } = context;
    if (!countsAgainstHealth(kind)) return undefined;
    this.#window.addSecond(now);
    if (!this.mayBench || !context.alternatives) return undefined;
    const forMs = this.#benchMs(context, probe);
    if (forMs === undefined) return undefined;
    const cooling = this.#cools(now);
    if (cooling && now + forMs <= this.#until) return undefined;
    if (!cooling) this.#times += 1;
    return this.#bench(now, now + forMs, kind);
  }

  /** Whether anything may leave this deployment out. */
  get mayBench(): boolean {
    return this.#cooldownMs > 0 && !this.#rules.disabled;
  }

  /**
   * A mark that another process set; only a later time than the one in force counts, and none lasts longer than a cooldown
   * may last here.
   * @returns whether it changed anything
   */
  benchShared(until: number, reason: ErrorKind | "shared", now: number): boolean {
    if (!this.mayBench) return false;
    const longest = Math.max(this.#cooldownMs, this.#ceiling(reason));
    const end = now + Math.min(boundedWait(Math.max(0, until - now)) ?? 0, longest);
    if (end <= now || (this.#cools(now) && end <= this.#until)) return false;
    this.#until = end;
    this.#since = now;
    if (this.#reason === undefined) {
      this.#reason = reason;
      this.#foreign = true;
    }
    this.#rampFrom = 0;
    return true;
  }

  /** Whether a cooldown is in force. A clock that was set back to before it began ends it. */
  #cools(now: number): boolean {
    return this.#reason !== undefined && now < this.#until && !wentBack(this.#since, now);
  }

  /**
   * Longest cooldown that a vendor or another process can ask for. A used-up quota and a rejected credential may last
   * longer than others, since a person has to act first.
   */
  #ceiling(reason: ErrorKind | "shared"): number {
    const credential = reason !== "shared" && errorKinds[reason].blame === "credential";
    return credential ? longestWaitMs : Math.min(this.#rules.maxCooldownMs, longestWaitMs);
  }

  /** Starts a cooldown, or extends the one in force. */
  #bench(now: number, until: number, reason: ErrorKind): Bench {
    this.#until = until;
    this.#since = now;
    // A limit that lasts longer does not hide a fault: what failed still has to be probed.
    if (this.#reason === undefined || this.#passes() || errorKinds[reason].blame !== "load") {
      this.#reason = reason;
      this.#foreign = false;
    }
    this.#rampFrom = 0;
    this.#window.clear();
    this.#failures = [];
    return { until, reason, times: this.#times };
  }

  /** Limits pass by themselves: no probe, no slow start. Marks of others are probed by those who set them. */
  #passes(): boolean {
    return (
      this.#foreign ||
      this.#reason === "shared" ||
      (this.#reason !== undefined && errorKinds[this.#reason].blame === "load")
    );
  }

  #benchMs(context: FailureContext, probe: boolean): number | undefined {
    const { now, kind } = context;
    const { blame } = errorKinds[kind];
    const asked = Math.min(boundedWait(context.retryAfterMs) ?? 0, this.#ceiling(kind));
    const forMs = Math.max(this.#cooldownMs, asked);
    // A failed probe costs one cooldown again, and never more: the deployment may have recovered a moment later.
    if (probe) return forMs;
    if (!this.countsFailures) {
      const ownFault = blame === "upstream" || blame === "transport";
      if (benchesAtOnce(kind) && (!ownFault || context.room)) return forMs;
      const [successes, failures] = this.#window.sums(now);
      const total = successes + failures;
      const tripped = total >= fewestForRate && failures > worstRate * total;
      return tripped && context.room ? forMs : undefined;
    }
    // A count that the operator wrote is taken literally, also by the last deployment of a group.
    if (this.#overCount(now, kind) || blame === "credential") return forMs;
    return blame === "load" && asked > 0 ? asked : undefined;
  }

  /** Whether the operator wrote how many failures are allowed: that is taken literally. */
  get countsFailures(): boolean {
    return this.#rules.allowedFails !== undefined || this.#rules.allowedFailsPolicy !== undefined;
  }

  #overCount(now: number, kind: ErrorKind): boolean {
    const recent = this.#recent(now);
    recent.push({ at: now, kind });
    this.#failures = recent;
    const policy = this.#rules.allowedFailsPolicy;
    if (policy !== undefined) {
      for (const name of policyClasses(kind)) {
        const allowed = policy[name as keyof AllowedFailsPolicy];
        if (allowed === undefined) continue;
        return recent.filter((failure) => policyClasses(failure.kind).includes(name)).length > allowed;
      }
    }
    return recent.length > (this.#rules.allowedFails ?? 3);
  }

  /** Failures of the last minute, bounded by the largest count that can matter. */
  #recent(now: number): { readonly at: number; readonly kind: ErrorKind }[] {
    return this.#failures.filter(({ at }) => at > now - minuteMs && !wentBack(at, now)).slice(-10_000);
  }
}
