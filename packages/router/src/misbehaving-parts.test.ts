import type { Candidate } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { createRouter } from "./create-router.js";
import { one, setup } from "./test/house.js";

describe("parts that misbehave", () => {
  it("a callback that throws costs the caller nothing", async () => {
    const house = setup({ modelList: [one("a")] });
    const router = createRouter({
      providers: [house.provider],
      clock: house.clock,
      modelList: [one("a")],
      callbacks: [
        {
          name: "bad",
          events: ["request_started", "request_succeeded"],
          on: () => {
            throw new Error("no");
          },
        },
      ],
    });
    expect((await router.completion({ model: "gpt-4", messages: [] })).choices).toHaveLength(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["names nobody", () => ({}) as never],
    ["rejects", () => Promise.reject(new Error("no"))],
    [
      "is late",
      () =>
        new Promise<never>(() => {
          // Never settles.
        }),
    ],
  ] as const)("simple-shuffle picks when a strategy %s", async (_, pick) => {
    const house = setup({ modelList: [one("a"), one("b")], strategy: { name: "bad", pick } });
    await house.ask();
    expect(house.types()).toContain("strategy_failed");
    expect(house.clock.timers).toBe(0);
  });

  it("simple-shuffle picks when a strategy names a deployment of another group", async () => {
    let stranger: Candidate | undefined;
    const house = setup({
      modelList: [one("a"), one("b"), { ...one("c"), modelName: "other" }, { ...one("d"), modelName: "other" }],
      strategy: {
        name: "remembers",
        pick: (candidates) => {
          stranger ??= candidates[0];
          return stranger;
        },
      },
    });
    await house.ask();
    expect(house.types()).not.toContain("strategy_failed");
    await house.router.completion({ model: "other", messages: [] });
    expect(house.types()).toContain("strategy_failed");
    expect(["c", "d"]).toContain(house.provider.calls.at(-1)?.deploymentId);
  });
});
