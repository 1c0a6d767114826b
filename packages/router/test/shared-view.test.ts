import type { DeploymentOptions, RouterEvent } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup } from "./support/harness.js";
import { store } from "./support/store.js";

function sharedHarness(modelList: readonly DeploymentOptions[], more: Partial<HarnessOptions> = {}) {
  const shared = store();
  const events: RouterEvent[] = [];
  const harness = setup({
    modelList,
    sharedState: shared,
    numRetries: 0,
    cooldownMs: 5_000,
    allowedFails: 0,
    callbacks: [
      {
        name: "recorder",
        events: ["deployment_cooldown", "shared_state_lost", "shared_state_restored"],
        on: (event) => {
          events.push(event);
        },
      },
    ],
    ...more,
  });
  const healthOf = (id: string) =>
    harness.router
      .state()
      .groups.flatMap((group) => group.deployments)
      .find((deployment) => deployment.id === id);
  return { ...harness, shared, events, healthOf, start: harness.clock.now() };
}

const four = ["a", "b", "c", "d"].map((id) => deploymentOptions(id));

describe("cooldowns that other processes start", () => {
  it("apply here as soon as they are announced, and emit an event", async () => {
    const { shared, ask, served, healthOf, events, clock, start } = sharedHarness([
      deploymentOptions("a"),
      deploymentOptions("b"),
    ]);
    shared.reportCooldown("a", start + 9_000, "rate_limit");
    expect(healthOf("a")).toMatchObject({ health: "cooling", until: start + 9_000, reason: "rate_limit" });
    expect(events).toMatchObject([
      { type: "deployment_cooldown", deployment: { id: "a" }, until: start + 9_000, reason: "rate_limit", times: 1 },
    ]);
    for (let count = 0; count < 20; count += 1) await ask();
    expect(new Set(served())).toEqual(new Set(["b"]));
    await clock.advance(9_000);
    for (let count = 0; count < 20; count += 1) await ask();
    expect(new Set(served())).toEqual(new Set(["a", "b"]));
  });

  it("apply here if they started before this process, or while the store was unavailable", async () => {
    const { shared, clock, healthOf, start } = sharedHarness([deploymentOptions("a"), deploymentOptions("b")]);
    shared.known.push({ deploymentId: "a", until: start + 60_000, reason: "authentication" });
    await clock.advance(0);
    expect(healthOf("a")?.health).toBe("quarantined");
    shared.setAvailable(false);
    shared.known.push({ deploymentId: "b", until: start + 60_000, reason: "authentication" });
    await clock.advance(0);
    expect(healthOf("b")?.health).toBe("healthy");
    shared.setAvailable(true);
    await clock.advance(0);
    expect(healthOf("b")?.health).toBe("quarantined");
  });

  it("from another version apply by their end time alone", () => {
    const { shared, healthOf, start } = sharedHarness([deploymentOptions("a"), deploymentOptions("b")]);
    for (const [index, reason] of ["a new word", "toString"].entries()) {
      shared.reportCooldown("a", start + 9_000 + index, reason);
      expect(healthOf("a")).toMatchObject({ health: "cooling", until: start + 9_000 + index, reason: "shared" });
    }
  });

  it("cover half of a group at most for failures, and any number of deployments for rate limits", () => {
    const { shared, healthOf, start } = sharedHarness(four, { allowedFails: undefined as never });
    for (const { id = "" } of four)
      shared.reportCooldown(id, start + 9_000, id === "a" ? "timeout" : "internal_server");
    expect(four.map(({ id = "" }) => healthOf(id)?.health)).toEqual(["cooling", "cooling", "healthy", "healthy"]);
    for (const { id = "" } of four) shared.reportCooldown(id, start + 9_500, "rate_limit");
    expect(four.map(({ id = "" }) => healthOf(id)?.until)).toEqual(four.map(() => start + 9_500));
  });

  it("cover an only deployment if a fallback exists, and ignore unknown deployments", () => {
    const models = [deploymentOptions("a"), deploymentOptions("z", { modelName: "other" })];
    const withoutFallback = sharedHarness(models);
    withoutFallback.shared.reportCooldown("a", withoutFallback.start + 9_000, "rate_limit");
    withoutFallback.shared.reportCooldown("nobody", withoutFallback.start + 9_000, "rate_limit");
    expect([withoutFallback.healthOf("a")?.health, withoutFallback.events]).toEqual(["healthy", []]);
    const withFallback = sharedHarness(models, { fallbacks: { "gpt-4": ["other"] } });
    withFallback.shared.reportCooldown("a", withFallback.start + 9_000, "rate_limit");
    expect(withFallback.healthOf("a")?.health).toBe("cooling");
  });
});

describe("cooldowns of this process", () => {
  it("are announced to the others once, and withdrawn by a successful probe", async () => {
    const { shared, ask, provider, clock, start } = sharedHarness([deploymentOptions("a"), deploymentOptions("b")], {
      slowStartMs: 0,
    });
    provider.script("a", fails("authentication"), answers());
    provider.script("b", fails("authentication"), answers());
    await failure(ask());
    expect(shared.cooldownCalls).toMatchObject([["startCooldown", { until: start + 5_000, reason: "authentication" }]]);
    await failure(ask());
    expect(shared.cooldownCalls).toHaveLength(2);
    await clock.advance(5_000);
    await ask();
    const end = shared.cooldownCalls[2];
    expect([end?.[0], end?.[2]]).toEqual(["endCooldown", start + 5_000]);
  });
});

describe("while the store is unavailable", () => {
  it("each process applies its share of the limits, and the whole limits afterwards", async () => {
    const { shared, ask, events, provider } = sharedHarness([deploymentOptions("a", { rpm: 8 })]);
    shared.processes = 4;
    shared.setAvailable(false);
    const granted = async () => {
      const before = provider.calls.length;
      await Promise.allSettled(Array.from({ length: 10 }, () => ask()));
      return provider.calls.length - before;
    };
    expect(await granted()).toBe(2);
    shared.setAvailable(true);
    // The store then counts the two calls that were made meanwhile, which leaves six.
    expect(await granted()).toBe(6);
    expect(events.map(({ type }) => type)).toEqual(["shared_state_lost", "shared_state_restored"]);
  });
});

it("a closed router removes its listeners", async () => {
  const { shared, router } = sharedHarness(four);
  expect(shared.listeners).toBe(4);
  await router.close();
  expect(shared.listeners).toBe(0);
});
