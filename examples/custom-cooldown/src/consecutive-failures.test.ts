import { type Deployment, type ErrorKind, seededRandom } from "@modelyard/core";
import type { CooldownGroup, CooldownSettings } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describeCooldownPolicy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { consecutiveFailures } from "./consecutive-failures.js";

describeCooldownPolicy("consecutiveFailures", { create: () => consecutiveFailures() });

const settings: CooldownSettings = {
  allowedFails: undefined,
  allowedFailsPolicy: undefined,
  cooldownMs: 1_000,
  maxCooldownMs: 10_000,
  disabled: false,
};
const group: CooldownGroup = { fallback: false, siblings: 1, size: 2, cooling: () => 0 };

describe("consecutiveFailures", () => {
  const watch = () => consecutiveFailures({ failures: 2 }).watch({ id: "a" } as Deployment, settings);
  const failure = (now: number, probe = false) => {
    const kind: ErrorKind = "internal_server";
    return { now, kind, retryAfterMs: undefined, probe, until: 0, group };
  };

  it("counts failures in a row, and starts again after a success", () => {
    const watched = watch();
    expect(watched.failed(failure(0))).toBeUndefined();
    watched.succeeded(1, false);
    expect(watched.failed(failure(2))).toBeUndefined();
    expect(watched.failed(failure(3))).toEqual({ forMs: 1_000, probe: true });
  });

  it("doubles the cooldown after each failed probe, up to maxCooldownMs", () => {
    const watched = watch();
    watched.failed(failure(0));
    watched.failed(failure(1));
    const times = [2, 3, 4, 5, 6].map((now) => watched.failed(failure(now, true))?.forMs);
    expect(times).toEqual([2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it("rejects a number of failures that is not a whole number above 0", () => {
    expect(() => consecutiveFailures({ failures: 0 })).toThrow("failures: 0 is not a whole number above 0.");
  });

  it("keeps a router away from a deployment until its probe succeeds", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    provider.script("broken", fails("internal_server"));
    const router = createRouter({
      providers: [provider],
      cooldown: consecutiveFailures({ failures: 2 }),
      cooldownMs: 5_000,
      clock,
      random: seededRandom(1),
      modelList: ["broken", "good"].map((id) => ({ id, modelName: "gpt-4", model: `openai/${id}` })),
    });
    const ask = () => clock.until(router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] }));
    const callsTo = (id: string): number => provider.calls.filter((call) => call.deploymentId === id).length;
    for (let count = 0; count < 40; count += 1) await ask();
    expect(callsTo("broken")).toBe(2);
    provider.script("broken", answers("hi"));
    await clock.advance(5_000);
    for (let count = 0; count < 40; count += 1) await ask();
    expect(callsTo("broken")).toBeGreaterThan(10);
  });
});
