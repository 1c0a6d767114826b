import { memoryCache, memoryState } from "@modelyard/cache-memory";
import { answers, deploymentOptions, fails, hangs, streams, VirtualClock } from "@modelyard/testing";
import { createStrategy } from "@modelyard/strategies";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Harness, setup } from "./support/harness.js";

const year = 365 * 86_400_000;
const cooldownMs = 5_000;
/** A jump back that is shorter than this is ignored. */
const slackMs = 1_000;
const jumps = [-31 * year, -year, -3_600_000, -61_000, -6_000, -1_500, -1, 1, 6_000, 61_000, 3_600_000, 10 * year];
const jump = fc.oneof(
  fc.constantFrom(...jumps),
  fc.integer({ min: -7_200_000, max: 7_200_000 }),
  fc.integer({ min: -50 * year, max: 50 * year }),
);

const prices = (usd: number) => ({ inputCostPerToken: usd, outputCostPerToken: usd });
const calls = (harness: Harness, id: string) => harness.served().filter((served) => served === id).length;

async function ask(harness: Harness): Promise<void> {
  await harness.ask().catch(() => undefined);
}

/** Asks until a deployment was called once more. @returns whether it was */
async function reached(harness: Harness, id: string): Promise<boolean> {
  const before = calls(harness, id);
  for (let asked = 0; asked < 200 && calls(harness, id) === before; asked += 1) await ask(harness);
  return calls(harness, id) > before;
}

/** Whether a deployment is called at least once within the next `ms` milliseconds of continuous calls. */
async function servesWithin(harness: Harness, id: string, ms: number): Promise<boolean> {
  const before = calls(harness, id);
  for (let step = 0; step <= 10 && calls(harness, id) === before; step += 1) {
    for (let asked = 0; asked < 20; asked += 1) await ask(harness);
    await harness.clock.advance(ms / 10);
  }
  return calls(harness, id) > before;
}

