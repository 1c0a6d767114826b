import type { ErrorKind } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { fail as failWith, groupWith, healthOf, settings } from "../test/support/health-of.js";
import type { DeploymentHealth, HealthSettings } from "./health.js";

const start = Date.UTC(2026, 0, 1);
const cooldownMs = 5_000;
const of = healthOf;

interface Failing {
  readonly at?: number;
  readonly kind?: ErrorKind;
  readonly retryAfterMs?: number | undefined;
  readonly probe?: boolean;
  readonly room?: boolean;
}

function fail(
  health: DeploymentHealth,
  { at = start, kind = "authentication", retryAfterMs, probe, room = true }: Failing = {},
) {
  return failWith(health, { now: at, kind, retryAfterMs, room }, probe === true);
}

/** Starts a cooldown by a failure and sends the probe. @returns when the probe was sent */
function probed(health: DeploymentHealth): number {
  fail(health);
  expect(health.begin(start + cooldownMs)).toBe(true);
  return start + cooldownMs;
}

describe("the duration of a cooldown", () => {
  const trips: readonly (readonly [string, Partial<HealthSettings>, (health: DeploymentHealth) => void, Failing])[] = [
    ["fails at once", {}, () => undefined, {}],
    [
      "fails too often",
      {},
      (health) => {
        for (let count = 0; count < 4; count += 1) fail(health, { kind: "internal_server" });
      },
      { kind: "internal_server" },
    ],
    ["exceeds allowedFails", { allowedFails: 0 }, () => undefined, { kind: "internal_server" }],
    ["has an invalid key, even if failures are allowed", { allowedFails: 9 }, () => undefined, {}],
  ];

  it.each(trips)("is the longer of cooldownMs and Retry-After for a deployment that %s", (_, more, before, failing) => {
    const until = (retryAfterMs: number | undefined) => {
      const health = of(more);
      before(health);
      return fail(health, { ...failing, retryAfterMs })?.until;
    };
    expect([undefined, 1_000, 60_000].map(until)).toEqual([start + 5_000, start + 5_000, start + 60_000]);
  });

  it.each([
    [undefined, 5_000],
    [1_000, 5_000],
    [60_000, 60_000],
  ])("is the same after each failed probe, with a Retry-After of %j ms", (retryAfterMs, ms) => {
    const health = of();
    let at = probed(health);
    for (let times = 2; times < 9; times += 1) {
      expect(fail(health, { at, retryAfterMs, probe: true })).toMatchObject({ until: at + ms, times });
      at += ms;
      expect(health.begin(at)).toBe(true);
    }
  });

  it.each([
    ["rate_limit", 3_600_000],
    ["internal_server", 3_600_000],
    ["authentication", 86_400_000],
    ["permission_denied", 86_400_000],
    ["quota_exhausted", 86_400_000],
  ] as const)("has an upper bound for any Retry-After: %s, %d ms", (kind, longest) => {
    for (const retryAfterMs of [1e9, 1e21, 1e300, Number.POSITIVE_INFINITY])
      expect(fail(of({ allowedFails: 0 }), { kind, retryAfterMs })?.until).toBe(start + longest);
    for (const retryAfterMs of [0, -1, -1e300, Number.NaN, Number.NEGATIVE_INFINITY])
      expect(fail(of({ allowedFails: 0 }), { kind, retryAfterMs })?.until).toBe(start + cooldownMs);
  });

  it("is as configured, even above the bound for Retry-After, and at most one day", () => {
    expect(fail(of({ cooldownMs: 7_200_000 }), { retryAfterMs: 1e9 * 1e9, kind: "rate_limit" })?.until).toBe(
      start + 7_200_000,
    );
    expect(fail(of({ cooldownMs: 1e300 }))?.until).toBe(start + 86_400_000);
    expect(fail(of({ maxCooldownMs: 1e300 }), { retryAfterMs: 1e300, kind: "rate_limit" })?.until).toBe(
      start + 86_400_000,
    );
  });

  it("is the vendor's wait after a rate limit if failures are allowed", () => {
    const until = (kind: ErrorKind, retryAfterMs?: number) =>
      fail(of({ allowedFails: 9 }), { kind, retryAfterMs })?.until;
    expect(until("rate_limit", 700)).toBe(start + 700);
    expect(until("rate_limit", 0)).toBeUndefined();
    expect(until("rate_limit")).toBeUndefined();
    expect(until("internal_server", 700)).toBeUndefined();
  });

  it("is only extended by failures during the cooldown, which count as one cooldown", () => {
    const health = of();
    expect(fail(health)?.times).toBe(1);
    expect(fail(health, { at: start })).toBeUndefined();
    expect(fail(health, { at: start + 1 })).toMatchObject({ until: start + cooldownMs + 1, times: 1 });
  });

  it("follows the latest rules", () => {
    const health = of();
    health.configure({ ...settings, cooldownMs: 7_000 });
    expect(fail(health)?.until).toBe(start + 7_000);
    health.configure({ ...settings, cooldownMs: 9_000 });
    expect(fail(health)?.until).toBe(start + 9_000);
    const off = of();
    off.configure({ ...settings, disabled: true });
    expect(fail(off)).toBeUndefined();
  });
});

