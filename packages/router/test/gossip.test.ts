import { type Logger, silentLogger, type Strategy } from "@modelyard/core";
import { answers, deploymentOptions } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup } from "./support/harness.js";
import { store } from "./support/store.js";

const minuteMs = 60_000;

function sharedHarness(more: Partial<HarnessOptions> = {}) {
  const shared = store();
  const harness = setup({
    modelList: [deploymentOptions("a", { rpm: 100 }), deploymentOptions("b", { rpm: 100 })],
    sharedState: shared,
    ...more,
  });
  harness.provider.script("*", answers());
  const used = () =>
    harness.router.state().groups[0]?.deployments.map(({ used: { requests, tokens } }) => [requests, tokens]);
  const minute = Math.floor(harness.clock.now() / minuteMs);
  return { ...harness, shared, used, minute };
}

describe("usage in other processes", () => {
  it("is added up over all processes, each counted by its latest message", () => {
    const { shared, used, minute } = sharedHarness();
    shared.deliver({ from: "x", minute, usage: { a: [3, 30] }, learned: [] });
    shared.deliver({ from: "y", minute, usage: { a: [1, 10], b: [2, 20] }, learned: [] });
    expect(used()).toEqual([
      [4, 40],
      [2, 20],
    ]);
    shared.deliver({ from: "x", minute, usage: { a: [5, 50] }, learned: [] });
    expect(used()?.[0]).toEqual([6, 60]);
  });

  it("counts only for its own minute", async () => {
    const { shared, used, minute, clock } = sharedHarness();
    shared.deliver({ from: "old", minute: minute - 1, usage: { a: [9, 90] }, learned: [] });
    shared.deliver({ from: "x", minute, usage: { a: [3, 30] }, learned: [] });
    await clock.advance((minute + 1) * minuteMs - clock.now() - 1);
    expect(used()?.[0]).toEqual([3, 30]);
    await clock.advance(1);
    expect(used()?.[0]).toEqual([0, 0]);
    shared.deliver({ from: "y", minute: minute + 1, usage: { a: [1, 10] }, learned: [] });
    expect(used()?.[0]).toEqual([1, 10]);
  });

  it("is sent as a total, and the process ignores its own messages", async () => {
    const { shared, ask, used, minute } = sharedHarness();
    expect(shared.outgoing()).toBeUndefined();
    await ask();
    await ask();
    const message = JSON.parse(shared.outgoing() ?? "null") as { readonly usage: Record<string, readonly number[]> };
    expect(message).toMatchObject({ minute, learned: [] });
    const sum = Object.values(message.usage).reduce((total, [requests = 0]) => total + requests, 0);
    expect(sum).toBe(2);
    const before = used();
    shared.deliver(message);
    expect(used()).toEqual(before);
  });

  it.each([
    ["invalid JSON", "{"],
    ["a list instead of an object", [1]],
    ["no sender", { minute: 0, usage: { a: [1, 1] } }],
    ["no minute", { from: "x", usage: { a: [1, 1] } }],
    ["no usage", { from: "x", minute: 0, usage: [1] }],
    ["counts below 0", { from: "x", minute: 0, usage: { a: [-1, 1] } }],
    ["one count instead of two", { from: "x", minute: 0, usage: { a: [1] } }],
    ["three counts instead of two", { from: "x", minute: 0, usage: { a: [1, 1, 1] } }],
    ["strings instead of counts", { from: "x", minute: 0, usage: { a: ["1", "1"] } }],
    ["a number instead of counts", { from: "x", minute: 0, usage: { a: 1 } }],
    ["invalid strategy data", { from: "x", learned: [1, {}, ["nobody", 1]] }],
  ])("is ignored in a message with %s", (_, message) => {
    const { shared, used, minute } = sharedHarness();
    const text =
      typeof message === "string"
        ? message
        : JSON.stringify(message).replace('"minute":0', `"minute":${String(minute)}`);
    shared.deliver(text);
    expect(used()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("what strategies learned in other processes", () => {
  const learning = (name: string, merged: unknown[], delta: () => unknown): Strategy => ({
    name,
    pick: ([first]) => first,
    delta,
    merge: (data) => {
      merged.push(data);
    },
  });

  it("is sent, and received by the strategy of the same name", () => {
    const merged: unknown[] = [];
    const { shared } = sharedHarness({ strategy: learning("mine", merged, () => ({ a: 1 })) });
    expect(JSON.parse(shared.outgoing() ?? "null")).toMatchObject({ usage: {}, learned: [["mine", { a: 1 }]] });
    shared.deliver({
      from: "x",
      learned: [
        ["other", 1],
        ["mine", 2],
      ],
    });
    expect(merged).toEqual([2]);
  });

  it("fails no call when the strategy throws, and the failure is logged", async () => {
    const warned: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_, message) => {
        warned.push(message);
      },
    };
    const strategy: Strategy = {
      ...learning("bad", [], () => {
        throw new Error("no");
      }),
      merge: () => {
        throw new Error("no");
      },
    };
    const { shared, ask } = sharedHarness({ strategy, logger });
    await ask();
    expect(JSON.parse(shared.outgoing() ?? "null")).toMatchObject({
      usage: { a: [1, expect.any(Number)] },
      learned: [],
    });
    shared.deliver({ from: "x", learned: [["bad", 1]] });
    expect(warned.filter((message) => message.includes("while exchanging data"))).toHaveLength(2);
  });
});
