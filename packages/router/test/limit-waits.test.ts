import type { EventOf } from "@modelyard/core";
import { memoryState } from "@modelyard/cache-memory";
import { answers, deploymentOptions, fails, failure, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup as setupRouter, trailOf } from "./support/harness.js";

const slow = answers("slow", { delayMs: 1_000 });

function setup(options: HarnessOptions, seed = 1) {
  const harness = setupRouter({ numRetries: 0, maxLimitWaitMs: 5_000, ...options }, { events: ["limit_waited"], seed });
  const ask = async (more = {}, fields = {}): Promise<number> => {
    await harness.router.completion({ model: "gpt-4", messages: [], ...fields }, more);
    return harness.clock.now() - started;
  };
  const started = harness.clock.now();
  return { ...harness, ask, events: () => harness.events as readonly EventOf<"limit_waited">[] };
}

const single = { modelList: [deploymentOptions("a", { maxParallelRequests: 1 })] };

describe("max_limit_wait", () => {
  it("lets requests wait for a parallel slot, and serves them in the order in which they came", async () => {
    const { provider, clock, ask, events, router } = setup(single);
    provider.script("a", slow);
    await expect(clock.until(Promise.all([ask(), ask(), ask()]))).resolves.toEqual([1_000, 2_000, 3_000]);
    expect(events().map(({ waitedMs, admitted, group }) => [waitedMs, admitted, group])).toEqual([
      [1_000, true, "gpt-4"],
      [2_000, true, "gpt-4"],
    ]);
    expect([clock.timers, router.inFlight]).toEqual([0, 0]);
  });

  it("is off by default, and can be set for the router, for a group and by a request", async () => {
    const statuses = async (options: Partial<HarnessOptions>, request = {}): Promise<readonly string[]> => {
      const { provider, clock, ask } = setup({ ...single, maxLimitWaitMs: 0, ...options });
      provider.script("a", slow);
      const results = await clock.until(Promise.allSettled([ask(request), ask(request)]));
      return results.map(({ status }) => status);
    };
    expect(await statuses({})).toEqual(["fulfilled", "rejected"]);
    expect(await statuses({ maxLimitWaitMs: 1_500 })).toEqual(["fulfilled", "fulfilled"]);
    expect(await statuses({ groups: { "gpt-4": { maxLimitWaitMs: 1_500 } } })).toEqual(["fulfilled", "fulfilled"]);
    expect(await statuses({}, { maxLimitWaitMs: 1_500 })).toEqual(["fulfilled", "fulfilled"]);
    expect(await statuses({ maxLimitWaitMs: 1_500 }, { maxLimitWaitMs: 0 })).toEqual(["fulfilled", "rejected"]);
  });

  it("lets clients lower the configured wait, but not raise it", async () => {
    const { provider, clock, router } = setup({ ...single, maxLimitWaitMs: 500 });
    provider.script("a", slow);
    const first = router.completion({ model: "gpt-4", messages: [] });
    const body = { model: "gpt-4", messages: [], max_limit_wait: 30 };
    const refused = await failure(clock.until(router.completion(body)));
    expect(refused.status).toBe(429);
    expect(clock.now() - (refused.trail?.attempts[0]?.startedAt ?? clock.now())).toBe(0);
    expect(refused.trail?.limitWaitMs).toBe(500);
    expect(refused.trail?.cappedParams).toEqual(["max_limit_wait"]);
    await clock.until(first);
  });

  it("ends with a 429 after that time, or at the deadline", async () => {
    for (const options of [{ maxLimitWaitMs: 400 }, { deadlineMs: 400 }]) {
      const { provider, clock, ask, events } = setup({ ...single, ...options });
      provider.script("a", slow);
      const first = ask({ deadlineMs: 60_000 });
      const error = await failure(clock.until(ask()));
      expect([error.status, events()[0]?.waitedMs, events()[0]?.admitted]).toEqual([
        options.deadlineMs === undefined ? 429 : 408,
        400,
        false,
      ]);
      await clock.until(first);
    }
  });

  it("refuses at once what no limit will admit in time", async () => {
    const { clock, ask, events } = setup({ modelList: [deploymentOptions("a", { rpm: 1 })] });
    await clock.advance(60_000 - (clock.now() % 60_000));
    await clock.until(ask());
    const error = await failure(ask());
    expect([error.status, events()]).toEqual([429, []]);
  });

  it("waits for the next minute, and for tokens that are given back", async () => {
    const { clock, ask } = setup({ modelList: [deploymentOptions("a", { rpm: 1 })] });
    await clock.advance(57_000 - (clock.now() % 60_000) + 60_000);
    const started = clock.now();
    await clock.until(Promise.all([ask(), ask()]));
    expect(clock.now() - started).toBe(3_000);

    const tokens = setup({ modelList: [deploymentOptions("a", { tpm: 100 })] });
    await tokens.clock.advance(60_000 - (tokens.clock.now() % 60_000));
    const second = tokens.clock.now();
    tokens.provider.script("a", slow);
    await tokens.clock.until(Promise.all([tokens.ask({}, { max_tokens: 80 }), tokens.ask({}, { max_tokens: 80 })]));
    expect(tokens.clock.now() - second).toBe(2_000);
  });

  it("lets nobody overtake those that wait, but lets others use what they cannot", async () => {
    const { provider, clock, ask } = setup({
      modelList: [
        deploymentOptions("a", { maxParallelRequests: 1, regionName: "eu" }),
        deploymentOptions("b", { maxParallelRequests: 1, regionName: "us" }),
      ],
    });
    provider.script("a", slow);
    provider.script("b", slow);
    const europe = { allowedRegions: ["eu"] };
    const requests = [ask(europe), ask(europe), ask(europe)];
    const other = ask({ allowedRegions: ["us"] });
    await clock.advance(1_000);
    // It comes when "a" has just become free for those that wait, and "b" is free.
    const late = ask();
    await expect(clock.until(Promise.all([...requests, other, late]))).resolves.toEqual([
      1_000, 2_000, 3_000, 1_000, 2_000,
    ]);
  });

  it("lets a small request wait behind a large one, although there is room for it", async () => {
    const { provider, clock, ask } = setup({ modelList: [deploymentOptions("a", { tpm: 100 })] });
    await clock.advance(60_000 - (clock.now() % 60_000));
    const started = clock.now();
    provider.script("a", slow);
    const ended = async (tokens: number): Promise<number> => {
      await ask({}, { max_tokens: tokens });
      return clock.now() - started;
    };
    await expect(clock.until(Promise.all([ended(60), ended(60), ended(20)]))).resolves.toEqual([1_000, 2_000, 2_000]);
  });

  it("waits before it falls back, and falls back at once if the wait would be too long", async () => {
    const modelList = [
      deploymentOptions("a", { maxParallelRequests: 1 }),
      deploymentOptions("spare", { modelName: "spare" }),
    ];
    const served = async (maxLimitWaitMs: number): Promise<string | undefined> => {
      const { provider, clock, router } = setup({ modelList, maxLimitWaitMs, fallbacks: { "gpt-4": ["spare"] } });
      provider.script("a", slow);
      const first = router.completion({ model: "gpt-4", messages: [] });
      const second = router.completion({ model: "gpt-4", messages: [] });
      const [, answer] = await clock.until(Promise.all([first, second]));
      return trailOf(answer).deploymentId;
    };
    expect(await served(2_000)).toBe("a");
    expect(await served(500)).toBe("spare");
  });

  it("gives a place in the queue free when a caller leaves, and leaves nothing behind", async () => {
    const { provider, clock, ask, events, router } = setup(single);
    provider.script("a", slow);
    const controller = new AbortController();
    const first = ask();
    const gone = failure(ask({ signal: controller.signal }));
    const last = ask();
    await clock.advance(300);
    controller.abort();
    expect((await gone).kind).toBe("aborted");
    expect(events()[0]).toMatchObject({ waitedMs: 300, admitted: false });
    await expect(clock.until(Promise.all([first, last]))).resolves.toEqual([1_000, 2_000]);
    expect([clock.timers, router.inFlight]).toEqual([0, 0]);
  });

  it("counts a stream until its end, and waits for a cooldown after a 429", async () => {
    const { provider, clock, router, ask } = setup(single);
    provider.script("a", streams(["a", "b"], { gapMs: 700 }), answers());
    const stream = await clock.until(router.completion({ model: "gpt-4", messages: [], stream: true }));
    const waiting = ask();
    const texts: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) texts.push(chunk);
    })();
    await clock.until(Promise.all([waiting, reading]));
    expect(texts.length).toBeGreaterThan(0);

    const limited = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], cooldownMs: 1 });
    limited.provider.script("*", fails("rate_limit", { retryAfterMs: 2_000 }));
    await failure(limited.ask());
    await failure(limited.ask());
    limited.provider.script("*", answers());
    await limited.clock.until(Promise.all([limited.ask(), limited.ask(), limited.ask()]));
    expect(limited.events().map(({ waitedMs, admitted }) => [waitedMs, admitted])).toEqual([
      [2_000, true],
      [2_000, true],
      [2_000, true],
    ]);
  });

  it("holds at most 1,000 requests of a group", async () => {
    const { provider, clock, ask } = setup(single);
    provider.script("a", slow);
    const first = ask();
    const waiting = Promise.allSettled(Array.from({ length: 1_000 }, () => ask()));
    const error = await failure(ask());
    expect([error.status, error.trail?.limitWaitMs]).toEqual([429, undefined]);
    await clock.until(first);
    const served = (await clock.until(waiting)).filter(({ status }) => status === "fulfilled");
    expect(served).toHaveLength(4);
    expect(clock.timers).toBe(0);
  });

  it("waits for slots that the processes share", async () => {
    const state = memoryState();
    const shared = { ...single, sharedState: state };
    const one = setup(shared);
    const two = setup({ ...shared, clock: one.clock, providers: [one.provider] }, 2);
    one.provider.script("a", slow);
    const first = one.ask();
    const second = two.ask().then(() => one.clock.now());
    const started = one.clock.now();
    expect(await one.clock.until(first)).toBe(1_000);
    const ended = (await one.clock.until(second)) - started;
    expect(ended).toBeGreaterThanOrEqual(2_000);
    expect(ended).toBeLessThanOrEqual(2_100);
    expect([one.clock.timers, two.router.inFlight]).toEqual([0, 0]);
  });
});
