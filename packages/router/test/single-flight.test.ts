import type { CallOptions } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, nextTurn, streams } from "@modelyard/testing";
import { describe, expect, it, vi } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

const flying = (more: Partial<HarnessOptions> = {}): Harness =>
  setup({ modelList: [deploymentOptions("a")], cache: { singleFlight: true }, numRetries: 0, ...more });

const start = (harness: Harness, options: CallOptions = {}, body: object = {}) =>
  harness.router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }], ...body }, options);

describe("identical concurrent calls", () => {
  it("share one provider call without a cache, each with its own answer", async () => {
    const harness = flying();
    harness.provider.script("a", answers("shared", { delayMs: 100 }));
    const all = await Promise.all(Array.from({ length: 10 }, () => harness.ask()));
    expect(harness.provider.calls).toHaveLength(1);
    expect(new Set(all).size).toBe(10);
    (all[0] as { choices: { message: { content: string } }[] }).choices[0]!.message.content = "changed";
    expect(all[1]).toMatchObject({ choices: [{ message: { content: "shared" } }] });
    expect(all.map((answer) => trailOf(answer).cache).toSorted()).toEqual([
      "off",
      ...Array.from({ length: 9 }, () => "shared"),
    ]);
    expect(trailOf(all[9]!)).toMatchObject({ deploymentId: "a", costUsd: 0, attempts: [] });
  });

  it("share a long answer as a copy for each, which is written and parsed in several turns of the event loop", async () => {
    const harness = flying();
    const long = "word ".repeat(200_000);
    harness.provider.script("a", answers(long, { delayMs: 100 }));
    const written = vi.spyOn(JSON, "stringify");
    const turns = vi.spyOn(globalThis, "setTimeout");
    const change = (answer: object): object => {
      (answer as { choices: { message: { content: string } }[] }).choices[0]!.message.content = "changed";
      return answer;
    };
    const all = await harness.clock.until(
      Promise.all([start(harness).then(change), start(harness).then(change), start(harness)]),
    );
    const longest = Math.max(...written.mock.results.map(({ value }) => String(value).length));
    const count = turns.mock.calls.filter(([, ms]) => ms === 0).length;
    vi.restoreAllMocks();
    expect(harness.provider.calls).toHaveLength(1);
    expect(all[2]).toMatchObject({ choices: [{ message: { content: long } }] });
    expect(longest).toBeLessThan(long.length / 2);
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it("share one call for requests of any length, but only while it is in progress", async () => {
    const harness = flying();
    harness.provider.script("a", answers("shared", { delayMs: 100 }));
    const long = { messages: [{ role: "user" as const, content: "x".repeat(500_000) }] };
    const digest = vi.spyOn(crypto.subtle, "digest");
    await harness.ask(long);
    const each = digest.mock.calls.length;
    const both = [1, 2].map(() => harness.router.completion({ model: "gpt-4", ...long }));
    // Long requests are hashed on other threads, of which the virtual clock is unaware, so both hashes must end before time passes.
    while (digest.mock.settledResults.filter(({ type }) => type === "fulfilled").length < 3 * each) await nextTurn();
    await harness.clock.until(Promise.all(both));
    digest.mockRestore();
    expect(harness.provider.calls).toHaveLength(2);
  });

  it("are separate when they differ in anything that can change the answer", async () => {
    const harness = flying();
    harness.provider.script("a", answers("slow", { delayMs: 100 }));
    await Promise.all([
      harness.ask(),
      harness.ask({ seed: 1 }),
      harness.ask({}, { caller: "x" }),
      harness.ask({ cache: { "no-cache": true } }),
    ]);
    expect(harness.provider.calls).toHaveLength(4);
  });

  it("share a failure, each with the trail of its own request", async () => {
    const harness = flying();
    harness.provider.script("a", fails("internal_server", { delayMs: 100 }));
    const [first, second] = await Promise.all([failure(harness.ask()), failure(harness.ask())]);
    expect(harness.provider.calls).toHaveLength(1);
    expect([first.kind, second.kind, first instanceof Error, second.message === first.message]).toEqual([
      "internal_server",
      "internal_server",
      true,
      true,
    ]);
    expect([first.attempts.length, second.attempts.length]).toEqual([1, 0]);
    expect(first.trail?.callId).not.toBe(second.trail?.callId);
  });

  it("do not share a failure that another caller's longer time limit would have avoided", async () => {
    const harness = flying();
    harness.provider.script("a", fails("internal_server", { delayMs: 100 }), fails("internal_server"), answers("good"));
    const [first, second] = await Promise.allSettled([harness.ask(), harness.ask({}, { numRetries: 3 })]);
    expect([first.status, second.status]).toEqual(["rejected", "fulfilled"]);
  });

  it("all get an answer when the first caller aborts, because another caller repeats the call", async () => {
    const harness = flying();
    harness.provider.script("a", answers("late", { delayMs: 100 }));
    const controller = new AbortController();
    const leader = failure(start(harness, { signal: controller.signal }));
    const followers = [start(harness), start(harness), start(harness)];
    await harness.clock.advance(50);
    controller.abort();
    expect((await leader).kind).toBe("aborted");
    const served = await harness.clock.until(Promise.all(followers));
    expect(served.map((answer) => answer.choices[0]?.message.content)).toEqual(["late", "late", "late"]);
    expect(harness.provider.calls).toHaveLength(2);
    expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
  });

  it("all get an answer when the deadline of the first caller passes", async () => {
    const harness = flying();
    harness.provider.script("a", answers("late", { delayMs: 100 }));
    const leader = failure(start(harness, { deadlineMs: 50 }));
    const follower = start(harness);
    expect((await harness.clock.until(leader)).kind).toBe("timeout");
    expect((await harness.clock.until(follower)).choices[0]?.message.content).toBe("late");
  });

  it("do not end when one waiting caller aborts", async () => {
    const harness = flying();
    harness.provider.script("a", answers("late", { delayMs: 100 }));
    const controller = new AbortController();
    const leader = start(harness);
    const follower = failure(start(harness, { signal: controller.signal }));
    await harness.clock.advance(50);
    controller.abort();
    expect((await follower).kind).toBe("aborted");
    await harness.clock.until(leader);
    expect(harness.provider.calls[0]?.cancelledAt).toBeUndefined();
  });

  it("are made separately when they stream", async () => {
    const harness = flying();
    harness.provider.script("a", streams(["x"]));
    for (const answer of await Promise.all([
      start(harness, {}, { stream: true }),
      start(harness, {}, { stream: true }),
    ])) {
      for await (const _ of answer as unknown as AsyncIterable<unknown>) void _;
    }
    expect(harness.provider.calls).toHaveLength(2);
  });
});
