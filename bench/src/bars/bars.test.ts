import { describe, expect, it } from "vitest";
import { chatTests, type Test, wireTests } from "../load/requests.js";
import { bars, judge } from "./bars.js";
import { barsTable } from "./bars-table.js";

const all = [...chatTests, ...wireTests];
const named = (name: string): Test => all.find((test) => test.name === name)!;
const limitsOf = (name: string): readonly (number | undefined)[] => bars.map(({ limit }) => limit(named(name)));

describe("the bars of the benchmark", () => {
  it("ask for 0.9 of bare on the same wire, and less where answers are translated", () => {
    expect(limitsOf("SSE, 50 events, 64 conn.")).toEqual([0.9, 1, undefined, undefined]);
    expect(limitsOf("Messages, plain, 100 KB, 256 conn.")).toEqual([0.9, 1, undefined, undefined]);
    expect(limitsOf("Messages from chat, plain, 10 KB, 64 conn.")).toEqual([0.7, 1, undefined, undefined]);
    expect(limitsOf("chat from Responses, SSE, 50 events, 64 conn.")).toEqual([0.6, 1, undefined, undefined]);
  });

  it("limit the memory at 1 KB and 256 connections, and the added time with one connection", () => {
    expect(limitsOf("Responses, plain, 1 KB, 256 conn.")).toEqual([0.9, 1, 130, undefined]);
    expect(limitsOf("Responses from chat, SSE, 50 events, 1 conn.")).toEqual([0.6, 1, undefined, 1]);
  });

  it("are passed or failed by the mean over all starts", () => {
    expect(judge("at least", 0.9, [0.95, 0.96, 0.94])).toMatchObject({ passed: true, close: false });
    expect(judge("at least", 0.9, [0.8, 0.81])).toMatchObject({ passed: false, close: false });
    expect(judge("at most", 1, [1.2, 0.9])).toMatchObject({ passed: false, close: true });
    expect(judge("at most", 1, [0.5]), "one start has no error").toMatchObject({ passed: true, close: true });
  });

  it("are printed with the error of the mean, and with what failed", () => {
    const observation = { share: 0.8, residentMb: 140, bareResidentMb: 200, addedFirstByteMs: 0.2 };
    const test = named("Messages, plain, 1 KB, 256 conn.");
    const { text, failed } = barsTable(new Map([[test, [observation, { ...observation, share: 0.82 }]]]), [80, 82]);
    expect(failed).toBe(2);
    expect(text).toMatch(/Messages, plain, 1 KB, 256 conn\. +0\.810 ±0\.010 >= 0\.9 FAIL/u);
    expect(text).toMatch(/140 ±0 <= 130 FAIL/u);
    expect(text).toMatch(/idle +81 ±1 <= 90 pass/u);
  });
});
