import { expect, it } from "vitest";
import { Figures, type Settled } from "./figures.js";

const success: Settled = {
  at: 0,
  failed: false,
  durationMs: 30,
  firstTokenMs: 10,
  costUsd: 0.5,
  usage: { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 40 } },
};

it("adds up in spans of time, and forgets what is older", () => {
  const figures = new Figures({ spanMs: 1_000, spans: 3 });
  figures.write({ ...success, at: 10_000 });
  figures.write({ ...success, at: 11_200, firstTokenMs: 20 });
  figures.write({ ...success, at: 11_900, firstTokenMs: 40, durationMs: 50 });
  figures.write({
    ...success,
    at: 12_000,
    failed: true,
    firstTokenMs: undefined,
    costUsd: undefined,
    usage: undefined,
  });
  expect(figures.read(12_500)).toEqual({
    attempts: 4,
    failures: 1,
    costUsd: 1.5,
    inputTokens: 300,
    cachedTokens: 120,
    outputTokens: 21,
    series: {
      spanMs: 1_000,
      attempts: [1, 2, 1],
      failures: [0, 0, 1],
      firstTokenMs: [10, 30, null],
      durationMs: [30, 40, null],
    },
  });
  expect(figures.read(13_000).series.attempts).toEqual([2, 1, 0]);
  expect(figures.read(60_000).series.attempts).toEqual([0, 0, 0]);
});

it("returns the same object as long as nothing has changed, so that it need not be compared", () => {
  const figures = new Figures({ spanMs: 1_000, spans: 3 });
  figures.write({ ...success, at: 10_000 });
  const before = figures.read(10_100);
  expect(figures.read(10_900)).toBe(before);
  figures.write({ ...success, at: 10_950 });
  expect(figures.read(10_960)).not.toBe(before);
});
