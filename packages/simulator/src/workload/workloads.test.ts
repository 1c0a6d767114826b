import { describe, expect, it } from "vitest";
import type { SimulatedRequest, Workload } from "./simulated-request.js";
import { agentSessions, burstyWorkload, diurnalWorkload, steadyWorkload } from "./workloads.js";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function intervals(workload: Workload): readonly number[] {
  const times = [...workload].map(({ atMs }) => atMs);
  return times.map((time, index) => time - (times[index - 1] ?? 0));
}

/** The standard deviation over the mean. */
function variation(values: readonly number[]): number {
  const average = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - average) ** 2))) / average;
}

const options = { requests: 20_000, perSecond: 5, seed: 3 };

describe("a workload", () => {
  it.each([
    ["steady", steadyWorkload(options)],
    ["bursty", burstyWorkload(options)],
    ["diurnal", diurnalWorkload({ ...options, dayMs: 600_000 })],
    ["of sessions", agentSessions({ sessions: 50, perSecond: 0.5 })],
  ])("that is %s repeats exactly, in the order of its arrivals", (_, workload) => {
    const requests = [...workload];
    expect([...workload]).toEqual(requests);
    expect(requests.map(({ atMs }) => atMs)).toEqual(requests.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  });

  it("has the rate that it was given", () => {
    expect(1_000 / mean(intervals(steadyWorkload(options))) / 5).toBeCloseTo(1, 1);
    expect(1_000 / mean(intervals(diurnalWorkload({ ...options, dayMs: 100_000 }))) / 5).toBeCloseTo(1, 1);
    // Bursts are few, so their number varies.
    expect(1_000 / mean(intervals(burstyWorkload(options))) / 5).toBeGreaterThan(0.7);
    expect(1_000 / mean(intervals(burstyWorkload(options))) / 5).toBeLessThan(1.3);
  });

  it("is nearly random if it is steady, and has bursts if it is bursty", () => {
    expect(variation(intervals(steadyWorkload(options)))).toBeGreaterThan(0.98);
    expect(variation(intervals(steadyWorkload(options)))).toBeLessThan(1.15);
    expect(variation(intervals(burstyWorkload(options)))).toBeGreaterThan(8);
  });

  it("has the lengths of the traces", () => {
    const lengths = (kind: "code" | "conversations" | "long"): readonly number[] => {
      const requests = [...steadyWorkload({ ...options, lengths: kind })];
      return [
        mean(requests.map(({ inputTokens }) => inputTokens)),
        mean(requests.map(({ outputTokens }) => outputTokens)),
      ];
    };
    // The means of the traces themselves.
    for (const [kind, prompt, answer] of [
      ["conversations", 1_155, 211],
      ["code", 2_048, 28],
      ["long", 12_035, 343],
    ] as const) {
      const [ownPrompt = 0, ownAnswer = 0] = lengths(kind);
      expect(ownPrompt / prompt).toBeGreaterThan(0.85);
      expect(ownPrompt / prompt).toBeLessThan(1.15);
      expect(ownAnswer / answer).toBeGreaterThan(0.85);
      expect(ownAnswer / answer).toBeLessThan(1.3);
    }
  });

  it("has the same lengths whatever its arrivals are", () => {
    const lengths = (workload: Workload): readonly number[] => [...workload].map(({ inputTokens }) => inputTokens);
    const few = { ...options, requests: 100, lengths: "conversations" } as const;
    expect(lengths(burstyWorkload(few))).toEqual(lengths(steadyWorkload(few)));
  });

  it("is cut off at the limit for answers that its requests state", () => {
    const answers = [...steadyWorkload({ ...options, requests: 1_000, maxTokens: 200 })];
    expect(Math.max(...answers.map(({ outputTokens }) => outputTokens))).toBe(200);
    expect(answers[0]?.maxTokens).toBe(200);
  });

  it("has more requests at noon than at midnight if it is diurnal", () => {
    const day = 600_000;
    const phases = [...diurnalWorkload({ ...options, dayMs: day })].map(({ atMs }) => (atMs % day) / day);
    const around = (phase: number): number => phases.filter((own) => Math.abs(own - phase) < 0.05).length;
    expect(around(0.5) / Math.max(1, around(0.05))).toBeGreaterThan(2.5);
  });
});

describe("agents' sessions", () => {
  const bySession = new Map<string, SimulatedRequest[]>();
  for (const request of agentSessions({ sessions: 200, perSecond: 0.5 })) {
    const { session = "" } = request;
    bySession.set(session, [...(bySession.get(session) ?? []), request]);
  }
  const tokensOf = ({ prefix = [] }: SimulatedRequest): number => prefix.reduce((sum, { tokens }) => sum + tokens, 0);

  it("repeat the whole conversation in each request", () => {
    for (const turns of bySession.values()) {
      for (const [index, turn] of turns.entries()) {
        const before = turns[index - 1]?.prefix ?? [];
        expect(turn.prefix?.slice(0, before.length)).toEqual(before);
        expect(turn.inputTokens).toBe(tokensOf(turn) + 3);
      }
    }
  });

  it("resend most of their prompt tokens", () => {
    let resent = 0;
    let sent = 0;
    for (const turns of bySession.values())
      for (const [index, turn] of turns.entries()) {
        const before = turns[index - 1];
        if (before !== undefined) resent += tokensOf(before);
        sent += turn.inputTokens;
      }
    expect(resent / sent).toBeGreaterThan(0.8);
  });

  it("share nothing but the tools and instructions", () => {
    const firsts = [...bySession.values()].map(([turn]) => turn?.prefix ?? []);
    expect(new Set(firsts.map(([shared]) => shared?.id))).toEqual(new Set(["shared"]));
    expect(new Set(firsts.map(([, own]) => own?.id)).size).toBe(200);
  });
});
