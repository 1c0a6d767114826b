import { describe, expect, it } from "vitest";
import { TimelineRecorder } from "./timeline.js";

describe("the timeline of a simulation", () => {
  it("is empty if nothing happened", () => {
    expect(new TimelineRecorder().steps()).toEqual([]);
  });

  it("counts requests when they arrive, and calls when they are sent", () => {
    const timeline = new TimelineRecorder();
    timeline.ended(100, 50, false);
    timeline.ended(200, 70, true);
    timeline.ended(2_100, 30, false);
    timeline.called("a", 100);
    timeline.called("b", 1_200);
    timeline.called("a", 2_100);
    const steps = timeline.steps();
    expect(steps.map(({ fromMs, requests, failures, calls }) => [fromMs, requests, failures, calls])).toEqual([
      [0, 2, 1, { a: 1, b: 0 }],
      [1_000, 0, 0, { a: 0, b: 1 }],
      [2_000, 1, 0, { a: 1, b: 0 }],
    ]);
    expect(steps.map(({ firstTokenP50Ms, firstTokenP95Ms }) => [firstTokenP50Ms, firstTokenP95Ms])).toEqual([
      [50, 70],
      [Number.NaN, Number.NaN],
      [30, 30],
    ]);
  });

  it.each([79_999, 80_000, 500_000, 86_400_000, 86_400_000 * 365])("has at most 80 steps over %d ms", (durationMs) => {
    const timeline = new TimelineRecorder();
    timeline.ended(0, 1, false);
    timeline.ended(durationMs, 1, false);
    const steps = timeline.steps();
    expect(steps.length).toBeLessThanOrEqual(80);
    expect(steps.length).toBeGreaterThan(15);
    expect(steps.at(-1)).toMatchObject({ requests: 1 });
  });
});
