import { type CooldownPolicy, type Deployment, type ErrorKind, errorKinds } from "@modelyard/core";
import {
  type Cooldown,
  type CooldownFailure,
  type CooldownGroup,
  type CooldownSettings,
  type CooldownWatch,
  longestWaitMs,
} from "@modelyard/core/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeCandidate } from "../candidates.js";
import { deepFreeze } from "./deep-freeze.js";
import { forbidClockAndRandom } from "./no-clock.js";

export interface CooldownSetup {
  /** Creates a fresh policy. Called once per test. */
  create(): CooldownPolicy;
  /** The most failures in a row, ten milliseconds apart, that are needed to start a cooldown. @defaultValue 100 */
  readonly mostFailures?: number;
}

const start = Date.UTC(2026, 0, 1);
const settings: CooldownSettings = {
  allowedFails: undefined,
  allowedFailsPolicy: undefined,
  cooldownMs: 5_000,
  maxCooldownMs: 600_000,
  disabled: false,
};
const group: CooldownGroup = { fallback: true, siblings: 1, size: 2, cooling: () => 0 };
const alone: CooldownGroup = { fallback: false, siblings: 0, size: 1, cooling: () => 0 };

const failure = (more: Partial<CooldownFailure> = {}): CooldownFailure => ({
  now: start,
  kind: "internal_server",
  retryAfterMs: undefined,
  probe: false,
  until: 0,
  group,
  ...more,
});

/** Kinds of failure that say nothing about the deployment. */
const others = (Object.keys(errorKinds) as ErrorKind[]).filter((kind) =>
  ["request", "caller", "router"].includes(errorKinds[kind].blame),
);

function deployment(id: string): Deployment {
  return makeCandidate({ id }).deployment;
}

