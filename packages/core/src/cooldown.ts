import type { AllowedFailsPolicy } from "./config.js";
import type { Deployment } from "./deployment.js";
import type { ErrorKind } from "./errors/kinds.js";

/** The settings for cooldowns that apply to one deployment. */
export interface CooldownSettings {
  /**
   * The failures within a minute that are allowed, except of classes in the policy. `undefined`: they are not counted.
   */
  readonly allowedFails: number | undefined;
  readonly allowedFailsPolicy: AllowedFailsPolicy | undefined;
  /** How long a cooldown lasts, in milliseconds; 0: the deployment never cools down. */
  readonly cooldownMs: number;
  /** The longest cooldown that a `Retry-After` can ask for, in milliseconds. A longer `cooldownMs` wins. */
  readonly maxCooldownMs: number;
  /** Whether cooldowns are turned off. */
  readonly disabled: boolean;
}

/** The alternatives to a deployment at the time of a failure. */
export interface CooldownGroup {
  /** Whether the request could go on to another group. */
  readonly fallback: boolean;
  /** Other deployments that the request could use. */
  readonly siblings: number;
  /** Deployments in the deployment's own model group, itself included. */
  readonly size: number;
  /** How many other deployments of its model group are in cooldown because they failed. Counted when it is called. */
  cooling(): number;
}

/** A failed attempt, which the caller did not cause. */
export interface CooldownFailure {
  /** Milliseconds since the Unix epoch. The only clock a policy has. */
  readonly now: number;
  readonly kind: ErrorKind;
  /** The wait that the vendor asked for, in milliseconds; `undefined`: none. */
  readonly retryAfterMs: number | undefined;
  /** Whether the attempt was the probe that tests whether the deployment has recovered. */
  readonly probe: boolean;
  /** The end of the cooldown in force. 0: none is. Starting a shorter one changes nothing. */
  readonly until: number;
  readonly group: CooldownGroup;
}

/** A cooldown that another process started for the same deployment. */
export interface SharedCooldown {
  readonly now: number;
  /** The time that is left of it, in milliseconds. May be negative or absurd. */
  readonly remainingMs: number;
  /** `shared`: the other process gave a reason that this version does not know. */
  readonly reason: ErrorKind | "shared";
  readonly group: CooldownGroup;
}

/** The decision that a deployment cools down. */
export interface Cooldown {
  /** The duration in milliseconds from now. The router limits it to one day. 0 or less: none is started. */
  readonly forMs: number;
  /**
   * Whether a probe has to succeed before the deployment gets its share again. Not needed for limits, which pass.
   */
  readonly probe: boolean;
}

/** Follows one deployment. Its methods must not throw, and must not use a clock other than their arguments. */
export interface CooldownWatch {
  /**
   * An attempt failed. Called for every failure that the caller did not cause, including failures that say nothing
   * about the deployment (see `errorKinds`) and those during a cooldown.
   * @returns the cooldown that it starts or extends; `undefined`: none
   */
  failed(failure: CooldownFailure): Cooldown | undefined;
  /**
   * An attempt succeeded. Called for every success, so it must be quick.
   * @param probe - whether it was the probe
   * @returns whether a probe brings the deployment back; for `false` another probe follows. Ignored for other attempts
   */
  succeeded(now: number, probe: boolean): boolean;
  /**
   * Another process started a cooldown.
   * @returns for how long this process respects it; `undefined`: not at all
   */
  shared(cooldown: SharedCooldown): Cooldown | undefined;
  /** The failures within the last minute that count, for `router.state()`. */
  failures(now: number): number;
  /** Applies new settings. What is known about the deployment is kept. */
  configure(settings: CooldownSettings): void;
}

/**
 * Decides when a deployment cools down, and for how long: what failures, successes and probes mean, which alternatives
 * count, how much of a group may cool down at once, and how far to respect the cooldowns of other processes. The rest
 * is the same for all policies: a deployment in cooldown is not picked, the longer of two cooldowns applies, and at
 * most one probe is in flight at a time.
 */
export interface CooldownPolicy {
  /** Used in logs, e.g. `failure-rate`. */
  readonly name: string;
  /** Begins to follow a deployment. Called when it is first configured. */
  watch(deployment: Deployment, settings: CooldownSettings): CooldownWatch;
}
