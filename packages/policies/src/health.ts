import { type CooldownPolicy, type Deployment, type ErrorKind, errorKinds } from "@modelyard/core";
import {
  boundedWait,
  type CooldownFailure,
  type CooldownGroup,
  type CooldownSettings,
  type CooldownWatch,
  wentBack,
} from "@modelyard/core/kit";

/** The settings for cooldowns of one deployment. */
export interface HealthSettings extends CooldownSettings {
  /** How long a recovered deployment takes to get its full share of the traffic back, in milliseconds. 0: at once. */
  readonly slowStartMs: number;
}

/** A cooldown that a failure has started or extended. */
export interface StartedCooldown {
  readonly until: number;
  readonly reason: ErrorKind;
  /** The number of cooldowns in a row, including those after failed probes. */
  readonly times: number;
}

/**
 * `cooling`: in cooldown. `quarantined`: in cooldown because of its credentials. `probe_due`: the cooldown has ended,
 * and the next call is the probe. `probing`: the probe is in flight. `recovering`: gets calls again, with a growing
 * share.
 */
export type HealthStatus = "healthy" | "cooling" | "quarantined" | "probe_due" | "probing" | "recovering";

/** The smallest share of the traffic that a recovering deployment gets. */
const leastShare = 0.1;

/**
 * The health of one deployment: healthy, in cooldown, being probed, or recovering. A policy decides when a cooldown
 * starts; this class guarantees what holds for cooldowns under any policy. It reads no clock: the time is an argument.
 */
export class DeploymentHealth {
  readonly #watch: CooldownWatch;
  #reason: ErrorKind | "shared" | undefined;
  #rampFrom = 0;
  #slowStartMs: number;
  #cooldownMs: number;
  /** End and beginning of the latest cooldown, in milliseconds since the epoch. */
  #until = 0;
  #since = 0;
  /** Whether the cooldown only ends with a successful probe. */
  #mustProve = false;
  #times = 0;
  #probing = false;

  constructor(policy: CooldownPolicy, deployment: Deployment, settings: HealthSettings) {
    this.#watch = policy.watch(deployment, settings);
    this.#slowStartMs = settings.slowStartMs;
    this.#cooldownMs = settings.cooldownMs;
  }

  /** Replaces the settings. What is known about the deployment is kept. */
  configure(settings: HealthSettings): void {
    this.#watch.configure(settings);
    this.#slowStartMs = settings.slowStartMs;
    this.#cooldownMs = settings.cooldownMs;
  }

  /** Whether the deployment is simply healthy, so that any call is admitted. */
  get plain(): boolean {
    return this.#reason === undefined && this.#rampFrom === 0;
  }

  /** Shortest duration of a cooldown, in milliseconds. 0: there are no cooldowns. */
  get cooldownMs(): number {
    return this.#cooldownMs;
  }

  get reason(): ErrorKind | "shared" | undefined {
    return this.#reason;
  }

  /** End of the cooldown, in milliseconds since the epoch. 0: it is not in cooldown. */
  get until(): number {
    return this.#reason === undefined ? 0 : this.#until;
  }

  /**
   * Whether it is in cooldown, or being probed, because the vendor failed and not because of a limit or a credential.
   */
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

  /** Number of failures in the last minute that count. */
  failures(now: number): number {
    return this.#watch.failures(now);
  }

  /**
   * Whether the deployment takes this call. A recovering deployment takes a growing share of the calls.
   * @param random - uniform in [0, 1)
   */
  admits(now: number, random: number): boolean {
    if (this.#reason !== undefined) return this.isOpen(now);
    if (this.#rampFrom === 0) return true;
    const grown = (now - this.#rampFrom) / this.#slowStartMs;
    if (grown >= 1 || wentBack(this.#rampFrom, now)) {
      this.#rampFrom = 0;
      this.#times = 0;
      return true;
    }
    return random < Math.max(leastShare, grown);
  }

  /** Whether the deployment can take one more call: it is not in cooldown, and no probe is in flight. */
  isOpen(now: number): boolean {
    return this.#reason === undefined || (!this.#cools(now) && !(this.#mustProve && this.#probing));
  }

  /** Records that a call begins. Check {@link DeploymentHealth.isOpen} first. @returns whether the call is the probe */
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

  /** Records a success. @returns whether the deployment has recovered by it */
  succeed(now: number, probe: boolean): boolean {
    if (probe) this.#probing = false;
    // The probe does not end a cooldown that began after it was sent.
    const proves = probe && !this.#cools(now);
    const restores = this.#watch.succeeded(now, proves);
    if (!proves || !restores) return false;
    this.#reason = undefined;
    this.#rampFrom = this.#slowStartMs > 0 ? now : 0;
    if (this.#rampFrom === 0) this.#times = 0;
    return true;
  }

  /** Records the end of a call that says nothing about the deployment, for example of an aborted one. */
  release(probe: boolean): void {
    if (probe) this.#probing = false;
  }

  /** Records a failure. @returns the cooldown that it starts or extends, if any */
  fail(failure: Omit<CooldownFailure, "probe" | "until">, probe: boolean): StartedCooldown | undefined {
    if (probe) this.#probing = false;
    const { now, kind } = failure;
    const until = this.#cools(now) ? this.#until : 0;
    const cooldown = this.#watch.failed({ ...failure, probe, until });
    const end = now + (boundedWait(cooldown?.forMs) ?? 0);
    if (cooldown === undefined || end <= now || end <= until) return undefined;
    if (until === 0) this.#times += 1;
    // A rate limit that extends the cooldown of a failure does not replace its probe.
    if (this.#reason === undefined || !this.#mustProve || cooldown.probe) {
      this.#reason = kind;
      this.#mustProve = cooldown.probe;
    }
    this.#begin(now, end);
    return { until: end, reason: kind, times: this.#times };
  }

  /**
   * Records a cooldown of another process. It only counts if it ends later than the one in force.
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

  /** Whether a cooldown is in force. If the clock was set back to before its beginning, it is not. */
  #cools(now: number): boolean {
    return this.#reason !== undefined && now < this.#until && !wentBack(this.#since, now);
  }
}