describe("a jump of the clock", () => {
  it("keeps no deployment out of service by a cooldown, a probe or a slow start", async () => {
    await fc.assert(
      fc.asyncProperty(jump, fc.boolean(), fc.nat({ max: 6_000 }), async (ms, shared, passed) => {
        const harness = setup({
          modelList: [deploymentOptions("a"), deploymentOptions("b")],
          allowedFails: 0,
          cooldownMs,
          slowStartMs: 4_000,
          ...(shared ? { sharedState: memoryState() } : {}),
        });
        const { provider, clock, router } = harness;
        provider.script("a", fails("internal_server"), answers());
        expect(await reached(harness, "a")).toBe(true);
        await clock.advance(passed);
        clock.jump(ms);
        expect(await servesWithin(harness, "a", cooldownMs + slackMs)).toBe(true);
        await clock.advance(4_000);
        expect(router.state().groups[0]?.deployments.map(({ health }) => health)).not.toContain("cooling");
        // After the jump, it may fail and recover again.
        provider.script("a", fails("internal_server"), answers());
        expect(await reached(harness, "a")).toBe(true);
        clock.jump(-ms);
        expect(await servesWithin(harness, "a", cooldownMs + slackMs)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each(["latency-based-routing", "cost-based-routing", "usage-based-routing", "least-busy"] as const)(
    "keeps no deployment out of service by what a strategy learned: %s",
    async (name) => {
      for (const ms of [-31 * year, -3_600_000, 10 * year]) {
        const harness = setup({
          modelList: [
            deploymentOptions("a", { rpm: 1_000, ...prices(1) }),
            deploymentOptions("b", { rpm: 1_000, ...prices(2) }),
          ],
          strategy: createStrategy(name, name === "latency-based-routing" ? { ttl: 60 } : {}),
          disableCooldowns: true,
          timeoutMs: 1_000,
          numRetries: 0,
        });
        harness.provider.script("a", hangs());
        harness.provider.script("b", answers("hi", { delayMs: 500 }));
        expect(await reached(harness, "a")).toBe(true);
        for (let asked = 0; asked < 3; asked += 1) await ask(harness);
        harness.clock.jump(ms);
        harness.provider.script("a", answers("hi", { delayMs: 10 }));
        expect([ms, await servesWithin(harness, "a", 180_000)]).toEqual([ms, true]);
      }
    },
  );

  it("keeps no deployment out of service by a usage limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        jump,
        fc.boolean(),
        fc.constantFrom("window" as const, "bucket" as const),
        async (ms, shared, limitAlgorithm) => {
          const harness = setup({
            modelList: [deploymentOptions("a", { rpm: 2, tpm: 10_000, maxParallelRequests: 1 })],
            numRetries: 0,
            limitAlgorithm,
            ...(shared ? { sharedState: memoryState() } : {}),
          });
          for (let asked = 0; asked < 5; asked += 1) await ask(harness);
          for (const by of [ms, -ms]) {
            harness.clock.jump(by);
            expect(await servesWithin(harness, "a", 120_000)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("admits no more calls than the limit in the minute in which the clock is set back", async () => {
    for (const ms of jumps.filter((by) => by < 0)) {
      const harness = setup({ modelList: [deploymentOptions("a", { rpm: 3 })], numRetries: 0 });
      for (let asked = 0; asked < 3; asked += 1) await ask(harness);
      harness.clock.jump(ms);
      for (let asked = 0; asked < 3; asked += 1) await ask(harness);
      expect([ms, calls(harness, "a")]).toEqual([ms, 3]);
    }
  });

  it("keeps no deployment out of service by an earlier failure rate", async () => {
    for (const ms of jumps) {
      const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], cooldownMs, numRetries: 0 });
      harness.provider.script("a", ...Array.from({ length: 4 }, () => fails("internal_server")), answers());
      while (calls(harness, "a") < 4) await ask(harness);
      harness.clock.jump(ms);
      await harness.clock.advance(125_000);
      harness.provider.script("a", fails("internal_server"), answers());
      await reached(harness, "a");
      expect([ms, harness.types().includes("deployment_cooldown")]).toEqual([ms, false]);
    }
  });

  it("does not leave the retry budget used up", async () => {
    for (const ms of jumps) {
      const harness = setup({
        modelList: [deploymentOptions("a"), deploymentOptions("b")],
        disableCooldowns: true,
        retryBudget: { share: 0, floorPerSecond: 0.1 },
      });
      harness.provider.script("*", fails("internal_server"));
      for (let asked = 0; asked < 3; asked += 1) await ask(harness);
      expect(harness.served()).toHaveLength(4);
      harness.clock.jump(ms);
      await harness.clock.advance(25_000);
      await ask(harness);
      expect([ms, harness.served().length]).toEqual([ms, 6]);
    }
  });

  it("keeps no answer in the cache beyond its time to live", async () => {
    for (const ms of jumps) {
      const clock = new VirtualClock();
      const cache = memoryCache({ clock });
      await cache.set("key", "value", 10_000);
      clock.jump(ms);
      await clock.advance(20_000);
      expect([ms, await cache.get("key")]).toEqual([ms, undefined]);
    }
  });

  it("lets a request in progress end without a negative duration", async () => {
    for (const ms of jumps) {
      const harness = setup({ modelList: [deploymentOptions("a")], timeoutMs: 10_000, deadlineMs: 20_000 });
      harness.provider.script("a", answers("late", { delayMs: 3_000 }));
      const asking = harness.router.completion({ model: "gpt-4", messages: [] });
      await harness.clock.advance(1_000);
      harness.clock.jump(ms);
      await harness.clock.until(asking);
      const ended = harness.events.filter((event) => event.type === "attempt_succeeded");
      expect(ended).toHaveLength(1);
      expect(ended[0]?.durationMs).toBeGreaterThanOrEqual(0);
    }
  });

  it("still ends the wait for a stream that fell silent", async () => {
    for (const ms of jumps) {
      const harness = setup({ modelList: [deploymentOptions("a")], streamTimeoutMs: 5_000, numRetries: 0 });
      harness.provider.script("a", { ...stream(), hangAfter: 1 });
      const opened = await harness.clock.until(
        harness.router.completion({ model: "gpt-4", messages: [], stream: true }),
      );
      const read = (async () => {
        for await (const chunk of opened) void chunk;
      })().catch((error: unknown) => error);
      await harness.clock.advance(1_000);
      harness.clock.jump(ms);
      await harness.clock.advance(10_001);
      expect([ms, harness.router.inFlight]).toEqual([ms, 0]);
      expect(await read).toMatchObject({ kind: "timeout" });
    }
  });
});

function stream() {
  return streams(["one ", "two "]) as Extract<ReturnType<typeof streams>, { readonly type: "stream" }>;
}
