import type { ErrorKind } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { fail as failWith, type Failing, healthOf, settings } from "../test/support/health-of.js";
import type { DeploymentHealth, HealthSettings } from "./health.js";

const start = Date.UTC(2026, 0, 1);
const rules: HealthSettings = { ...settings, slowStartMs: 10_000 };

describe("DeploymentHealth", () => {
  const fail = (
    health: DeploymentHealth,
    at: number,
    kind: ErrorKind = "internal_server",
    more: Partial<Failing> = {},
  ) => failWith(health, { now: at, kind, ...more });

  it("starts a cooldown when more than half of at least five calls in a minute failed", () => {
    const health = healthOf(rules);
    health.succeed(start, false);
    health.succeed(start, false);
    expect([fail(health, start), fail(health, start)]).toEqual([undefined, undefined]);
    expect(fail(health, start)).toMatchObject({ until: start + 5_000, times: 1 });
    const even = healthOf(rules);
    for (let count = 0; count < 3; count += 1) even.succeed(start, false);
    for (let count = 0; count < 3; count += 1) expect(fail(even, start)).toBeUndefined();
  });

  it("starts a cooldown at the failure after allowedFails, whatever the rate", () => {
    const health = healthOf({ ...rules, allowedFails: 3 });
    for (let count = 0; count < 3; count += 1) expect(fail(health, start + count * 1_000)).toBeUndefined();
    expect(fail(health, start + 4_000)).toBeDefined();
    const slow = healthOf({ ...rules, allowedFails: 3 });
    for (let count = 0; count < 10; count += 1) expect(fail(slow, start + count * 20_000)).toBeUndefined();
  });

  it("counts failures per class if a policy names the class", () => {
    const health = healthOf({ ...rules, allowedFailsPolicy: { RateLimitError: 1 } });
    expect(fail(health, start, "rate_limit")).toBeUndefined();
    expect(fail(health, start, "internal_server")).toBeUndefined();
    expect(fail(health, start, "rate_limit")).toBeDefined();
  });

  it.each(["rate_limit", "authentication", "not_found"] as const)(
    "starts a cooldown at the first %s if there is an alternative",
    (kind) => {
      expect(fail(healthOf(rules), start, kind)).toBeDefined();
      expect(fail(healthOf(rules), start, kind, { alternatives: false })).toBeUndefined();
    },
  );

  it.each(["bad_request", "context_window_exceeded", "content_policy_violation", "aborted"] as const)(
    "does not count %s",
    (kind) => {
      const health = healthOf(rules);
      for (let count = 0; count < 20; count += 1) expect(fail(health, start, kind)).toBeUndefined();
      expect(health.failures(start)).toBe(0);
    },
  );

  it("honors a Retry-After longer than the cooldown, and never shortens a cooldown", () => {
    const health = healthOf(rules);
    expect(fail(health, start, "rate_limit", { retryAfterMs: 20_000 })?.until).toBe(start + 20_000);
    expect(fail(health, start + 1_000, "rate_limit")).toBeUndefined();
    expect(health.until).toBe(start + 20_000);
  });

  it("admits no call during a cooldown", () => {
    const health = healthOf(rules);
    fail(health, start, "rate_limit");
    for (let ms = 0; ms < 5_000; ms += 1) expect(health.admits(start + ms, 0)).toBe(false);
    expect(health.admits(start + 5_000, 0.99)).toBe(true);
  });

  it("admits one probe after the cooldown, starts another cooldown if it fails, and a slow start if it succeeds", () => {
    const health = healthOf(rules);
    fail(health, start, "authentication");
    expect(health.status(start)).toBe("quarantined");
    const back = start + 5_000;
    expect(health.admits(back, 0)).toBe(true);
    expect(health.begin(back)).toBe(true);
    expect(health.admits(back, 0)).toBe(false);
    const again = failWith(health, { now: back, kind: "authentication" }, true);
    expect(again).toMatchObject({ until: back + 5_000, times: 2 });
    expect(health.begin(back + 5_000)).toBe(true);
    expect(health.succeed(back + 5_000, true)).toBe(true);
    expect(health.status(back + 5_001)).toBe("recovering");
    expect([
      health.admits(back + 10_000, 0.4),
      health.admits(back + 10_000, 0.6),
      health.admits(back + 15_000, 0.99),
    ]).toEqual([true, false, true]);
  });

  it("admits another probe if the first was aborted", () => {
    const health = healthOf(rules);
    fail(health, start, "authentication");
    health.begin(start + 5_000);
    health.release(true);
    expect(health.admits(start + 5_000, 0)).toBe(true);
  });

  it("starts no cooldown if cooldowns are off or half of the group is in cooldown", () => {
    for (const off of [
      { ...rules, disabled: true },
      { ...rules, cooldownMs: 0 },
    ]) {
      const health = healthOf(off);
      for (let count = 0; count < 20; count += 1)
        expect(fail(health, start, "rate_limit", { retryAfterMs: 9_000 })).toBeUndefined();
    }
    expect(fail(healthOf({ ...rules, cooldownMs: 0 }), start, "rate_limit")).toBeUndefined();
    const full = healthOf(rules);
    for (let count = 0; count < 9; count += 1)
      expect(fail(full, start, "internal_server", { room: false })).toBeUndefined();
    expect(fail(full, start, "rate_limit", { room: false })).toBeDefined();
  });
});
