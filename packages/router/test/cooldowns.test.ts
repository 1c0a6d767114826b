import type { ErrorKind } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup } from "./support/harness.js";

describe("cooldowns", () => {
  it("skip a deployment in cooldown, then send it one probe, then increase its share slowly", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      allowedFails: 0,
      cooldownMs: 60_000,
      slowStartMs: 0,
    });
    harness.provider.script("a", fails("internal_server"), answers());
    while (!harness.served().includes("a")) await harness.ask();
    const before = harness.served().filter((id) => id === "a").length;
    for (let count = 0; count < 2_000; count += 1) await harness.ask();
    expect(harness.served().filter((id) => id === "a")).toHaveLength(before);
    expect(harness.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "cooling",
      reason: "internal_server",
    });
    await harness.clock.advance(60_000);
    while (harness.served().filter((id) => id === "a").length === before) await harness.ask();
    expect(harness.types()).toContain("deployment_probing");
    expect(harness.types()).toContain("deployment_recovered");
    expect(harness.router.state().groups[0]?.deployments[0]?.health).toBe("healthy");
  });

  it("never start for the only deployment of a group, unless a fallback exists", async () => {
    const alone = setup({ modelList: [deploymentOptions("a")], allowedFails: 0, numRetries: 0 });
    alone.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) expect((await failure(alone.ask())).kind).toBe("internal_server");
    expect(alone.provider.calls).toHaveLength(5);
    const helped = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      allowedFails: 0,
      numRetries: 0,
    });
    helped.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) await helped.ask();
    expect(helped.served()).toEqual(["a", "b", "b", "b", "b", "b"]);
  });

  it.each([
    ["does not exist", { fallbacks: { "gpt-4": ["missing"] } }],
    ["is the group itself", { defaultFallbacks: ["gpt-4"] }],
    ["is the group under another name", { defaultFallbacks: ["gpt4"], modelGroupAlias: { gpt4: "gpt-4" } }],
  ] as const)("never start for the only deployment of a group whose only fallback %s", async (_, options) => {
    const harness = setup({ modelList: [deploymentOptions("a")], allowedFails: 0, numRetries: 0, ...options });
    harness.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) expect((await failure(harness.ask())).kind).toBe("internal_server");
    expect(harness.provider.calls).toHaveLength(5);
  });

  it("cover at most half of a group for the failure rate, and any number for rate limits or allowed_fails", async () => {
    const list = ["a", "b", "c", "d"].map((id) => deploymentOptions(id));
    for (const [expected, more] of [
      [2, {}],
      [4, { allowedFails: 0 }],
      [4, { allowedFailsPolicy: { InternalServerError: 2 } }],
    ] as const) {
      const failing = setup({ modelList: list, numRetries: 0, cooldownMs: 60_000, ...more });
      failing.provider.script("*", fails("internal_server"));
      for (let count = 0; count < 40; count += 1) await failure(failing.ask());
      const cooling = failing.router.state().groups[0]?.deployments.filter((entry) => entry.health === "cooling");
      expect([more, cooling?.length]).toEqual([more, expected]);
    }
    const limited = setup({ modelList: list, numRetries: 0, cooldownMs: 60_000 });
    limited.provider.script("*", fails("rate_limit"));
    for (let count = 0; count < 40; count += 1) await failure(limited.ask());
    expect(limited.provider.calls).toHaveLength(4);
    const error = await failure(limited.ask());
    expect(error).toMatchObject({ kind: "no_deployment_available", status: 429 });
    expect(error.retryAfterMs).toBe(60_000);
  });

  it("quarantine a deployment with a rejected API key separately from load, also when allowed_fails is set", async () => {
    const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], allowedFails: 100 });
    harness.provider.script("a", fails("authentication"));
    while (!harness.served().includes("a")) await harness.ask();
    expect(harness.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "quarantined",
      reason: "authentication",
    });
  });
});

/** Makes calls until `id` has been called `times` more times. */
async function untilAsked(harness: Harness, id: string, times: number): Promise<void> {
  const before = harness.served().filter((served) => served === id).length;
  for (let asked = 0; asked < 500; asked += 1) {
    if (harness.served().filter((served) => served === id).length - before >= times) return;
    await harness.ask().catch(() => undefined);
  }
  throw new Error(`${id} was not asked ${String(times)} times`);
}

const healthOf = (harness: Harness, id: string) =>
  harness.router
    .state()
    .groups.flatMap((group) => group.deployments)
    .find((entry) => entry.id === id)?.health;
const cooldowns = (harness: Harness) => harness.events.filter((event) => event.type === "deployment_cooldown");

function pair(kind: ErrorKind, more: Partial<HarnessOptions> = {}, retryAfterMs?: number): Harness {
  const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], ...more });
  harness.provider.script("a", fails(kind, retryAfterMs === undefined ? {} : { retryAfterMs }));
  return harness;
}

