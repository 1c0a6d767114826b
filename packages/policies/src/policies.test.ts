import type { ErrorKind } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CooldownRules, DeploymentHealth, DeploymentLimits } from "./index.js";

const start = Date.UTC(2026, 0, 1);
const rules: CooldownRules = {
  allowedFails: undefined,
  allowedFailsPolicy: undefined,
  cooldownMs: 5_000,
  maxCooldownMs: 3_600_000,
  slowStartMs: 10_000,
  disabled: false,
};

describe("DeploymentHealth", () => {
  const fail = (health: DeploymentHealth, at: number, kind: ErrorKind = "internal_server", more: object = {}) =>
    health.fail({ now: at, kind, retryAfterMs: undefined, alternatives: true, room: true, ...more }, false);

  it("leaves a deployment out when more than half of at least five calls in a minute failed", () => {
    const health = new DeploymentHealth(rules, undefined);
    health.succeed(start, false);
    health.succeed(start, false);
    expect([fail(health, start), fail(health, start)]).toEqual([undefined, undefined]);
    expect(fail(health, start)).toMatchObject({ until: start + 5_000, times: 1 });
    const even = new DeploymentHealth(rules, undefined);
    for (let count = 0; count < 3; count += 1) even.succeed(start, false);
    for (let count = 0; count < 3; count += 1) expect(fail(even, start)).toBeUndefined();
  });

  it("lets a written count decide alone: the failure after it", () => {
    const health = new DeploymentHealth({ ...rules, allowedFails: 3 }, undefined);
    for (let count = 0; count < 3; count += 1) expect(fail(health, start + count * 1_000)).toBeUndefined();
    expect(fail(health, start + 4_000)).toBeDefined();
    const slow = new DeploymentHealth({ ...rules, allowedFails: 3 }, undefined);
    for (let count = 0; count < 10; count += 1) expect(fail(slow, start + count * 20_000)).toBeUndefined();
  });

  it("counts by class where a policy names it", () => {
    const health = new DeploymentHealth({ ...rules, allowedFailsPolicy: { RateLimitError: 1 } }, undefined);
    expect(fail(health, start, "rate_limit")).toBeUndefined();
    expect(fail(health, start, "internal_server")).toBeUndefined();
    expect(fail(health, start, "rate_limit")).toBeDefined();
  });

  it.each(["rate_limit", "authentication", "not_found"] as const)(
    "leaves it out at once for %s where another can serve",
    (kind) => {
      expect(fail(new DeploymentHealth(rules, undefined), start, kind)).toBeDefined();
      expect(fail(new DeploymentHealth(rules, undefined), start, kind, { alternatives: false })).toBeUndefined();
    },
  );

  it.each(["bad_request", "context_window_exceeded", "content_policy_violation", "aborted"] as const)(
    "never counts %s",
    (kind) => {
      const health = new DeploymentHealth(rules, undefined);
      for (let count = 0; count < 20; count += 1) expect(fail(health, start, kind)).toBeUndefined();
      expect(health.failures(start)).toBe(0);
    },
  );

  it("honours a Retry-After longer than the cooldown, and only ever lengthens", () => {
    const health = new DeploymentHealth(rules, undefined);
    expect(fail(health, start, "rate_limit", { retryAfterMs: 20_000 })?.until).toBe(start + 20_000);
    expect(fail(health, start + 1_000, "rate_limit")).toBeUndefined();
    expect(health.until).toBe(start + 20_000);
  });

  it("admits nobody while cooling, whatever the chance", () => {
    const health = new DeploymentHealth(rules, undefined);
    fail(health, start, "rate_limit");
    for (let ms = 0; ms < 5_000; ms += 1) expect(health.admits(start + ms, 0)).toBe(false);
    expect(health.admits(start + 5_000, 0.99)).toBe(true);
  });

  it("lets one probe through on the way back, waits one cooldown again when it fails, and grows the share when it succeeds", () => {
    const health = new DeploymentHealth(rules, undefined);
    fail(health, start, "authentication");
    expect(health.status(start)).toBe("quarantined");
    const back = start + 5_000;
    expect(health.admits(back, 0)).toBe(true);
    expect(health.begin(back)).toBe(true);
    expect(health.admits(back, 0)).toBe(false);
    const again = health.fail(
      { now: back, kind: "authentication", retryAfterMs: undefined, alternatives: true, room: true },
      true,
    );
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

  it("gives the probe free again when its caller left", () => {
    const health = new DeploymentHealth(rules, undefined);
    fail(health, start, "authentication");
    health.begin(start + 5_000);
    health.release(true);
    expect(health.admits(start + 5_000, 0)).toBe(true);
  });

  it("never leaves anybody out when it may not", () => {
    for (const off of [
      { ...rules, disabled: true },
      { ...rules, cooldownMs: 0 },
    ]) {
      const health = new DeploymentHealth(off, undefined);
      for (let count = 0; count < 20; count += 1)
        expect(fail(health, start, "rate_limit", { retryAfterMs: 9_000 })).toBeUndefined();
    }
    expect(fail(new DeploymentHealth(rules, 0), start, "rate_limit")).toBeUndefined();
    const full = new DeploymentHealth(rules, undefined);
    for (let count = 0; count < 9; count += 1)
      expect(fail(full, start, "internal_server", { room: false })).toBeUndefined();
    expect(fail(full, start, "rate_limit", { room: false })).toBeDefined();
  });
});

describe("DeploymentLimits", () => {
  const held = () => ({ heldTokens: 0, window: 0, generation: 0, requestStamp: 0, tokenStamp: 0 });
  const limits = (algorithm: "window" | "bucket" = "window") => {
    const made = new DeploymentLimits();
    made.configure({ limits: { rpm: 3, tpm: 100, maxParallelRequests: 2 }, algorithm });
    return made;
  };

  it("counts on in its buckets when its part changes", () => {
    const made = new DeploymentLimits();
    made.configure({ limits: { rpm: 60 }, algorithm: "bucket" });
    for (let count = 0; count < 6; count += 1) made.take(start, 1, held());
    made.divide(2);
    made.divide(1);
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    expect(made.refusal(start + 1_000, 1, 0)).toBeUndefined();
  });

  it("refuses the first limit in the way, and says how long", () => {
    const made = limits();
    expect(made.refusal(start, 10, 2)).toBe("parallel");
    made.take(start, 95, held());
    expect(made.refusal(start, 10, 0)).toBe("tpm");
    expect(made.waitMs(start + 10_000, 10)).toBe(50_000);
  });

  it("lets a call above the token limit through an empty window", () => {
    expect(limits().refusal(start, 1_000, 0)).toBeUndefined();
  });

  it("trues up what was taken; a call that was sent keeps its slot", () => {
    const made = limits();
    const one = held();
    made.take(start, 50, one);
    made.settle(start, one, 1, 20);
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 20]);
    const two = held();
    made.take(start, 50, two);
    made.settle(start, two, 0, 0);
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 20]);
  });

  it.each(["rpm", "tpm", "maxParallelRequests"] as const)("admits nothing when %s is 0, and says never", (name) => {
    for (const algorithm of ["window", "bucket"] as const) {
      const made = new DeploymentLimits();
      made.configure({ limits: { rpm: 3, tpm: 100, [name]: 0 }, algorithm });
      expect(made.refusal(start, 0, 0)).toBe(name === "maxParallelRequests" ? "parallel" : name);
      expect(made.waitMs(start, 0)).toBe(Number.POSITIVE_INFINITY);
      made.divide(4);
      expect(made.refusal(start, 0, 0)).toBeDefined();
    }
  });

  it("never has more than the limit reserved, whatever is taken and given back", () => {
    const step = fc.record({
      tokens: fc.nat({ max: 300 }),
      used: fc.nat({ max: 300 }),
      sent: fc.boolean(),
      ms: fc.nat({ max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const made = limits();
        const open: ReturnType<typeof held>[] = [];
        let now = start;
        for (const { tokens, used, sent, ms } of steps) {
          now += ms;
          const one = made.refusal(now, tokens, 0) === undefined ? held() : undefined;
          if (one === undefined) {
            const oldest = open.shift();
            if (oldest !== undefined)
              made.settle(now, oldest, sent ? 1 : 0, sent ? Math.min(used, oldest.heldTokens) : 0);
          } else {
            made.take(now, tokens, one);
            open.push(one);
          }
          const counts = [made.requestsUsed(now), made.tokensUsed(now)] as const;
          expect(counts[0]).toBeLessThanOrEqual(3);
          expect(counts[1]).toBeLessThanOrEqual(100);
          expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
        }
        expect(made.refusal(now + 60_000, 1_000_000, 0)).toBeUndefined();
      }),
    );
  });

  it("keeps what was counted when the limits change, and gives nothing back twice", () => {
    const made = limits();
    const one = held();
    made.take(start, 60, one);
    made.take(start, 10, held());
    made.configure({ limits: { rpm: 2, tpm: 200 }, algorithm: "window" });
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    made.settle(start, one, 0, 0);
    expect(made.refusal(start, 1, 0)).toBeUndefined();
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 10]);
  });

  it("gives to a new bucket nothing that was taken from an old one", () => {
    const made = limits("bucket");
    const one = held();
    made.take(start, 10, one);
    made.configure({ limits: { rpm: 600 }, algorithm: "bucket" });
    for (let count = 0; count < 60; count += 1) made.take(start, 0, held());
    made.settle(start, one, 0, 0);
    expect(made.refusal(start, 0, 0)).toBe("rpm");
  });

  it("takes its part when the limits cannot be shared, and counts what it took before", () => {
    const made = limits();
    made.take(start, 1, held());
    expect(made.refusal(start, 1, 0)).toBeUndefined();
    made.divide(3);
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    made.divide(1);
    expect(made.refusal(start, 1, 0)).toBeUndefined();
  });
});
