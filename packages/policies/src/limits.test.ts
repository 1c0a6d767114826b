import type { Limits } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeploymentLimits } from "./limits.js";

const start = Date.UTC(2026, 0, 1);
const held = () => ({ heldTokens: 0, window: 0, generation: 0, requestStamp: 0, tokenStamp: 0 });

function of(limits: Limits, algorithm: "window" | "bucket" = "window"): DeploymentLimits {
  const made = new DeploymentLimits();
  made.configure({ limits, algorithm });
  return made;
}

/** Takes calls for as long as they are admitted. @returns their number */
function admitted(limits: DeploymentLimits, tokens: number, now = start): number {
  let count = 0;
  for (; count < 1_000 && limits.refusal(now, tokens, 0) === undefined; count += 1) limits.take(now, tokens, held());
  return count;
}

describe.each(["window", "bucket"] as const)("DeploymentLimits divided between processes, by %s", (algorithm) => {
  it("rounds down, so that all processes together stay within the limit", () => {
    const limits = of({ rpm: 50, tpm: 500 }, algorithm);
    limits.divide(4);
    const requests = algorithm === "window" ? 12 : 2;
    expect(admitted(limits, 0)).toBe(requests);
    const tokens = of({ tpm: 500 }, algorithm);
    tokens.divide(3);
    expect(tokens.cap(1_000)).toBe(algorithm === "window" ? 166 : 17);
  });

  it("admits at least one call", () => {
    const limits = of({ rpm: 2, tpm: 2, maxParallelRequests: 2 }, algorithm);
    limits.divide(9);
    expect([limits.refusal(start, 1, 0), limits.refusal(start, 1, 1)]).toEqual([undefined, "parallel"]);
    expect(admitted(limits, 1)).toBe(1);
  });

  it("does not divide the cap for shared state", () => {
    const limits = of({ tpm: 600 }, algorithm);
    limits.divide(3);
    const most = algorithm === "window" ? 600 : 60;
    expect([limits.capOfAll(most - 1), limits.capOfAll(1_000)]).toEqual([most - 1, most]);
  });

  it("does not cap tokens without a token limit", () => {
    for (const limits of [of({}, algorithm), of({ rpm: 1 }, algorithm)])
      expect([limits.cap(1e9), limits.capOfAll(1e9)]).toEqual([1e9, 1e9]);
  });
});

