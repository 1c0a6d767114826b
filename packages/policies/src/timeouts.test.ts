import { resolveConfig } from "@modelyard/core/settings";
import { describe, expect, it } from "vitest";
import { plainTimeouts, streamTimeouts, type TimeoutSource } from "./timeouts.js";

const levels = ["request", "deployment", "group", "router"] as const;
type Level = (typeof levels)[number];

/** One setting at every level, with different values: from 1 for the request to 4 for the router. */
const sourcesOf = (
  set: readonly Level[],
  make: (value: number) => TimeoutSource,
): readonly (TimeoutSource | undefined)[] =>
  levels.map((level, index) => (set.includes(level) ? make(index + 1) : undefined));

const combinations = Array.from({ length: 15 }, (_, bits) =>
  levels.filter((_level, index) => ((bits + 1) >> index) & 1),
);

describe("timeouts", () => {
  it.each(combinations.map((set) => [set.join(", "), set] as const))("use the narrowest of %s", (_, set) => {
    const narrowest = levels.indexOf(set[0] as Level) + 1;
    const timeout = sourcesOf(set, (value) => ({ timeoutMs: value }));
    const streamTimeout = sourcesOf(set, (value) => ({ streamTimeoutMs: value }));
    expect(plainTimeouts(timeout).totalMs).toBe(narrowest);
    expect(streamTimeouts(timeout)).toMatchObject({ firstTokenMs: narrowest, idleMs: narrowest, totalMs: undefined });
    expect(streamTimeouts(streamTimeout)).toMatchObject({ firstTokenMs: narrowest, idleMs: narrowest });
    expect(plainTimeouts(streamTimeout).totalMs).toBeUndefined();
  });

  it("use any stream_timeout before any timeout for streams, as in LiteLLM", () => {
    const sources = [{ timeoutMs: 5 }, undefined, undefined, { timeoutMs: 7, streamTimeoutMs: 50 }];
    expect(streamTimeouts(sources)).toMatchObject({ firstTokenMs: 50, idleMs: 50 });
    expect(plainTimeouts(sources).totalMs).toBe(5);
  });

  it("prefer a timeout for a phase to the general one of the same level, but not of a narrower level", () => {
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

  it("default to ten minutes, and ten seconds for connecting, with a resolved configuration", () => {
    const router = resolveConfig({ modelList: [] });
    expect(plainTimeouts([undefined, router])).toMatchObject({ connectMs: 10_000, totalMs: 600_000 });
    expect(streamTimeouts([undefined, router])).toMatchObject({
      connectMs: 10_000,
      firstTokenMs: 600_000,
      idleMs: 600_000,
    });
  });
});
