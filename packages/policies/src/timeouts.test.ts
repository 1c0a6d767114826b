import { describe, expect, it } from "vitest";
import { defaultTimeoutMs, plainTimeouts, streamTimeouts, type TimeoutSource } from "./timeouts.js";

const levels = ["request", "deployment", "group", "router"] as const;
type Level = (typeof levels)[number];

/** One setting at every level, each with a value of its own: 1 for the request up to 4 for the router. */
const sourcesOf = (
  said: readonly Level[],
  make: (value: number) => TimeoutSource,
): readonly (TimeoutSource | undefined)[] =>
  levels.map((level, index) => (said.includes(level) ? make(index + 1) : undefined));

const combinations = Array.from({ length: 15 }, (_, bits) =>
  levels.filter((_level, index) => ((bits + 1) >> index) & 1),
);

describe("timeouts", () => {
  it.each(combinations.map((said) => [said.join(", "), said] as const))("take the narrowest of %s", (_, said) => {
    const narrowest = levels.indexOf(said[0] as Level) + 1;
    const timeout = sourcesOf(said, (value) => ({ timeoutMs: value }));
    const streamTimeout = sourcesOf(said, (value) => ({ streamTimeoutMs: value }));
    expect(plainTimeouts(timeout).totalMs).toBe(narrowest);
    expect(streamTimeouts(timeout)).toMatchObject({ firstTokenMs: narrowest, idleMs: narrowest, totalMs: undefined });
    expect(streamTimeouts(streamTimeout)).toMatchObject({ firstTokenMs: narrowest, idleMs: narrowest });
    expect(plainTimeouts(streamTimeout).totalMs).toBe(defaultTimeoutMs);
  });

  it("of streams come from any stream_timeout before any timeout, as in LiteLLM", () => {
    const sources = [{ timeoutMs: 5 }, undefined, undefined, { timeoutMs: 7, streamTimeoutMs: 50 }];
    expect(streamTimeouts(sources)).toMatchObject({ firstTokenMs: 50, idleMs: 50 });
    expect(plainTimeouts(sources).totalMs).toBe(5);
  });

  it("by phase win over the wider words at their level, and only there", () => {
    const sources = [{ timeouts: { connectMs: 5 } }, { timeoutMs: 100 }, { timeoutMs: 200, streamTimeoutMs: 50 }];
    expect(plainTimeouts(sources)).toMatchObject({ connectMs: 5, totalMs: 100 });
    expect(streamTimeouts(sources)).toMatchObject({ firstTokenMs: 50, idleMs: 50, totalMs: undefined });
    const phases = [{ timeouts: { idleMs: 9 } }, { streamTimeoutMs: 50, timeouts: { firstTokenMs: 20, totalMs: 900 } }];
    expect(streamTimeouts(phases)).toMatchObject({ firstTokenMs: 20, idleMs: 9, totalMs: 900 });
    expect(plainTimeouts([{ timeoutMs: 100 }, { timeouts: { totalMs: 50, headersMs: 7 } }])).toMatchObject({
      totalMs: 100,
      headersMs: 7,
    });
  });

  it("are ten minutes, and ten seconds to connect, where nobody says anything", () => {
    expect(plainTimeouts([])).toMatchObject({ connectMs: 10_000, totalMs: 600_000 });
    expect(streamTimeouts([])).toMatchObject({ connectMs: 10_000, firstTokenMs: 600_000, idleMs: 600_000 });
  });
});
