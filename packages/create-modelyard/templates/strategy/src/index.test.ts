import { seededRandom } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { answers, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { recentlyFastest, strategy } from "./index.ts";

// Tests every promise of the contract.
describeStrategy("recentlyFastest", { create: () => recentlyFastest() });

describe("recentlyFastest", () => {
  it("sends nearly all calls of a router to the faster deployment", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ name: "openai", clock });
    provider.script("fast", answers("Hello", { delayMs: 100 }));
    provider.script("slow", answers("Hello", { delayMs: 2_000 }));
    const router = createRouter({
      providers: [provider],
      strategy: recentlyFastest(),
      clock,
      random: seededRandom(7),
      modelList: ["fast", "slow"].map((id) => ({ id, modelName: "chat", model: `openai/${id}` })),
    });
    for (let count = 0; count < 20; count += 1)
      await clock.until(router.completion({ model: "chat", messages: [{ role: "user", content: "Hello" }] }));
    expect(provider.calls.filter(({ deploymentId }) => deploymentId === "slow")).toHaveLength(1);
  });

  it("checks the arguments of a configuration file", () => {
    expect(strategy({ weight: 0.5 }).name).toBe("recently-fastest");
    expect(() => strategy({ weight: 2 })).toThrow("weight: 2 is not a number above 0 and at most 1.");
  });
});