/** Tests every promise of the `CooldownPolicy` contract. */
export function describeCooldownPolicy(name: string, { create, mostFailures = 100 }: CooldownSetup): void {
  const watch = (more: Partial<CooldownSettings> = {}): CooldownWatch =>
    create().watch(deployment("a"), { ...settings, ...more });

  /** Reports failures until a cooldown starts, at most {@link CooldownSetup.mostFailures} times. */
  function trip(watched: CooldownWatch, more: Partial<CooldownFailure> = {}) {
    const { now = start } = more;
    for (let count = 1; count <= mostFailures; count += 1) {
      const at = now + count * 10;
      const cooldown = watched.failed(failure({ ...more, now: at }));
      if (cooldown !== undefined) return { cooldown, count, at };
    }
    return undefined;
  }

  /** Reports failures of many kinds. @returns the cooldown that each of them starts */
  function history(watched: CooldownWatch): readonly (Cooldown | undefined)[] {
    const kinds: readonly ErrorKind[] = ["internal_server", "rate_limit", "timeout", "authentication", "bad_request"];
    return Array.from({ length: 40 }, (_, index) => {
      const now = start + index * 100;
      if (index % 7 === 3) watched.succeeded(now, false);
      const kind = kinds[index % kinds.length] ?? "internal_server";
      return watched.failed(failure({ now, kind, retryAfterMs: index % 3 === 0 ? 1_000 : undefined }));
    });
  }

  describe(`${name} as a CooldownPolicy`, () => {
    afterEach(() => {
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    });

    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]{1,100}$/u);
    });

    it("starts a cooldown of a finite duration after enough failures, and says whether it ends with a probe", () => {
      const tripped = trip(watch());
      expect(tripped).toBeDefined();
      expect(tripped?.cooldown.forMs).toBeGreaterThan(0);
      expect(tripped?.cooldown.forMs).toBeLessThanOrEqual(longestWaitMs);
      expect(typeof tripped?.cooldown.probe).toBe("boolean");
    });

    it("tracks each deployment separately", () => {
      const policy = create();
      const first = policy.watch(deployment("a"), settings);
      const second = policy.watch(deployment("b"), settings);
      const count = trip(policy.watch(deployment("c"), settings))?.count;
      trip(first);
      expect(second.failures(start + 1_000)).toBe(0);
      expect(trip(second)?.count).toBe(count);
    });

    it.each(others)("starts no cooldown for %s, which says nothing about the deployment", (kind) => {
      expect(trip(watch(), { kind })).toBeUndefined();
    });

    it("starts no cooldown if nothing else could serve", () => {
      for (const kind of ["internal_server", "rate_limit", "authentication"] as const)
        expect(trip(watch(), { kind, group: alone })).toBeUndefined();
      const shared = { now: start, remainingMs: 60_000, reason: "internal_server", group: alone } as const;
      expect(watch().shared(shared)).toBeUndefined();
    });

    it.each([{ disabled: true }, { cooldownMs: 0 }])("starts no cooldown with the settings %j", (off) => {
      const watched = watch(off);
      for (const kind of ["internal_server", "rate_limit", "authentication"] as const)
        expect(trip(watched, { kind, retryAfterMs: 9_000 })).toBeUndefined();
      expect(watched.shared({ now: start, remainingMs: 60_000, reason: "rate_limit", group })).toBeUndefined();
    });

    it("accepts new settings and keeps its counts", () => {
      const watched = watch();
      const { count = 0 } = trip(watch()) ?? {};
      for (let made = 1; made < count; made += 1) watched.failed(failure({ now: start + made * 10 }));
      watched.configure({ ...settings, maxCooldownMs: 500_000 });
      expect(watched.failed(failure({ now: start + count * 10 }))).toBeDefined();
      watched.configure({ ...settings, disabled: true });
      expect(trip(watched, { now: start + 10_000 })).toBeUndefined();
    });

    it("lasts at least as long as the vendor asks, up to maxCooldownMs", () => {
      for (const retryAfterMs of [60_000, 590_000]) {
        const cooldown = trip(watch(), { kind: "rate_limit", retryAfterMs })?.cooldown;
        expect(cooldown?.forMs ?? retryAfterMs).toBeGreaterThanOrEqual(retryAfterMs);
      }
      const longest = trip(watch(), { kind: "rate_limit", retryAfterMs: 1e15 })?.cooldown;
      expect(longest?.forMs ?? 0).toBeLessThanOrEqual(settings.maxCooldownMs);
    });

    it("starts another cooldown when the probe fails", () => {
      const watched = watch();
      const at = (trip(watched)?.at ?? start) + 10_000;
      const again = watched.failed(failure({ now: at, probe: true }));
      expect(again?.forMs).toBeGreaterThan(0);
    });

    it("resets its counts once a probe has succeeded", () => {
      const watched = watch();
      const { count, at = start } = trip(watched) ?? {};
      for (let probes = 0; probes < 20; probes += 1) if (watched.succeeded(at + 20_000 + probes, true)) break;
      expect(trip(watched, { now: at + 20_020 })?.count).toBe(count);
    });

    it("restores the deployment after at most 20 successful probes", () => {
      const watched = watch();
      const { at = start } = trip(watched) ?? {};
      const results = Array.from({ length: 20 }, (_, index) => watched.succeeded(at + 20_000 + index, true));
      expect(results).toContain(true);
    });

    it("limits a cooldown of another process to its remaining time", () => {
      const cooldown = watch().shared({ now: start, remainingMs: 4_000, reason: "rate_limit", group });
      expect(cooldown?.forMs ?? 0).toBeLessThanOrEqual(4_000);
      for (const remainingMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
        const odd = watch().shared({ now: start, remainingMs, reason: "shared", group })?.forMs ?? 0;
        expect(odd).toBeGreaterThanOrEqual(0);
        expect(odd).toBeLessThanOrEqual(longestWaitMs);
      }
    });

    it("counts the failures of the last minute", () => {
      const watched = watch();
      expect(watched.failures(start)).toBe(0);
      watched.failed(failure());
      expect(watched.failures(start + 1)).toBe(1);
      watched.failed(failure({ kind: "bad_request", now: start + 1 }));
      expect(watched.failures(start + 1)).toBe(1);
      expect(watched.failures(start + 120_000)).toBe(0);
    });

    it("makes the same decisions again for the same events, without a clock or random numbers", () => {
      const first = history(watch());
      forbidClockAndRandom("a cooldown policy must not use a clock or random numbers");
      expect(history(watch())).toEqual(first);
    });

    it("does not change its arguments", () => {
      const policy = create();
      const watched = policy.watch(deepFreeze(deployment("a")), deepFreeze({ ...settings }));
      const frozen = Object.freeze({ ...group });
      for (let count = 0; count < mostFailures; count += 1)
        watched.failed(Object.freeze(failure({ now: start + count, group: frozen })));
      watched.shared(Object.freeze({ now: start, remainingMs: 1_000, reason: "shared", group: frozen }));
      watched.configure(deepFreeze({ ...settings }));
      expect(watched.failures(start + mostFailures)).toBeGreaterThanOrEqual(0);
    });
  });
}