describe("the default cooldown in a group of two deployments", () => {
  it.each([
    // kind, number of failures until the cooldown, whether the same request is retried at the sibling
    ["bad_request", "never", false],
    ["payload_too_large", "never", false],
    ["unprocessable_entity", "never", false],
    ["context_window_exceeded", "never", false],
    ["content_policy_violation", "never", false],
    ["authentication", 1, true],
    ["permission_denied", 1, true],
    ["quota_exhausted", 1, true],
    ["not_found", 1, true],
    ["rate_limit", 1, true],
    ["timeout", 5, true],
    ["conflict", 5, true],
    ["internal_server", 5, true],
    ["bad_gateway", 5, true],
    ["service_unavailable", 5, true],
    ["overloaded", 5, true],
    ["api_connection", 5, true],
    ["invalid_response", 5, true],
  ] as const)(
    "for %s starts after %s failures, and the call is retried elsewhere: %s",
    async (kind, failures, retried) => {
      const harness = pair(kind);
      await untilAsked(harness, "a", failures === "never" ? 8 : failures - 1);
      expect(cooldowns(harness)).toEqual([]);
      await untilAsked(harness, "a", 1);
      expect(cooldowns(harness).map((event) => event.reason)).toEqual(failures === "never" ? [] : [kind]);
      expect(healthOf(harness, "a") === "healthy").toBe(failures === "never");
      const failed = harness.events.filter((event) => event.type === "request_failed");
      expect(failed.length > 0).toBe(!retried);
    },
  );

  it.each([
    [["good", "good", "bad", "bad", "bad"], true],
    [["good", "bad", "bad", "bad"], false],
    [["bad", "bad", "bad", "bad"], false],
    [["bad", "bad", "bad", "bad", "bad"], true],
    [["good", "good", "good", "bad", "bad", "bad"], false],
  ])("after the outcomes %j within a minute starts: %s", async (outcomes, out) => {
    const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], numRetries: 0 });
    harness.provider.script("a", ...outcomes.map((word) => (word === "good" ? answers() : fails("internal_server"))));
    await untilAsked(harness, "a", outcomes.length);
    expect(cooldowns(harness).length > 0).toBe(out);
  });

  it("ignores failures that are more than a minute old", async () => {
    const harness = pair("internal_server", { numRetries: 0 });
    await untilAsked(harness, "a", 4);
    await harness.clock.advance(65_000);
    await untilAsked(harness, "a", 4);
    expect(cooldowns(harness)).toEqual([]);
  });
});

describe("allowed_fails", () => {
  it.each([0, 1, 3, 10])(
    "of %i allows that many failures a minute, whatever their kind and however many calls succeed",
    async (allowedFails) => {
      const harness = pair("internal_server", { allowedFails });
      if (allowedFails > 0) await untilAsked(harness, "a", allowedFails);
      expect(cooldowns(harness)).toEqual([]);
      await untilAsked(harness, "a", 1);
      expect(cooldowns(harness)).toHaveLength(1);
    },
  );

  it("applies to every kind: a 429 without Retry-After and a 404 count like the others", async () => {
    for (const kind of ["rate_limit", "not_found", "timeout"] as const) {
      const harness = pair(kind, { allowedFails: 2 });
      await untilAsked(harness, "a", 2);
      expect([kind, cooldowns(harness).length]).toEqual([kind, 0]);
      await untilAsked(harness, "a", 1);
      expect([kind, cooldowns(harness).length]).toEqual([kind, 1]);
    }
  });

  it("by kind counts that kind, 0 included, and treats other kinds as if it were not set", async () => {
    const rules = { allowedFailsPolicy: { InternalServerError: 0, RateLimitError: 1 } };
    const first = pair("internal_server", rules);
    await untilAsked(first, "a", 1);
    expect(cooldowns(first)).toHaveLength(1);
    const second = pair("rate_limit", rules);
    await untilAsked(second, "a", 1);
    expect(cooldowns(second)).toEqual([]);
    await untilAsked(second, "a", 1);
    expect(cooldowns(second)).toHaveLength(1);
    const both = pair("service_unavailable", { allowedFails: 1, allowedFailsPolicy: { InternalServerError: 0 } });
    await untilAsked(both, "a", 1);
    expect(cooldowns(both)).toEqual([]);
    await untilAsked(both, "a", 1);
    expect(cooldowns(both)).toHaveLength(1);
  });
});

describe("cooldown_time", () => {
  const span = async (harness: Harness): Promise<number | undefined> => {
    await untilAsked(harness, "a", 1);
    const [cooldown] = cooldowns(harness);
    return cooldown?.type === "deployment_cooldown" ? cooldown.until - cooldown.at : undefined;
  };

  it.each([
    ["5 s by default", {}, undefined, 5_000],
    ["the router's", { cooldownMs: 20_000 }, undefined, 20_000],
    ["the group's before it", { cooldownMs: 20_000, groups: { "gpt-4": { cooldownMs: 7_000 } } }, undefined, 7_000],
    [
      "the deployment's before both",
      { cooldownMs: 20_000, modelList: [deploymentOptions("a", { cooldownMs: 3_000 }), deploymentOptions("b")] },
      undefined,
      3_000,
    ],
    ["a longer Retry-After before all", { cooldownMs: 20_000 }, 30_000, 30_000],
    ["and not a shorter one", { cooldownMs: 20_000 }, 1_000, 20_000],
    ["never for 0", { cooldownMs: 0 }, 30_000, undefined],
    [
      "never for a deployment's 0",
      { cooldownMs: 20_000, modelList: [deploymentOptions("a", { cooldownMs: 0 }), deploymentOptions("b")] },
      undefined,
      undefined,
    ],
    ["never where cooldowns are off", { disableCooldowns: true }, 30_000, undefined],
  ] as [string, Partial<HarnessOptions>, number | undefined, number | undefined][])(
    "is %s",
    async (_, more, retryAfterMs, ms) => {
      expect(await span(pair("rate_limit", more, retryAfterMs))).toBe(ms);
    },
  );
});
