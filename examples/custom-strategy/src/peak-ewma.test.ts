import { makeCandidates, makeContext, sharesOf, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { peakEwma } from "./peak-ewma.js";

describeStrategy("peakEwma", { create: () => peakEwma() });

describe("peakEwma", () => {
  it("prefers the faster of two, and loads it less when it is busy", () => {
    const strategy = peakEwma();
    const idle = makeCandidates([{ id: "fast" }, { id: "slow" }]);
    for (const [index, durationMs] of [100, 400].entries())
      strategy.observe?.(succeeded({ candidate: idle[index]!, at: 0, durationMs }));
    const context = makeContext();
    expect(sharesOf(() => strategy.pick(idle, context), 20_000)["fast"]).toBeCloseTo(0.75, 1);
    const busy = makeCandidates([{ id: "fast", inFlight: 9 }, { id: "slow" }]);
    expect(sharesOf(() => strategy.pick(busy, context), 20_000)["fast"]).toBeCloseTo(0.25, 1);
  });
});
