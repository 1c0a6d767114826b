import type { CooldownPolicy } from "@modelyard/core";
import type { CooldownFailure, CooldownWatch, SharedCooldown } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";
import { store as playedStore } from "./support/store.js";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A policy that starts a cooldown at the first failure, and records its calls. */
function recorded(more: Partial<CooldownWatch> = {}) {
  const failures: CooldownFailure[] = [];
  const shared: SharedCooldown[] = [];
  const watched: string[] = [];
  const policy: CooldownPolicy = {
    name: "recorded",
    watch: ({ id }, settings) => {
      watched.push(`${id} ${String(settings.cooldownMs)}`);
      return {
        failed: (failure) => {
          failures.push(failure);
          return { forMs: 7_000, probe: true };
        },
        succeeded: () => true,
        shared: (cooldown) => {
          shared.push(cooldown);
          return { forMs: 3_000, probe: false };
        },
        failures: () => failures.length,
        configure: () => undefined,
        ...more,
      };
    },
  };
  return { policy, failures, shared, watched };
}

describe("a custom cooldown policy", () => {
  it("is created for every deployment, with the settings that apply to it", () => {
    const { policy, watched } = recorded();
    setup({
      modelList: [deploymentOptions("a", { cooldownMs: 9 }), deploymentOptions("b")],
      cooldownMs: 50,
      cooldown: policy,
    });
    expect(watched).toEqual(["a 9", "b 50"]);
  });

  it("decides how long a cooldown lasts, and sees the alternatives of the deployment", async () => {
    const { policy, failures } = recorded();
    const { provider, ask, router, events } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      cooldown: policy,
      cooldownMs: 1,
    });
    provider.script("a", fails("internal_server"));
    for (let count = 0; count < 10; count += 1) await ask();
    expect(failures).toHaveLength(1);
    const { group, ...facts } = failures[0]!;
    expect(facts).toMatchObject({ kind: "internal_server", probe: false, until: 0 });
    expect([group.fallback, group.siblings, group.size, group.cooling()]).toEqual([false, 1, 2, 0]);
    const cooldown = events.find((event) => event.type === "deployment_cooldown");
    expect(cooldown).toMatchObject({ until: cooldown!.at + 7_000, reason: "internal_server", times: 1 });
    expect(router.state().groups[0]?.deployments[0]?.failures).toBe(1);
  });

  it("may ask for more than one probe", async () => {
    const probes: number[] = [];
    const { policy } = recorded({
      succeeded: (now, probe) => {
        if (probe) probes.push(now);
        return probes.length >= 3;
      },
    });
    const { provider, ask, clock, router } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      cooldown: policy,
    });
    provider.script("a", fails("internal_server"));
    for (let count = 0; count < 10; count += 1) await ask();
    provider.script("a", answers("hi"));
    await clock.advance(7_000);
    const health = () => router.state().groups[0]?.deployments[0]?.health;
    for (let count = 0; probes.length < 2 && count < 50; count += 1) await ask();
    expect(health()).toBe("probing");
    for (let count = 0; probes.length < 3 && count < 50; count += 1) await ask();
    expect(health()).toBe("healthy");
  });

  it("also decides about cooldowns that other processes start", async () => {
    const { policy, shared } = recorded();
    const store = playedStore();
    const { clock, router } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      cooldown: policy,
      sharedState: store,
    });
    store.reportCooldown("a", clock.now() + 60_000, "internal_server");
    await clock.advance(0);
    expect(shared).toMatchObject([{ remainingMs: 60_000, reason: "internal_server" }]);
    expect(router.state().groups[0]?.deployments[0]?.until).toBe(clock.now() + 3_000);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["returns a duration that is not a number", () => ({ forMs: Number.NaN, probe: true })],
    ["returns a negative duration", () => ({ forMs: -5, probe: true })],
    ["returns a string", () => "soon" as never],
  ])("that %s fails no call, and starts no cooldown", async (_, failed) => {
    const { policy } = recorded({ failed });
    const { provider, ask, types } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      cooldown: policy,
      logger: silent,
    });
    provider.script("a", fails("internal_server"));
    for (let count = 0; count < 10; count += 1) await ask();
    expect(types()).not.toContain("deployment_cooldown");
  });

  it("is limited to cooldowns of one day", async () => {
    const { policy } = recorded({ failed: () => ({ forMs: Number.POSITIVE_INFINITY, probe: true }) });
    const { provider, ask, events } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      cooldown: policy,
    });
    provider.script("a", fails("internal_server"));
    for (let count = 0; count < 10; count += 1) await ask();
    const cooldown = events.find((event) => event.type === "deployment_cooldown");
    expect(cooldown).toMatchObject({ until: cooldown!.at + 86_400_000 });
  });

  it("is refused when it is not a policy", () => {
    const options = { modelList: [deploymentOptions("a")] };
    expect(() => setup({ ...options, cooldown: (() => undefined) as never })).toThrow(
      "cooldown: expected a cooldown policy, got a function.",
    );
    expect(() => setup({ ...options, cooldown: { name: "mine" } as never })).toThrow(
      'cooldown: it has no method "watch".',
    );
  });
});
