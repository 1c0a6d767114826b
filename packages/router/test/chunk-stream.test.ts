import { answers, deploymentOptions, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

const request = { model: "gpt-4", messages: [], stream: true } as const;

describe("a stream of chunks", () => {
  it("aborts the vendor's call when it is discarded before it was read", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "], { hangAfter: 1 }));
    const stream = await harness.router.completion(request);
    await stream[Symbol.asyncIterator]().return?.();
    expect([harness.router.inFlight, harness.provider.open, harness.clock.timers]).toEqual([0, 0, 0]);
    expect(harness.types()).toContain("attempt_aborted");
  });

  it("aborts the vendor's call at once when it is discarded during a read", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "], { hangAfter: 1 }));
    const iterator = (await harness.router.completion(request))[Symbol.asyncIterator]();
    await iterator.next();
    const silent = iterator.next();
    await iterator.return?.();
    expect(await silent).toEqual({ done: true, value: undefined });
    expect([harness.router.inFlight, harness.provider.open, harness.clock.timers]).toEqual([0, 0, 0]);
  });

  it("throws when it is read a second time, because the first reader took the chunks", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "]));
    const stream = await harness.router.completion(request);
    await stream[Symbol.asyncIterator]().next();
    expect(() => stream[Symbol.asyncIterator]()).toThrow("This stream has already been read.");
  });

  it("gives two concurrent readers the chunks in order", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "]));
    const iterator = (await harness.router.completion(request))[Symbol.asyncIterator]();
    const [first, second] = await Promise.all([iterator.next(), iterator.next()]);
    const text = (result: typeof first): unknown => (result.done === true ? undefined : result.value.choices[0]);
    expect([text(first), text(second)]).toMatchObject([{ delta: { content: "one " } }, { delta: { content: "two " } }]);
  });
});

describe("an answer", () => {
  it("gets its own trail although the provider returns the same frozen object every time", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    const made = await harness.router.completion({ model: "gpt-4", messages: [] });
    for (const value of [Object.freeze({ ...made }), { ...made }]) {
      harness.provider.script("a", answers("", { value }));
      const first = await harness.router.completion({ model: "gpt-4", messages: [] }, { callId: "first" });
      const second = await harness.router.completion({ model: "gpt-4", messages: [] }, { callId: "second" });
      expect([first.routing.callId, second.routing.callId]).toEqual(["first", "second"]);
      expect(JSON.stringify(second)).toBe(JSON.stringify(value));
    }
  });
});
