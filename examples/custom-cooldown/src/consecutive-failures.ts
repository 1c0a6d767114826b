import { type CooldownPolicy, errorKinds } from "@modelyard/core";
import type {
  Cooldown,
  CooldownFailure,
  CooldownGroup,
  CooldownSettings,
  CooldownWatch,
  SharedCooldown,
} from "@modelyard/core/kit";

export interface ConsecutiveFailuresOptions {
  /** Number of failures in a row that starts a cooldown. @defaultValue 3 */
  readonly failures?: number;
}

const minuteMs = 60_000;

/** Starts a cooldown after a number of failures in a row. After each failed probe, the cooldown is twice as long. */
export function consecutiveFailures({ failures = 3 }: ConsecutiveFailuresOptions = {}): CooldownPolicy {
  if (!Number.isInteger(failures) || failures < 1)
    throw new RangeError(`consecutiveFailures.failures: ${String(failures)} is not a whole number above 0.`);
  return { name: "consecutive-failures", watch: (_deployment, settings) => new Watch(failures, settings) };
}

class Watch implements CooldownWatch {
  readonly #allowed: number;
  #settings: CooldownSettings;
  /** Times of the failures since the last success, in milliseconds since the epoch. */
  #failedAt: number[] = [];
  #failedProbes = 0;

  constructor(allowed: number, settings: CooldownSettings) {
    this.#allowed = allowed;
    this.#settings = settings;
  }

  configure(settings: CooldownSettings): void {
    this.#settings = settings;
  }

  failures(now: number): number {
    return this.#failedAt.filter((at) => at > now - minuteMs).length;
  }

  succeeded(): boolean {
    this.#failedAt = [];
    this.#failedProbes = 0;
    return true;
  }

  failed({ now, kind, retryAfterMs = 0, probe, group }: CooldownFailure): Cooldown | undefined {
    const { blame } = errorKinds[kind];
    // A failure caused by the request, its caller or the router says nothing about the deployment.
    if (blame === "request" || blame === "caller" || blame === "router") return undefined;
    this.#failedAt = [...this.#failedAt, now].slice(-this.#allowed);
    if (!this.#mayCool(group)) return undefined;
    if (probe) this.#failedProbes += 1;
    else if (this.#failedAt.length < this.#allowed) return undefined;
    const { cooldownMs, maxCooldownMs } = this.#settings;
    const forMs = Math.max(cooldownMs * 2 ** this.#failedProbes, retryAfterMs);
    return { forMs: Math.min(forMs, Math.max(cooldownMs, maxCooldownMs)), probe: true };
  }

  shared({ remainingMs, group }: SharedCooldown): Cooldown | undefined {
    const forMs = Math.min(remainingMs, this.#settings.maxCooldownMs);
    return this.#mayCool(group) && forMs > 0 ? { forMs, probe: false } : undefined;
  }

  #mayCool({ fallback, siblings }: CooldownGroup): boolean {
    return !this.#settings.disabled && this.#settings.cooldownMs > 0 && (fallback || siblings > 0);
  }
}
