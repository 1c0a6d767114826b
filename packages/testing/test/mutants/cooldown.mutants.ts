import { type CooldownPolicy, errorKinds } from "@modelyard/core";
import type {
  Cooldown,
  CooldownFailure,
  CooldownGroup,
  CooldownSettings,
  CooldownWatch,
  SharedCooldown,
} from "@modelyard/core/kit";
import { describeCooldownPolicy } from "../../src/conformance/cooldown.js";

const allowed = 3;

/** Cools down after three failures in a minute. */
class Counting implements CooldownWatch {
  failedAt: number[] = [];
  constructor(protected settings: CooldownSettings) {}

  configure(settings: CooldownSettings): void {
    this.settings = settings;
  }

  failures(now: number): number {
    return this.failedAt.filter((at) => at > now - 60_000).length;
  }

  succeeded(_now: number, probe: boolean): boolean {
    if (probe) this.failedAt = [];
    return true;
  }

  counts({ kind }: CooldownFailure): boolean {
    return !["request", "caller", "router"].includes(errorKinds[kind].blame);
  }

  mayCool({ fallback, siblings }: CooldownGroup): boolean {
    return !this.settings.disabled && this.settings.cooldownMs > 0 && (fallback || siblings > 0);
  }

  forMs({ retryAfterMs = 0 }: CooldownFailure): number {
    return Math.max(this.settings.cooldownMs, Math.min(retryAfterMs, this.settings.maxCooldownMs));
  }

  failed(failure: CooldownFailure): Cooldown | undefined {
    if (!this.counts(failure)) return undefined;
    this.failedAt.push(failure.now);
    if (!this.mayCool(failure.group)) return undefined;
    if (!failure.probe && this.failures(failure.now) < allowed) return undefined;
    return { forMs: this.forMs(failure), probe: true };
  }

  shared({ remainingMs, group }: SharedCooldown): Cooldown | undefined {
    if (!this.mayCool(group)) return undefined;
    return { forMs: Math.min(Math.max(0, remainingMs) || 0, this.settings.maxCooldownMs), probe: false };
  }
}

type Make = (settings: CooldownSettings) => CooldownWatch;
const policy = (make: Make): CooldownPolicy => ({ name: "counting", watch: (_, settings) => make(settings) });

let one: CooldownWatch | undefined;

const wrong: Readonly<Record<string, () => Make>> = {
  "never cools down": () => (settings) =>
    new (class extends Counting {
      override failed = (): undefined => undefined;
    })(settings),
  endless: () => (settings) =>
    new (class extends Counting {
      override forMs = (): number => Number.POSITIVE_INFINITY;
    })(settings),
  "for no time": () => (settings) =>
    new (class extends Counting {
      override forMs = (): number => 0;
    })(settings),
  "a number alone": () => (settings) =>
    new (class extends Counting {
      override failed = (failure: CooldownFailure): Cooldown | undefined => {
        const cooldown = super.failed(failure);
        return cooldown === undefined ? undefined : ({ forMs: cooldown.forMs } as Cooldown);
      };
    })(settings),
  "one for all deployments": () => (settings) => {
    one ??= new Counting(settings);
    return one;
  },
  "counts the caller's mistakes": () => (settings) =>
    new (class extends Counting {
      override counts = (): boolean => true;
    })(settings),
  "cools down the only one": () => (settings) =>
    new (class extends Counting {
      override mayCool = (): boolean => !this.settings.disabled && this.settings.cooldownMs > 0;
    })(settings),
  "knows no switch": () => (settings) =>
    new (class extends Counting {
      override mayCool = ({ fallback, siblings }: CooldownGroup): boolean => fallback || siblings > 0;
    })(settings),
  "keeps its first settings": () => (settings) =>
    new (class extends Counting {
      override configure = (): void => undefined;
    })(settings),
  "forgets with new settings": () => (settings) =>
    new (class extends Counting {
      override configure = (changed: CooldownSettings): void => {
        this.settings = changed;
        this.failedAt = [];
      };
    })(settings),
  "never as long as the vendor asks": () => (settings) =>
    new (class extends Counting {
      override forMs = (): number => this.settings.cooldownMs;
    })(settings),
  "as long as the vendor asks": () => (settings) =>
    new (class extends Counting {
      override forMs = ({ retryAfterMs = 0 }: CooldownFailure): number =>
        Math.max(this.settings.cooldownMs, Math.min(retryAfterMs, 86_400_000));
    })(settings),
  "forgives a failed probe": () => (settings) =>
    new (class extends Counting {
      override failed = (failure: CooldownFailure): Cooldown | undefined =>
        failure.probe ? undefined : super.failed(failure);
    })(settings),
  "remembers what a probe disproved": () => (settings) =>
    new (class extends Counting {
      override succeeded = (): boolean => true;
    })(settings),
  "never restores": () => (settings) =>
    new (class extends Counting {
      override succeeded = (): boolean => false;
    })(settings),
  "longer than the other process": () => (settings) =>
    new (class extends Counting {
      override shared = (): Cooldown => ({ forMs: 5_000, probe: false });
    })(settings),
  "believes the other process": () => (settings) =>
    new (class extends Counting {
      override shared = (cooldown: SharedCooldown): Cooldown | undefined =>
        super.shared(cooldown) === undefined ? undefined : { forMs: cooldown.remainingMs, probe: false };
    })(settings),
  "counts nothing": () => (settings) =>
    new (class extends Counting {
      override failures = (now: number): number => (super.failures(now) < allowed ? 0 : allowed);
    })(settings),
  "counts all that ever was": () => (settings) =>
    new (class extends Counting {
      override failures = (): number => this.failedAt.length;
    })(settings),
  "by the clock": () => (settings) =>
    new (class extends Counting {
      override forMs = (failure: CooldownFailure): number => super.forMs(failure) + (Date.now() < 0 ? 1 : 0);
    })(settings),
  "at random": () => (settings) =>
    new (class extends Counting {
      override forMs = (failure: CooldownFailure): number => super.forMs(failure) + (Math.random() > 2 ? 1 : 0);
    })(settings),
  "changes the failure": () => (settings) =>
    new (class extends Counting {
      override failed = (failure: CooldownFailure): Cooldown | undefined => {
        Object.assign(failure, { kind: "internal_server" });
        return super.failed(failure);
      };
    })(settings),
};

describeCooldownPolicy("right: a cooldown policy", { create: () => policy((settings) => new Counting(settings)) });
describeCooldownPolicy("wrong: a name with a space", {
  create: () => ({ ...policy((settings) => new Counting(settings)), name: "my policy" }),
});
for (const [name, make] of Object.entries(wrong))
  describeCooldownPolicy(`wrong: ${name}`, { create: () => policy(make()) });
