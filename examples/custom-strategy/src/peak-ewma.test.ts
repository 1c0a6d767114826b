import { seededRandom, type Strategy } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import {
  answers,
  failed,
  makeCandidates,
  makeContext,
  scriptedProvider,
  sharesOf,
  succeeded,
  VirtualClock,
} from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { peakEwma, strategy } from "./peak-ewma.js";

describeStrategy("peakEwma", { create: () => peakEwma() });

describe("peakEwma", () => {
  const taught = (...latencies: readonly number[]): Strategy => {
    const made = peakEwma();
    const candidates = makeCandidates([{ id: "fast" }, { id: "slow" }]);
    for (const [index, durationMs] of latencies.entries())
      made.observe?.(succeeded({ candidate: candidates[index]!, at: 0, durationMs }));
    return made;
  };

  it("prefers the faster of two deployments, but less when it is busy", () => {
    const made = taught(100, 400);
    const context = makeContext();
    const idle = makeCandidates([{ id: "fast" }, { id: "slow" }]);
    expect(sharesOf(() => made.pick(idle, context), 20_000)["fast"]).toBeCloseTo(0.75, 1);
    const busy = makeCandidates([{ id: "fast", inFlight: 9 }, { id: "slow" }]);
    expect(sharesOf(() => made.pick(busy, context), 20_000)["fast"]).toBeCloseTo(0.25, 1);
  });

  it("reacts at once to a peak and slowly to lower latencies, and never lowers the latency for a failure", () => {
    const made = taught(100, 400);
    const [fast] = makeCandidates([{ id: "fast" }]);
    const latency = () =>
      ((made.snapshot?.() ?? {}) as Record<string, { readonly latencyMs: number }>)["fast"]?.latencyMs;
    made.observe?.(succeeded({ candidate: fast, at: 1, durationMs: 900 }));
    expect(latency()).toBe(900);
    made.observe?.(succeeded({ candidate: fast, at: 1_001, durationMs: 100 }));
    expect(latency()).toBeGreaterThan(800);
    made.observe?.(failed({ candidate: fast, at: 1_002, durationMs: 1 }));
    expect(latency()).toBe(10_000);
  });

  it("reads and checks routing_strategy_args", () => {
    expect(strategy({ decay_ms: 500 }).name).toBe("peak-ewma");
    expect(() => strategy({ decay_ms: "soon" })).toThrow('decay_ms: "soon" is not a number above 0.');
    expect(() => peakEwma({ decayMs: 0 })).toThrow("peakEwma.decayMs: 0 is not a number above 0.");
  });

  it("sends most calls of a router to the faster deployment", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    provider.script("fast", answers("hi", { delayMs: 100 }));
    provider.script("slow", answers("hi", { delayMs: 2_000 }));
    const router = createRouter({
      providers: [provider],
      strategy: peakEwma(),
      clock,
      random: seededRandom(7),
      modelList: ["fast", "slow"].map((id) => ({ id, modelName: "gpt-4", model: `openai/${id}` })),
    });
    for (let count = 0; count < 200; count += 1)
      await clock.until(router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] }));
    const fast = provider.calls.filter((call) => call.deploymentId === "fast").length;
    expect(fast).toBeGreaterThan(120);
  });
});