describe("a group with half of its deployments in cooldown", () => {
  it.each(["internal_server", "timeout"] as const)("starts no further cooldown by the rate of failures: %s", (kind) => {
    const rate = of();
    for (let count = 0; count < 9; count += 1) expect(fail(rate, { kind, room: false })).toBeUndefined();
    expect(fail(rate, { kind })).toBeDefined();
    expect(fail(of(), { kind: "not_found", room: false })).toBeUndefined();
  });

  it.each([
    [{ allowedFails: 1 }],
    [{ allowedFailsPolicy: { InternalServerError: 1 } }],
    [{ allowedFails: 9, allowedFailsPolicy: { InternalServerError: 1 } }],
  ])("starts a cooldown for each deployment that exceeds the configured number of failures: %j", (more) => {
    const counted = of(more);
    expect(fail(counted, { kind: "internal_server", room: false })).toBeUndefined();
    expect(fail(counted, { kind: "internal_server", room: false })).toBeDefined();
  });

  it.each(["rate_limit", "authentication"] as const)(
    "starts a cooldown for each deployment that cannot serve: %s",
    (kind) => {
      expect(fail(of(), { kind, room: false })).toBeDefined();
      expect(fail(of({ allowedFails: 0 }), { kind, room: false })).toBeDefined();
    },
  );
});

describe("allowed failures by class", () => {
  it("are those for all classes where the policy does not name the class", () => {
    const health = of({ allowedFails: 2, allowedFailsPolicy: { RateLimitError: 9 } });
    for (let count = 0; count < 2; count += 1) expect(fail(health, { kind: "timeout" })).toBeUndefined();
    expect(fail(health, { kind: "timeout" })).toBeDefined();
  });

  it("are those of the parent class if the policy does not name the class itself", () => {
    const health = of({ allowedFails: 9, allowedFailsPolicy: { ServiceUnavailableError: 1 } });
    expect(fail(health, { kind: "overloaded" })).toBeUndefined();
    expect(fail(health, { kind: "overloaded" })).toBeDefined();
  });
});

describe("a deployment that has recovered", () => {
  it("is treated like one that never failed", () => {
    const health = of();
    const at = probed(health);
    expect(health.succeed(at, true)).toBe(true);
    expect([health.plain, health.until, health.status(at), health.admits(at, 0.99)]).toEqual([
      true,
      0,
      "healthy",
      true,
    ]);
    expect(fail(health, { at })).toMatchObject({ until: at + cooldownMs, times: 1 });
    expect(health.admits(at + cooldownMs, 0.99)).toBe(true);
    expect(health.begin(at + cooldownMs)).toBe(true);
  });

  it("starts with no failures counted", () => {
    const rate = of();
    for (let count = 0; count < 5; count += 1) fail(rate, { kind: "internal_server" });
    const at = rate.until;
    expect(rate.begin(at)).toBe(true);
    expect(rate.succeed(at, true)).toBe(true);
    for (let count = 0; count < 4; count += 1) expect(fail(rate, { at, kind: "internal_server" })).toBeUndefined();
    expect(fail(rate, { at, kind: "internal_server" })).toBeDefined();
    const counted = of({ allowedFails: 1 });
    for (let count = 0; count < 2; count += 1) fail(counted, { kind: "internal_server" });
    counted.begin(counted.until);
    // A call that was sent before the cooldown began.
    fail(counted, { at, kind: "internal_server" });
    expect(counted.succeed(at, true)).toBe(true);
    expect(fail(counted, { at, kind: "internal_server" })).toBeUndefined();
  });

  it("takes at least a tenth of its share during the slow start, and counts another cooldown if it fails then", () => {
    const slow = of({ slowStartMs: 10_000 });
    const at = probed(slow);
    slow.succeed(at, true);
    expect(slow.status(at)).toBe("recovering");
    expect([slow.admits(at + 10, 0.09), slow.admits(at + 10, 0.1)]).toEqual([true, false]);
    expect([slow.admits(at + 9_999, 0.9), slow.admits(at + 9_999, 0.999_95)]).toEqual([true, false]);
    expect(fail(slow, { at: at + 9_999 })?.times).toBe(2);
    // The new cooldown ends with a probe again, followed by another slow start.
    slow.succeed(slow.until, slow.begin(slow.until));
    expect(slow.status(at + 30_000)).toBe("recovering");
    const whole = of({ slowStartMs: 10_000 });
    whole.succeed(probed(whole), true);
    expect(whole.admits(at + 10_000, 0.999_95)).toBe(true);
    expect(whole.plain).toBe(true);
    expect(fail(whole, { at: at + 10_000 })?.times).toBe(1);
  });

  it("needs no probe and no slow start after a rate limit", () => {
    const health = of({ slowStartMs: 10_000 });
    fail(health, { kind: "rate_limit" });
    const at = start + cooldownMs;
    expect(health.begin(at)).toBe(false);
    expect([health.plain, health.status(at)]).toEqual([true, "healthy"]);
    expect(fail(health, { at })?.times).toBe(1);
    // A failure needs a probe, even after a cooldown that did not.
    expect(health.begin(at + cooldownMs)).toBe(true);
  });
});

