import { type Candidate, type NonEmpty, type PickContext, type RouterError, type Strategy } from "@modelyard/core";
import { createStrategy, latencyBased, leastBusy, simpleShuffle, usageBased } from "@modelyard/strategies";
import { answers, chiSquareP, deploymentOptions, fails, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup as setupRouter } from "./support/harness.js";

const messages = [{ role: "user", content: "hi" }] as const;

/** The harness, and ways to make many calls. */
function setup(options: HarnessOptions) {
  const harness = setupRouter(options, { seed: 3 });
  const { clock, provider, router } = harness;
  /** Makes a streamed call and reads it to its end. */
  const read = (body: object = {}) =>
    clock.until(
      (async () => {
        const request = { model: "gpt-4", messages, stream: true, ...body } as const;
        for await (const _ of await router.completion(request)) {
          // To the end.
        }
      })(),
    );
  /** How many of `times` calls, made one after the other, each of these deployments serves. */
  const counts = async (ids: readonly string[], times: number): Promise<readonly number[]> => {
    provider.reset();
    for (let count = 0; count < times; count += 1) await router.completion({ model: "gpt-4", messages });
    return ids.map((id) => provider.calls.filter((call) => call.deploymentId === id).length);
  };
  return { ...harness, read, counts };
}

describe("the picks of a router", () => {
  it("follow the weights of the available deployments", async () => {
    const { provider, ask, counts } = setup({
      strategy: simpleShuffle(),
      cooldownMs: 3_600_000,
      modelList: [
        deploymentOptions("a", { weight: 5 }),
        deploymentOptions("b", { weight: 3 }),
        deploymentOptions("c", { weight: 2 }),
      ],
    });
    expect(chiSquareP(await counts(["a", "b", "c"], 3_000), [5, 3, 2])).toBeGreaterThan(0.01);
    provider.script("a", fails("rate_limit"));
    for (let count = 0; count < 20; count += 1) await ask();
    expect(chiSquareP(await counts(["a", "b", "c"], 3_000), [0, 3, 2])).toBeGreaterThan(0.01);
  });

  it("give a recovering deployment a growing share", async () => {
    const { clock, provider, ask, counts } = setup({
      strategy: simpleShuffle(),
      cooldownMs: 5_000,
      slowStartMs: 10_000,
      allowedFails: 0,
      numRetries: 1,
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
    });
    provider.script("b", fails("internal_server"), answers());
    while (provider.calls.every((call) => call.deploymentId !== "b")) await ask();
    expect(await counts(["b"], 100)).toEqual([0]);
    await clock.advance(5_000);
    // One probe brings it back; then it is a candidate for a share of the calls, and gets half of those.
    provider.reset();
    while (provider.calls.every((call) => call.deploymentId !== "b")) await ask();
    for (const [afterMs, admitted] of [
      [2_000, 0.2],
      [3_000, 0.5],
      [2_500, 0.75],
      [2_500, 1],
    ] as const) {
      await clock.advance(afterMs);
      expect(chiSquareP(await counts(["a", "b"], 4_000), [1 - admitted / 2, admitted / 2])).toBeGreaterThan(0.01);
    }
  });

  it("follow the time to the first token of streams, however long the answers are", async () => {
    const { provider, read } = setup({
      strategy: latencyBased(),
      modelList: [deploymentOptions("quick"), deploymentOptions("brief")],
    });
    const words = (count: number): readonly string[] => Array.from({ length: count }, () => "word ");
    provider.script("quick", streams(words(300), { firstTokenMs: 1_000, gapMs: 100 }));
    provider.script("brief", streams(words(2), { firstTokenMs: 3_000, gapMs: 1 }));
    for (let count = 0; count < 12; count += 1) await read();
    const served = provider.calls.map((call) => call.deploymentId);
    expect(new Set(served.slice(0, 2))).toEqual(new Set(["quick", "brief"]));
    expect(new Set(served.slice(2))).toEqual(new Set(["quick"]));
  });

  it("follow the seconds per token of plain answers", async () => {
    const { provider, ask } = setup({
      strategy: latencyBased(),
      modelList: [deploymentOptions("steady"), deploymentOptions("short")],
    });
    const usage = (tokens: number) => ({ prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 });
    provider.script("steady", answers("x", { delayMs: 10_000, usage: usage(1_000) }));
    provider.script("short", answers("x", { delayMs: 1_000, usage: usage(10) }));
    for (let count = 0; count < 12; count += 1) await ask();
    expect(new Set(provider.calls.slice(2).map((call) => call.deploymentId))).toEqual(new Set(["steady"]));
  });

  it.each(["least-busy", "usage-based-routing", "latency-based-routing"])(
    "spread a burst of calls at once under %s",
    async (name) => {
      const { clock, provider, router } = setup({
        strategy: createStrategy(name),
        modelList: ["a", "b", "c", "d"].map((id) => deploymentOptions(id, { rpm: 100, tpm: 100_000 })),
      });
      provider.script("*", answers("x", { delayMs: 1_000 }));
      await clock.until(Promise.all(Array.from({ length: 40 }, () => router.completion({ model: "gpt-4", messages }))));
      const per = ["a", "b", "c", "d"].map((id) => provider.calls.filter((call) => call.deploymentId === id).length);
      expect(per).toEqual([10, 10, 10, 10]);
    },
  );

  it("do not send a burst of calls to a deployment that has not answered yet", async () => {
    const { clock, provider, router, ask } = setup({
      strategy: latencyBased(),
      numRetries: 0,
      modelList: [deploymentOptions("known"), deploymentOptions("new")],
    });
    provider.script("new", { type: "hang" });
    const began: Promise<unknown>[] = [];
    while (provider.calls.every((call) => call.deploymentId !== "known"))
      began.push(router.completion({ model: "gpt-4", messages }, { timeoutMs: 600_000 }).catch(() => undefined));
    await clock.advance(0);
    for (let count = 0; count < 30; count += 1) await ask();
    expect(provider.calls.filter((call) => call.deploymentId === "new").length).toBeLessThanOrEqual(began.length);
    await clock.until(Promise.all(began));
  });

  it("receive the group, operation, stream flag, tokens, attempt number and the caller's metadata", async () => {
    const seen: Partial<PickContext>[] = [];
    const watching: Strategy = {
      name: "watching",
      pick: (candidates, context) => {
        const { group, operation, stream, inputTokens, maxOutputTokens, attempt, metadata, now } = context;
        seen.push({ group, operation, stream, inputTokens, maxOutputTokens, attempt, metadata, now });
        return candidates[0];
      },
    };
    const { provider, ask, clock } = setup({
      strategy: watching,
      modelList: [deploymentOptions("a"), deploymentOptions("b"), deploymentOptions("c")],
    });
    provider.script("a", fails("internal_server"));
    const now = clock.now();
    await ask({ max_tokens: 7, metadata: { team: "x" } });
    const same = {
      group: "gpt-4",
      operation: "chat",
      stream: false,
      inputTokens: 8,
      maxOutputTokens: 7,
      metadata: { team: "x" },
      now,
    };
    expect(seen).toEqual([
      { ...same, attempt: 1 },
      { ...same, attempt: 2 },
    ]);
  });

  it("receive the same frozen candidates while nothing changes, and no tried deployment while others remain", async () => {
    const lists: NonEmpty<Candidate>[] = [];
    const first: Strategy = {
      name: "first",
      pick: (candidates) => {
        lists.push(candidates);
        return candidates[0];
      },
    };
    const { provider, ask } = setup({
      strategy: first,
      disableCooldowns: true,
      modelList: [deploymentOptions("a"), deploymentOptions("b"), deploymentOptions("c")],
    });
    await ask();
    await ask();
    expect(lists[0]).toBe(lists[1]);
    expect(Object.isFrozen(lists[0])).toBe(true);
    provider.script("a", fails("internal_server"));
    await ask();
    expect(lists[3]?.map((candidate) => candidate.deployment.id)).toEqual(["b", "c"]);
  });

  it("that are asynchronous let a caller abort, and hold no capacity for it", async () => {
    const slow: Strategy = {
      name: "slow",
      pick: () =>
        new Promise(() => {
          // Never.
        }),
    };
    const { clock, provider, router } = setup({
      strategy: slow,
      modelList: [deploymentOptions("a", { maxParallelRequests: 1 }), deploymentOptions("b")],
    });
    const controller = new AbortController();
    const left = router
      .completion({ model: "gpt-4", messages }, { signal: controller.signal })
      .catch((error: unknown) => error as RouterError);
    await clock.advance(10);
    controller.abort();
    expect(await left).toMatchObject({ kind: "aborted" });
    expect(provider.calls).toEqual([]);
    expect(clock.timers).toBe(0);
    expect(router.state().groups[0]?.deployments.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  it("of groups with their own strategies do not share what they learn", async () => {
    const { provider, clock, router } = setup({
      strategy: leastBusy(),
      groupStrategies: { slow: latencyBased(), used: usageBased() },
      modelList: [
        deploymentOptions("s1", { modelName: "slow" }),
        deploymentOptions("s2", { modelName: "slow" }),
        deploymentOptions("u1", { modelName: "used", tpm: 1_000 }),
        deploymentOptions("u2", { modelName: "used", tpm: 1_000 }),
      ],
    });
    provider.script("s1", answers("x", { delayMs: 5_000 }));
    for (let count = 0; count < 10; count += 1) {
      await clock.until(router.completion({ model: "slow", messages }));
      await clock.until(router.completion({ model: "used", messages }));
    }
    const by = (id: string) => provider.calls.filter((call) => call.deploymentId === id).length;
    expect([by("s1"), by("s2")]).toEqual([1, 9]);
    expect(Math.abs(by("u1") - by("u2"))).toBeLessThanOrEqual(2);
  });
});
