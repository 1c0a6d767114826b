import { type ErrorKind, errorKinds, type RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { answers, fails, hangs, type ProviderBehavior, streams } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup as setupRouter } from "./support/harness.js";

async function drain(parts: AsyncIterable<StreamPart>): Promise<number> {
  let chunks = 0;
  for await (const part of parts) chunks += part.chunks.length;
  return chunks;
}

function setup(options: HarnessOptions) {
  const harness = setupRouter(options, { events: ["retry_refused"] });
  /** Makes a call of a group, without letting time pass. @returns what it failed with */
  const ask = (model: string, body: object = {}): Promise<RouterError | undefined> =>
    harness.router
      .execute("chat", { model, messages: [], ...body })
      .then(async (outcome) => {
        if (outcome.kind === "stream") await drain(outcome.parts);
        return undefined;
      })
      .catch((error: unknown) => error as RouterError);
  return { ...harness, ask };
}

const names = ["a", "b", "c", "d", "e"];
const kinds = Object.keys(errorKinds).filter((kind) => !["aborted", "invalid_option"].includes(kind)) as ErrorKind[];

const behavior: fc.Arbitrary<ProviderBehavior> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...kinds).map((kind) => fails(kind)) },
  { weight: 2, arbitrary: fc.nat({ max: 90_000 }).map((ms) => fails("rate_limit", { retryAfterMs: ms, delayMs: 5 })) },
  { weight: 2, arbitrary: fc.nat({ max: 3_000 }).map((ms) => fails("internal_server", { delayMs: ms })) },
  { weight: 1, arbitrary: fc.constant(hangs()) },
  { weight: 1, arbitrary: fc.constant(answers()) },
);

const world = fc.record({
  fallbacks: fc.dictionary(
    fc.constantFrom(...names, "*"),
    fc.array(fc.constantFrom(...names, "alias", "missing"), { minLength: 1, maxLength: 4 }),
  ),
  contextWindowFallbacks: fc.dictionary(
    fc.constantFrom(...names),
    fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
  ),
  sizes: fc.tuple(...names.map(() => fc.integer({ min: 1, max: 3 }))),
  ordered: fc.boolean(),
  numRetries: fc.integer({ min: 0, max: 3 }),
  policy: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  maxFallbacks: fc.integer({ min: 0, max: 5 }),
  maxAttempts: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  deadlineMs: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
  behaviors: fc.array(behavior, { minLength: 1, maxLength: 12 }),
  requests: fc.integer({ min: 1, max: 4 }),
});