describe("a probe", () => {
  it("stays in flight until it ends, whatever happens to earlier calls", () => {
    const health = of();
    const at = probed(health);
    health.release(false);
    expect(health.succeed(at, false)).toBe(false);
    expect(fail(health, { at, kind: "bad_request" })).toBeUndefined();
    expect([health.status(at), health.admits(at, 0), health.isOpen(at)]).toEqual(["probing", false, false]);
    fail(health, { at, kind: "bad_request", probe: true });
    expect([health.status(at), health.admits(at, 0), health.isOpen(at)]).toEqual(["probe_due", true, true]);
  });

  it("does not end a cooldown that began after it was sent", () => {
    const health = of();
    const at = probed(health);
    const second = fail(health, { at });
    expect(health.succeed(at + 1, true)).toBe(false);
    expect([health.status(at + 1), health.until]).toEqual(["quarantined", second?.until]);
    expect(health.begin(health.until)).toBe(true);
  });
});

describe("a cooldown set by another process", () => {
  it("lasts as long as the other process says, and is only extended", () => {
    const health = of({ slowStartMs: 10_000 });
    health.succeed(probed(health), true);
    const until = start + 20_000;
    expect(health.coolDownShared(until, "internal_server", start, groupWith())).toBe(true);
    expect([health.until, health.reason, health.status(until - 1)]).toEqual([until, "internal_server", "cooling"]);
    expect(health.coolDownShared(until, "rate_limit", start, groupWith())).toBe(false);
    expect(health.coolDownShared(until - 1, "rate_limit", start, groupWith())).toBe(false);
    expect([health.until, health.admits(until - 1, 0), health.admits(until, 0.99)]).toEqual([until, false, true]);
    expect(health.begin(until)).toBe(false);
    expect(health.plain).toBe(true);
  });

  it("applies even if its reason is unknown, and needs no probe", () => {
    const health = of();
    expect(health.coolDownShared(start + 9, "shared", start, groupWith())).toBe(true);
    expect([health.status(start), health.coolingForFailure, health.begin(start + 9)]).toEqual([
      "cooling",
      false,
      false,
    ]);
  });

  it("does not replace the probe after a failure in this process", () => {
    const health = of();
    fail(health);
    expect(health.coolDownShared(start + 60_000, "rate_limit", start, groupWith())).toBe(true);
    expect(health.begin(start + 60_000)).toBe(true);
    const shared = of();
    shared.coolDownShared(start + 1_000, "internal_server", start, groupWith());
    fail(shared);
    expect(shared.begin(start + cooldownMs)).toBe(true);
  });

  it.each([
    ["cooldowns are off", of({ disabled: true })],
    ["the deployment's cooldown is 0", of({ cooldownMs: 0 })],
  ])("is ignored if %s", (_, health) => {
    expect(health.coolDownShared(start + 9_000, "internal_server", start, groupWith())).toBe(false);
    expect(health.plain).toBe(true);
  });
});

it.each([
  ["internal_server", true],
  ["timeout", true],
  ["api_connection", true],
  ["rate_limit", false],
  ["authentication", false],
] as const)("a cooldown after %s counts towards half of the group: %j", (kind, expected) => {
  const health = of({ allowedFails: 0 });
  fail(health, { kind });
  expect(health.coolingForFailure).toBe(expected);
});
