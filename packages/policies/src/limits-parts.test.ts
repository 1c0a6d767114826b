import type { Limits } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { DeploymentLimits } from "./limits.js";

const start = Date.UTC(2026, 0, 1);
const held = () => ({ heldTokens: 0, window: 0, generation: 0, requestStamp: 0, tokenStamp: 0 });

function of(limits: Limits, algorithm: "window" | "bucket" = "window"): DeploymentLimits {
  const made = new DeploymentLimits();
  made.configure({ limits, algorithm });
  return made;
}

/** Takes calls as long as they are admitted. @returns how many there were */
function admitted(limits: DeploymentLimits, tokens: number, now = start): number {
  let count = 0;
  for (; count < 1_000 && limits.refusal(now, tokens, 0) === undefined; count += 1) limits.take(now, tokens, held());
  return count;
}

describe.each(["window", "bucket"] as const)("a part of limits by %s", (algorithm) => {
  it("is rounded down, so that all parts together are no more than the whole", () => {
    const limits = of({ rpm: 50, tpm: 500 }, algorithm);
    limits.divide(4);
    const requests = algorithm === "window" ? 12 : 2;
    expect(admitted(limits, 0)).toBe(requests);
    const tokens = of({ tpm: 500 }, algorithm);
    tokens.divide(3);
    expect(tokens.cap(1_000)).toBe(algorithm === "window" ? 166 : 17);
  });

  it("is one at least", () => {
    const limits = of({ rpm: 2, tpm: 2, maxParallelRequests: 2 }, algorithm);
    limits.divide(9);
    expect([limits.refusal(start, 1, 0), limits.refusal(start, 1, 1)]).toEqual([undefined, "parallel"]);
    expect(admitted(limits, 1)).toBe(1);
  });

  it("does not change what one call takes of the whole", () => {
    const limits = of({ tpm: 600 }, algorithm);
    limits.divide(3);
    const most = algorithm === "window" ? 600 : 60;
    expect([limits.capOfAll(most - 1), limits.capOfAll(1_000)]).toEqual([most - 1, most]);
  });

  it("says what a call takes where tokens are not limited", () => {
    for (const limits of [of({}, algorithm), of({ rpm: 1 }, algorithm)])
      expect([limits.cap(1e9), limits.capOfAll(1e9)]).toEqual([1e9, 1e9]);
  });
});

describe("limits by bucket", () => {
  it("admit a tenth of a minute's worth at once, and then as much as has flowed in", () => {
    const limits = of({ rpm: 600, tpm: 6_000 }, "bucket");
    expect(admitted(limits, 0)).toBe(60);
    expect(limits.waitMs(start, 0)).toBe(100);
    const tokens = of({ tpm: 6_000 }, "bucket");
    expect(admitted(tokens, 300)).toBe(2);
    expect([tokens.refusal(start, 100, 0), tokens.waitMs(start, 100)]).toEqual(["tpm", 1_000]);
    expect(tokens.refusal(start + 999, 100, 0)).toBe("tpm");
    expect(tokens.refusal(start + 1_000, 100, 0)).toBeUndefined();
  });

  it("let a tenth of a minute's worth be rounded up", () => {
    expect(admitted(of({ rpm: 15 }, "bucket"), 0)).toBe(2);
  });

  it("get back what was not sent, and what was not used", () => {
    const limits = of({ rpm: 10, tpm: 1_000 }, "bucket");
    const call = held();
    limits.take(start, 100, call);
    expect(limits.refusal(start, 1, 0)).toBe("rpm");
    limits.settle(start, call, 0, 0);
    expect(limits.refusal(start, 100, 0)).toBeUndefined();
    const sent = held();
    limits.take(start, 100, sent);
    limits.settle(start, sent, 1, 40);
    expect(limits.refusal(start, 1, 0)).toBe("rpm");
    expect(limits.waitMs(start + 6_000, 60)).toBe(0);
  });

  it("go on with what they hold under limits that were changed", () => {
    const limits = of({ rpm: 600 }, "bucket");
    admitted(limits, 0);
    limits.configure({ limits: { rpm: 1_200 }, algorithm: "bucket" });
    expect(admitted(limits, 0)).toBe(60);
    expect(limits.waitMs(start, 0)).toBe(50);
    const tokens = of({ tpm: 6_000 }, "bucket");
    admitted(tokens, 600);
    tokens.configure({ limits: { tpm: 12_000 }, algorithm: "bucket" });
    expect(admitted(tokens, 600)).toBe(1);
    expect(tokens.waitMs(start, 100)).toBe(500);
  });
});

describe("the minute", () => {
  it("that is over counts no more, also where nobody asked since", () => {
    const limits = of({ rpm: 9, tpm: 900 });
    limits.take(start, 90, held());
    const next = start + 60_000;
    expect([limits.requestsUsed(next - 1), limits.tokensUsed(next - 1)]).toEqual([1, 90]);
    expect([limits.requestsUsed(next), limits.tokensUsed(next)]).toEqual([0, 0]);
    const other = of({ rpm: 9, tpm: 900 });
    other.take(start, 90, held());
    expect(other.tokensUsed(next)).toBe(0);
  });

  it("at hand is not changed by a call of the one before", () => {
    const limits = of({ rpm: 9, tpm: 900 });
    const late = held();
    limits.take(start, 90, late);
    limits.settle(start + 60_000, late, 0, 500);
    expect([limits.requestsUsed(start + 60_000), limits.tokensUsed(start + 60_000)]).toEqual([0, 0]);
    const again = held();
    limits.take(start + 60_000, 90, again);
    limits.take(start + 120_000, 40, held());
    limits.settle(start + 120_000, again, 0, 0);
    expect([limits.requestsUsed(start + 120_000), limits.tokensUsed(start + 120_000)]).toEqual([1, 40]);
  });
});
