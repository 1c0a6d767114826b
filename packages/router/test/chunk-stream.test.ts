import { answers, deploymentOptions, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

const request = { model: "gpt-4", messages: [], stream: true } as const;

describe("a stream of chunks", () => {
  it("stops the vendor when it is let go of before it was read", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "], { hangAfter: 1 }));
    const stream = await harness.router.completion(request);
    await stream[Symbol.asyncIterator]().return?.();
    expect([harness.router.inFlight, harness.provider.open, harness.clock.timers]).toEqual([0, 0, 0]);
    expect(harness.types()).toContain("attempt_aborted");
  });

  it("stops the vendor at once when it is let go of in the middle of a read", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "], { hangAfter: 1 }));
    const iterator = (await harness.router.completion(request))[Symbol.asyncIterator]();
    await iterator.next();
    const silent = iterator.next();
    await iterator.return?.();
    expect(await silent).toEqual({ done: true, value: undefined });
    expect([harness.router.inFlight, harness.provider.open, harness.clock.timers]).toEqual([0, 0, 0]);
  });

  it("says so when it is read a second time: what the first reader took would be missing", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "]));
    const stream = await harness.router.completion(request);
    await stream[Symbol.asyncIterator]().next();
    expect(() => stream[Symbol.asyncIterator]()).toThrow("This stream has already been read.");
  });

  it("gives two readers who ask at once what comes, in order", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "]));
    const iterator = (await harness.router.completion(request))[Symbol.asyncIterator]();
    const [first, second] = await Promise.all([iterator.next(), iterator.next()]);
    const text = (result: typeof first): unknown => (result.done === true ? undefined : result.value.choices[0]);
    expect([text(first), text(second)]).toMatchObject([{ delta: { content: "one " } }, { delta: { content: "two " } }]);
  });
});

describe("an answer", () => {
  it("of a provider that gives the same frozen object every time has a trail of its own", async () => {
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