describe("the work for one request", () => {
  it("stays within the limits for any configuration: each group once, at most `maxAttempts` calls, within the deadline", async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        async ({ sizes, ordered, policy, behaviors, requests, maxAttempts, deadlineMs, ...rest }) => {
          const harness = setup({
            ...rest,
            modelList: names.flatMap((name, index) =>
              Array.from({ length: sizes[index] ?? 1 }, (_, place) => ({
                id: `${name}${String(place)}`,
                modelName: name,
                model: `openai/${name}`,
                ...(ordered ? { order: place } : {}),
              })),
            ),
            modelGroupAlias: { alias: "b" },
            timeoutMs: 2_000,
            ...(policy === undefined
              ? {}
              : { retryPolicy: { RateLimitError: policy, Timeout: policy, BadRequestError: 1 } }),
            ...(maxAttempts === undefined ? {} : { maxAttempts }),
            ...(deadlineMs === undefined ? {} : { deadlineMs }),
          });
          harness.provider.script("*", ...behaviors);
          const perGroup = 1 + Math.max(rest.numRetries, policy ?? 0, policy === undefined ? 0 : 1);
          for (let request = 0; request < requests; request += 1) {
            const before = harness.provider.calls.length;
            const began = harness.clock.now();
            await harness.clock.until(harness.ask("a"));
            const groups = harness.provider.calls.slice(before).map((call) => call.group);
            const entered = groups.filter((group, index) => group !== groups[index - 1]);
            expect(new Set(entered).size).toBe(entered.length);
            expect(entered.length).toBeLessThanOrEqual(1 + rest.maxFallbacks);
            expect(groups.length).toBeLessThanOrEqual(Math.min(perGroup * entered.length, maxAttempts ?? Infinity));
            expect(harness.clock.now() - began).toBeLessThanOrEqual((deadlineMs ?? Infinity) + 100);
            expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("stays within the limits for streams that break and are continued on another deployment", async () => {
    const broken = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(...kinds))
      .map(([failAfter, failKind]) => streams(["one ", "two ", "three "], { failAfter, failKind }));
    await fc.assert(
      fc.asyncProperty(world, fc.array(broken, { minLength: 1, maxLength: 9 }), async (made, behaviors) => {
        const { numRetries, maxAttempts, maxFallbacks, fallbacks } = made;
        const harness = setup({
          fallbacks,
          numRetries,
          maxFallbacks,
          midStreamFallback: "continue",
          modelList: names.flatMap((name) =>
            [1, 2, 3].map((place) => ({
              id: `${name}${String(place)}`,
              modelName: name,
              model: `openai/${name}`,
              capabilities: { prefix: true },
            })),
          ),
          ...(maxAttempts === undefined ? {} : { maxAttempts }),
        });
        harness.provider.script("*", ...behaviors);
        await harness.clock.until(harness.ask("a", { stream: true }));
        const groups = harness.provider.calls.map((call) => call.group);
        expect(groups.length).toBeLessThanOrEqual(
          Math.min((1 + numRetries) * new Set(groups).size, maxAttempts ?? Infinity),
        );
        expect([harness.router.inFlight, harness.clock.timers, harness.provider.open]).toEqual([0, 0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it("ends or moves on at once when a vendor's Retry-After is longer than the caller's deadline", async () => {
    const modelList = [{ id: "a", modelName: "a", model: "openai/a" }];
    const alone = setup({ modelList, deadlineMs: 2_000 });
    alone.provider.script("*", fails("rate_limit", { retryAfterMs: 10_000 }));
    const began = alone.clock.now();
    expect(await alone.clock.until(alone.ask("a"))).toMatchObject({ kind: "rate_limit", retryAfterMs: 10_000 });
    expect([alone.clock.now() - began, alone.provider.calls.length]).toEqual([0, 1]);
    const helped = setup({
      modelList: [...modelList, { id: "b", modelName: "b", model: "openai/b" }],
      fallbacks: { a: ["b"] },
      deadlineMs: 2_000,
    });
    helped.provider.script("a", fails("rate_limit", { retryAfterMs: 10_000 }));
    const start = helped.clock.now();
    expect(await helped.clock.until(helped.ask("a"))).toBeUndefined();
    expect(helped.clock.now() - start).toBe(0);
  });
});

describe("an outage", () => {
  const modelList = ["a", "b", "c", "d"].map((id) => ({ id, modelName: "gpt-4", model: `openai/${id}` }));
  /** A thousand requests a second, for so many seconds. @returns calls for each request, second by second */
  async function storm(harness: ReturnType<typeof setup>, seconds: number): Promise<readonly number[]> {
    const ratios: number[] = [];
    const asked: Promise<RouterError | undefined>[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const before = harness.provider.calls.length;
      for (let turn = 0; turn < 10; turn += 1) {
        for (let request = 0; request < 100; request += 1) asked.push(harness.ask("gpt-4"));
        await harness.clock.advance(100);
      }
      ratios.push((harness.provider.calls.length - before) / 1_000);
    }
    await harness.clock.until(Promise.all(asked));
    return ratios;
  }

  it("multiplies calls by 1.2 at most with a retry budget, after the budget's minimum is used up", async () => {
    const harness = setup({ modelList, retryBudget: {}, disableCooldowns: true, numRetries: 3 });
    harness.provider.script("*", fails("service_unavailable"));
    const ratios = await storm(harness, 12);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.2 + 0.11);
    expect(ratios.reduce((sum, ratio) => sum + ratio) / 12).toBeLessThanOrEqual(1.22);
    expect(harness.events.length).toBeGreaterThan(5_000);
    const error = await harness.clock.until(harness.ask("gpt-4"));
    expect(error?.kind).toBe("service_unavailable");
    expect(error?.trail?.rejections.map((rejection) => rejection.reason)).toEqual([
      "the retry budget of the process is exhausted",
    ]);
  });

  it("multiplies calls by more than 3 without a retry budget", async () => {
    const harness = setup({ modelList, disableCooldowns: true, numRetries: 3 });
    harness.provider.script("*", fails("service_unavailable"));
    expect((await storm(harness, 1))[0]).toBeGreaterThan(3);
  });

  it("causes few extra calls once the deployments are in cooldown, and all of them recover afterwards", async () => {
    const harness = setup({ modelList, retryBudget: {}, numRetries: 3, slowStartMs: 0 });
    harness.provider.script("*", fails("service_unavailable"));
    const ratios = await storm(harness, 5);
    expect(ratios.at(-1)).toBeLessThanOrEqual(1.3);
    harness.provider.script("*", answers());
    await harness.clock.advance(120_000);
    for (let count = 0; count < 200; count += 1)
      expect(await harness.clock.until(harness.ask("gpt-4"))).toBeUndefined();
    const health = harness.router.state().groups[0]!.deployments.map((deployment) => deployment.health);
    expect(health.filter((word) => word !== "healthy")).toEqual([]);
  });
});
