import {
  boundedWait,
  type CooldownFailure,
  type CooldownGroup,
  type CooldownPolicy,
  type CooldownSettings,
  type CooldownWatch,
  type Deployment,
  type ErrorKind,
  errorKinds,
  wentBack,
} from "@modelyard/core";

/** What is configured about the health of one deployment. */
export interface HealthSettings extends CooldownSettings {
  /** Milliseconds over which the share of the traffic grows back after a cooldown; 0: at once. */
  readonly slowStartMs: number;
}

/** A cooldown that has just begun, or was extended. */
export interface StartedCooldown {
  readonly until: number;
  readonly reason: ErrorKind;
  /** How often in a row, failed probes included. */
  readonly times: number;
}

/**
 * `cooling`: in cooldown; `quarantined`: the same, for its credentials. `probe_due`: the cooldown is over, and the next
 * call is the probe. `probing`: that call is out. `recovering`: served again, with a growing share.
 */
export type HealthStatus = "healthy" | "cooling" | "quarantined" | "probe_due" | "probing" | "recovering";

/** The least share of the traffic that a recovering deployment gets. */
const leastShare = 0.1;

/**
 * The health of one deployment: healthy, in cooldown until a time, on probation with one call out, or coming back slowly.
 * A policy decides when it cools down; this keeps the promises about cooldowns, whatever the policy. Reads no clock.
 */
export class DeploymentHealth {
  readonly #watch: CooldownWatch;
  #reason: ErrorKind | "shared" | undefined;
  #rampFrom = 0;
  #slowStartMs: number;
  #cooldownMs: number;
  /** End of the last cooldown, and when it began. */
  #until = 0;
  #since = 0;
  /** Whether a probe has to succeed after the cooldown. */
  #mustProve = false;
  #times = 0;
  #probing = false;

  constructor(policy: CooldownPolicy, deployment: Deployment, settings: HealthSettings) {
    this.#watch = policy.watch(deployment, settings);
    this.#slowStartMs = settings.slowStartMs;
    this.#cooldownMs = settings.cooldownMs;
  }

  /** Takes new settings; what is known of the deployment stays. */
  configure(settings: HealthSettings): void {
    this.#watch.configure(settings);
    this.#slowStartMs = settings.slowStartMs;
    this.#cooldownMs = settings.cooldownMs;
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

  /** Milliseconds since the epoch; 0 when it is not in cooldown. */
  get until(): number {
    return this.#reason === undefined ? 0 : this.#until;
  }

  /** In cooldown because it failed, not because it is at a limit; until it is back, so also while it is probed. */
  get coolingForFailure(): boolean {
    if (this.#reason === undefined || this.#reason === "shared") return false;
    const { blame } = errorKinds[this.#reason];
    return blame === "upstream" || blame === "transport";
  }

  status(now: number): HealthStatus {
    if (this.#reason === undefined) return this.#rampFrom === 0 ? "healthy" : "recovering";
    if (!this.#cools(now)) return this.#probing ? "probing" : "probe_due";
    return this.#reason !== "shared" && errorKinds[this.#reason].blame === "credential" ? "quarantined" : "cooling";
  }

  /** Failures within the last minute that count. */
  failures(now: number): number {
    return this.#watch.failures(now);
  }

  /**
   * Whether a call may go there now. A deployment that is coming back takes a growing share.
   * @param chance - uniform in [0, 1)
   */
  admits(now: number, chance: number): boolean {
    if (this.#reason !== undefined) return this.isOpen(now);
    if (this.#rampFrom === 0) return true;
    const grown = (now - this.#rampFrom) / this.#slowStartMs;
    if (grown >= 1 || wentBack(this.#rampFrom, now)) {
      this.#rampFrom = 0;
      this.#times = 0;
      return true;
    }
    return chance < Math.max(leastShare, grown);
  }

  /** Whether one more call may go there: it is not in cooldown, and no probe is under way. */
  isOpen(now: number): boolean {
    return this.#reason === undefined || (!this.#cools(now) && !(this.#mustProve && this.#probing));
  }

  /** A call goes there; ask {@link DeploymentHealth.isOpen} first. @returns whether it is the probe */
  begin(now: number): boolean {
    if (this.#reason === undefined || this.#cools(now)) return false;
    if (!this.#mustProve) {
      this.#reason = undefined;
      this.#times = 0;
      return false;
    }
    this.#probing = true;
    return true;
  }

  /** @returns whether this brought the deployment back */
  succeed(now: number, probe: boolean): boolean {
    if (probe) this.#probing = false;
    // A cooldown that began after the probe did holds.
    const proves = probe && !this.#cools(now);
    const restores = this.#watch.succeeded(now, proves);
    if (!proves || !restores) return false;
    this.#reason = undefined;
    this.#rampFrom = this.#slowStartMs > 0 ? now : 0;
    if (this.#rampFrom === 0) this.#times = 0;
    return true;
  }

  /** A call ended without saying anything about the deployment. */
  release(probe: boolean): void {
    if (probe) this.#probing = false;
  }

  /** @returns the cooldown that this failure starts or extends */
  fail(failure: Omit<CooldownFailure, "probe" | "until">, probe: boolean): StartedCooldown | undefined {
    if (probe) this.#probing = false;
    const { now, kind } = failure;
    const until = this.#cools(now) ? this.#until : 0;
    const cooldown = this.#watch.failed({ ...failure, probe, until });
    const end = now + (boundedWait(cooldown?.forMs) ?? 0);
    if (cooldown === undefined || end <= now || end <= until) return undefined;
    if (until === 0) this.#times += 1;
    // A limit that lasts longer does not hide a fault: what failed still has to be probed.
    if (this.#reason === undefined || !this.#mustProve || cooldown.probe) {
      this.#reason = kind;
      this.#mustProve = cooldown.probe;
    }
    this.#begin(now, end);
    return { until: end, reason: kind, times: this.#times };
  }

  /**
   * A cooldown that another process started; only a later end than the one in force counts.
   * @returns whether it changed anything
   */
  coolDownShared(until: number, reason: ErrorKind | "shared", now: number, group: CooldownGroup): boolean {
    const cooldown = this.#watch.shared({ now, remainingMs: until - now, reason, group });
    const end = now + (boundedWait(cooldown?.forMs) ?? 0);
    if (cooldown === undefined || end <= now || (this.#cools(now) && end <= this.#until)) return false;
    if (this.#reason === undefined) {
      this.#reason = reason;
      this.#mustProve = cooldown.probe;
    }
    this.#begin(now, end);
    return true;
  }

  #begin(now: number, until: number): void {
    this.#until = until;
    this.#since = now;
    this.#rampFrom = 0;
  }

  /** Whether a cooldown is in force. A clock that was set back to before it began ends it. */
  #cools(now: number): boolean {
    return this.#reason !== undefined && now < this.#until && !wentBack(this.#since, now);
  }
}
