import { type ErrorKind, errorKinds } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fail, groupWith, healthOf } from "../test/support/health-of.js";
import type { DeploymentHealth } from "./health.js";

const start = Date.UTC(2026, 0, 1);
const kinds = Object.keys(errorKinds) as ErrorKind[];

/** Anything that can happen to a deployment. */
const step = fc.oneof(
  fc.record({ type: fc.constant("pass"), ms: fc.nat({ max: 9_000 }) }),
  fc.record({ type: fc.constant("call"), random: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
  fc.record({
    type: fc.constant("end"),
    which: fc.nat(),
    how: fc.oneof(fc.constantFrom("success", "left"), fc.constantFrom(...kinds)),
    retryAfterMs: fc.option(fc.nat({ max: 30_000 }), { nil: undefined }),
    room: fc.boolean(),
  }),
  fc.record({ type: fc.constant("shared"), ms: fc.nat({ max: 9_000 }), kind: fc.constantFrom(...kinds) }),
);

describe("DeploymentHealth under random events", () => {
  it("admits no call during a cooldown, never shortens one, has one probe at most, and always recovers", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.option(fc.nat({ max: 3 }), { nil: undefined }),
        (steps, allowedFails) => {
          const health = healthOf({ allowedFails, slowStartMs: 4_000 });
          const calls: { readonly probe: boolean }[] = [];
          let early = 0;
          let now = start;
          for (const happened of steps) {
            const { until } = health;
            const cooling = until > now;
            if ("random" in happened) {
              const admitted = health.admits(now, happened.random);
              if (cooling && (admitted || health.isOpen(now))) early += 1;
              if (health.isOpen(now)) calls.push({ probe: health.begin(now) });
            } else if ("how" in happened) {
              const [call] = calls.splice(happened.which % Math.max(1, calls.length), 1);
              const { how, retryAfterMs, room } = happened;
              if (call === undefined) continue;
              if (how === "success") health.succeed(now, call.probe);
              else if (how === "left") health.release(call.probe);
              else fail(health, { now, kind: how, retryAfterMs, room }, call.probe);
            } else if ("kind" in happened) health.coolDownShared(now + happened.ms, happened.kind, now, groupWith());
            else now += happened.ms;
            expect(cooling && until > now && health.until < until).toBe(false);
            expect(calls.filter((call) => call.probe).length).toBeLessThanOrEqual(1);
            expect(health.status(now) === "probing" && !calls.some((call) => call.probe)).toBe(false);
          }
          expect(early).toBe(0);
          // No deployment is lost: once all calls have ended and the cooldown is over, one more is admitted.
          for (const call of calls) health.release(call.probe);
          expect(health.isOpen(Math.max(now, health.until))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("needs a probe after a failure, but not after a rate limit or a cooldown set by another process", () => {
    const after = (leave: (health: DeploymentHealth) => unknown): boolean => {
      const health = healthOf({ allowedFails: 0 });
      leave(health);
      return health.begin(health.until);
    };
    const fails = (health: DeploymentHealth, kind: ErrorKind, retryAfterMs?: number): unknown =>
      fail(health, { now: start, kind, retryAfterMs });
    expect(after((health) => fails(health, "internal_server"))).toBe(true);
    expect(after((health) => fails(health, "authentication"))).toBe(true);
    expect(after((health) => fails(health, "rate_limit"))).toBe(false);
    expect(after((health) => health.coolDownShared(start + 9, "internal_server", start, groupWith()))).toBe(false);
    expect(
      after((health) => {
        fails(health, "internal_server");
        fails(health, "rate_limit", 60_000);
      }),
    ).toBe(true);
    expect(
      after((health) => {
        fails(health, "rate_limit");
        fails(health, "authentication", 60_000);
      }),
    ).toBe(true);
  });
});
