import type { Candidate, Strategy } from "@modelyard/core";
import { makeContext, started, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { listed, start } from "../test/support/draws.js";
import { costSlo } from "./cost-slo.js";

describeStrategy("costSlo", { create: () => costSlo() });

const priced = (id: string, cost: number) => ({
  id,
  prices: { inputCostPerToken: cost, outputCostPerToken: cost },
});
const candidates = listed([priced("cheap", 1e-6), priced("fair", 2e-6), priced("dear", 9e-6)]);

/** Lets deployments answer streams with these times to the first token, in milliseconds. */
function taught(strategy: Strategy, firstTokens: Readonly<Record<string, number>>): Strategy {
  let now = start;
  for (let round = 0; round < 20; round += 1)
    for (const candidate of candidates) {
      const firstTokenMs = firstTokens[candidate.deployment.id]!;
      const call = { candidate, callId: `${candidate.deployment.id}-${String(round)}`, stream: true };
      strategy.observe?.(started({ ...call, at: now, inputTokens: 1_000 }));
      now += firstTokenMs + 1_000;
      const usage = { prompt_tokens: 1_000, completion_tokens: 50, total_tokens: 1_050 };
      strategy.observe?.(succeeded({ ...call, at: now, durationMs: firstTokenMs + 1_000, firstTokenMs, usage }));
    }
  return strategy;
}

function pickOf(strategy: Strategy, now = start + 1_000_000): string {
  const context = makeContext({ now, stream: true, inputTokens: 1_000 });
  return (strategy.pick(candidates, context) as Candidate).deployment.id;
}

describe("costSlo", () => {
  it("picks the cheapest deployment that answers in time", () => {
    expect(pickOf(costSlo({ explore: 0 }))).toBe("cheap");
    expect(pickOf(taught(costSlo({ explore: 0 }), { cheap: 500, fair: 500, dear: 500 }))).toBe("cheap");
    expect(pickOf(taught(costSlo({ explore: 0 }), { cheap: 6_000, fair: 500, dear: 500 }))).toBe("fair");
    expect(
      pickOf(taught(costSlo({ explore: 0, firstTokenTargetMs: 10_000 }), { cheap: 6_000, fair: 500, dear: 500 })),
    ).toBe("cheap");
  });

  it("picks the one that answers soonest if none does in time", () => {
    expect(pickOf(taught(costSlo({ explore: 0 }), { cheap: 9_000, fair: 8_000, dear: 5_000 }))).toBe("dear");
  });

  it("counts a deployment that writes slowly as one that does not answer in time", () => {
    const taughtSlo = (tokenTargetMs: number): Strategy =>
      taught(costSlo({ explore: 0, tokenTargetMs }), { cheap: 500, fair: 500, dear: 500 });
    expect(pickOf(taughtSlo(100))).toBe("cheap");
    // All of them take 20 ms, so that the one that answers soonest is picked, and costs do not matter.
    expect(["cheap", "fair", "dear"]).toContain(pickOf(taughtSlo(1)));
  });

  it("avoids a deployment whose oldest call is late", () => {
    const strategy = taught(costSlo({ explore: 0 }), { cheap: 500, fair: 500, dear: 500 });
    const now = start + 1_000_000;
    strategy.observe?.(started({ candidate: candidates[0], callId: "silent", stream: true, at: now, inputTokens: 10 }));
    expect(pickOf(strategy, now + 1_000)).toBe("cheap");
    expect(pickOf(strategy, now + 4_000)).toBe("fair");
  });

  it("remarks on deployments whose price is unknown, which come last", () => {
    const unknown = listed([{ id: "a" }]).map(({ deployment }) => deployment);
    expect(costSlo().review?.(unknown)).toEqual([
      expect.objectContaining({ kind: "unknown_price", deploymentId: "a" }),
    ]);
  });

  it.each([
    [{ firstTokenTargetMs: 0 }],
    [{ firstTokenTargetMs: Number.POSITIVE_INFINITY }],
    [{ explore: -1 }],
    [{ tokenTargetMs: 0 }],
  ])("refuses %j", (options) => {
    expect(() => costSlo(options)).toThrow(/firstTokenTargetMs|tokenTargetMs|explore/u);
  });
});