describe("DeploymentLimits by bucket", () => {
  it("admits a tenth of the minute's limit at once, then as much as has drained", () => {
    const limits = of({ rpm: 600, tpm: 6_000 }, "bucket");
    expect(admitted(limits, 0)).toBe(60);
    expect(limits.waitMs(start, 0)).toBe(100);
    const tokens = of({ tpm: 6_000 }, "bucket");
    expect(admitted(tokens, 300)).toBe(2);
    expect([tokens.refusal(start, 100, 0), tokens.waitMs(start, 100)]).toEqual(["tpm", 1_000]);
    expect(tokens.refusal(start + 999, 100, 0)).toBe("tpm");
    expect(tokens.refusal(start + 1_000, 100, 0)).toBeUndefined();
  });

  it("rounds a tenth of the minute's limit up", () => {
    expect(admitted(of({ rpm: 15 }, "bucket"), 0)).toBe(2);
  });

  it("returns what was not sent and what was not used", () => {
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

  it("keeps what the buckets hold when the limits change", () => {
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

describe("a minute of DeploymentLimits", () => {
  it("no longer counts once it is over", () => {
    const limits = of({ rpm: 9, tpm: 900 });
    limits.take(start, 90, held());
    const next = start + 60_000;
    expect([limits.requestsUsed(next - 1), limits.tokensUsed(next - 1)]).toEqual([1, 90]);
    expect([limits.requestsUsed(next), limits.tokensUsed(next)]).toEqual([0, 0]);
    const other = of({ rpm: 9, tpm: 900 });
    other.take(start, 90, held());
    expect(other.tokensUsed(next)).toBe(0);
  });

  it("is not changed by settling a call of an earlier minute", () => {
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

describe("DeploymentLimits", () => {
  const limits = (algorithm: "window" | "bucket" = "window") => {
    const made = new DeploymentLimits();
    made.configure({ limits: { rpm: 3, tpm: 100, maxParallelRequests: 2 }, algorithm });
    return made;
  };

  it("keeps what its buckets hold when the number of processes changes", () => {
    const made = new DeploymentLimits();
    made.configure({ limits: { rpm: 60 }, algorithm: "bucket" });
    for (let count = 0; count < 6; count += 1) made.take(start, 1, held());
    made.divide(2);
    made.divide(1);
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    expect(made.refusal(start + 1_000, 1, 0)).toBeUndefined();
  });

  it("names the first limit that refuses a call, and the wait", () => {
    const made = limits();
    expect(made.refusal(start, 10, 2)).toBe("parallel");
    made.take(start, 95, held());
    expect(made.refusal(start, 10, 0)).toBe("tpm");
    expect(made.waitMs(start + 10_000, 10)).toBe(50_000);
  });

  it("admits a call above the token limit in an empty window", () => {
    expect(limits().refusal(start, 1_000, 0)).toBeUndefined();
  });

  it("replaces what was taken by what was used, but keeps counting a request that was sent", () => {
    const made = limits();
    const one = held();
    made.take(start, 50, one);
    made.settle(start, one, 1, 20);
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 20]);
    const two = held();
    made.take(start, 50, two);
    made.settle(start, two, 0, 0);
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 20]);
  });

  it.each(["rpm", "tpm", "maxParallelRequests"] as const)(
    "admits nothing if %s is 0, with an infinite wait",
    (name) => {
      for (const algorithm of ["window", "bucket"] as const) {
        const made = new DeploymentLimits();
        made.configure({ limits: { rpm: 3, tpm: 100, [name]: 0 }, algorithm });
        expect(made.refusal(start, 0, 0)).toBe(name === "maxParallelRequests" ? "parallel" : name);
        expect(made.waitMs(start, 0)).toBe(Number.POSITIVE_INFINITY);
        made.divide(4);
        expect(made.refusal(start, 0, 0)).toBeDefined();
      }
    },
  );

  it("never reserves more than the limit for any sequence of calls", () => {
    const step = fc.record({
      tokens: fc.nat({ max: 300 }),
      used: fc.nat({ max: 300 }),
      sent: fc.boolean(),
      ms: fc.nat({ max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const made = limits();
        const open: ReturnType<typeof held>[] = [];
        let now = start;
        for (const { tokens, used, sent, ms } of steps) {
          now += ms;
          const one = made.refusal(now, tokens, 0) === undefined ? held() : undefined;
          if (one === undefined) {
            const oldest = open.shift();
            if (oldest !== undefined)
              made.settle(now, oldest, sent ? 1 : 0, sent ? Math.min(used, oldest.heldTokens) : 0);
          } else {
            made.take(now, tokens, one);
            open.push(one);
          }
          const counts = [made.requestsUsed(now), made.tokensUsed(now)] as const;
          expect(counts[0]).toBeLessThanOrEqual(3);
          expect(counts[1]).toBeLessThanOrEqual(100);
          expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
        }
        expect(made.refusal(now + 60_000, 1_000_000, 0)).toBeUndefined();
      }),
    );
  });

  it("keeps what was counted when the limits change, and returns nothing twice", () => {
    const made = limits();
    const one = held();
    made.take(start, 60, one);
    made.take(start, 10, held());
    made.configure({ limits: { rpm: 2, tpm: 200 }, algorithm: "window" });
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    made.settle(start, one, 0, 0);
    expect(made.refusal(start, 1, 0)).toBeUndefined();
    expect([made.requestsUsed(start), made.tokensUsed(start)]).toEqual([1, 10]);
  });

  it("does not return to a new bucket what was taken from an old one", () => {
    const made = limits("bucket");
    const one = held();
    made.take(start, 10, one);
    made.configure({ limits: { rpm: 600 }, algorithm: "bucket" });
    for (let count = 0; count < 60; count += 1) made.take(start, 0, held());
    made.settle(start, one, 0, 0);
    expect(made.refusal(start, 0, 0)).toBe("rpm");
  });

  it("applies its part of the limits to what was taken before", () => {
    const made = limits();
    made.take(start, 1, held());
    expect(made.refusal(start, 1, 0)).toBeUndefined();
    made.divide(3);
    expect(made.refusal(start, 1, 0)).toBe("rpm");
    made.divide(1);
    expect(made.refusal(start, 1, 0)).toBeUndefined();
  });
});
