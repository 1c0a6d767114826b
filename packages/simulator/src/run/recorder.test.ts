import { describe, expect, it } from "vitest";
import { CallerRecorder, SpreadRecorder } from "./recorder.js";

const ms = 1_000;
const request = { atMs: 0, inputTokens: 10, outputTokens: 100 };

describe("CallerRecorder", () => {
  it("counts a failed request with its caller's patience, and goodput by both goals", () => {
    const recorder = new CallerRecorder({ patienceMs: 9_000 });
    recorder.answered(0, { arrival: 0, first: 1_000 * ms, end: 2_000 * ms }, request);
    recorder.answered(1, { arrival: 0, first: 2_500 * ms, end: 3_000 * ms }, request);
    recorder.answered(2, { arrival: 0, first: 500 * ms, end: 9_000 * ms }, request);
    recorder.failed(3, { arrival: 0, first: undefined, end: 100 * ms }, "rate_limit", request);
    const figures = recorder.figures();
    expect(figures).toMatchObject({ requests: 4, success: 0.75, goodput: 0.25, failures: { rate_limit: 1 } });
    expect(figures.firstTokenMs).toMatchObject({ p50: 1_000, max: 9_000 });
    expect(figures.latencyMs.max).toBe(9_000);
  });

  it("measures only requests that arrive in the measured time", () => {
    const recorder = new CallerRecorder({ patienceMs: 9_000, measured: { fromMs: 10, toMs: 20 } });
    for (const arrival of [9, 10, 19, 20])
      recorder.answered(0, { arrival: arrival * ms, first: 30 * ms, end: 30 * ms }, request);
    recorder.failed(0, { arrival: 0, first: undefined, end: 5 * ms }, "timeout", request);
    expect(recorder.over).toBe(5);
    expect(recorder.figures()).toMatchObject({ requests: 2, failures: {} });
  });
});

it("CallerRecorder counts tenants apart", () => {
  const recorder = new CallerRecorder({ patienceMs: 9_000 });
  const times = { arrival: 0, first: 1_000 * ms, end: 2_000 * ms };
  recorder.answered(0, times, { ...request, tenant: "a" });
  recorder.answered(1, times, { ...request, tenant: "b" });
  recorder.failed(2, times, "timeout", { ...request, tenant: "b" });
  recorder.answered(3, times, request);
  expect(recorder.figures().tenants).toEqual({
    a: { requests: 1, success: 1, tokens: 110 },
    b: { requests: 2, success: 0.5, tokens: 110 },
  });
});

it("SpreadRecorder finds the largest share, overall and within ten seconds with enough calls", () => {
  const recorder = new SpreadRecorder();
  const send = (id: string, count: number, second: number): void => {
    for (let call = 0; call < count; call += 1) recorder.sent(id, second * 1_000_000);
  };
  send("a", 30, 0);
  send("b", 10, 9);
  send("a", 20, 10);
  send("b", 20, 19);
  send("a", 29, 20);
  expect(recorder.figures()).toEqual({ largest: 79 / 109, windowP50: 0.5, windowP95: 0.75 });
});
