import { describe, expect, it } from "vitest";
import { parseReset, parseRetryAfter, readQuota } from "./kit/index.js";

const now = Date.UTC(2026, 0, 1);

describe("a wait header with an absurd number", () => {
  const dayMs = 86_400_000;
  const digits = ["99999999999999999999", "9".repeat(30), "9".repeat(400), "3155760000", "86401"];

  it.each(digits)("is read as one day at most: %s", (text) => {
    const asking = (name: string) => parseRetryAfter((asked) => (asked === name ? text : undefined), now);
    expect([asking("retry-after"), asking("retry-after-ms")]).toEqual([dayMs, Math.min(Number(text), dayMs)]);
    for (const reset of [text, `${text}s`, `${text}h${text}m${text}s`, `${text}m0s`])
      expect(parseReset(reset, now)).toBe(dayMs);
  });

  it.each(["Sat, 13 Sep 275760 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "is read as one day at most for the date %s",
    (date) => {
      expect(parseRetryAfter((name) => (name === "retry-after" ? date : undefined), now + 0.5)).toBe(dayMs);
    },
  );

  it("is ignored as a quota if it cannot be a count", () => {
    const names = { limit: "limit", remaining: "remaining", reset: "reset" };
    const read = (text: string) => readQuota((name) => (name === "reset" ? "1s" : text), names, now);
    for (const text of digits.slice(0, 4)) expect(read(text)).toBeUndefined();
    expect(read("5000")).toEqual({ limit: 5_000, remaining: 5_000, resetMs: 1_000 });
  });
});

describe("parseReset", () => {
  it.each([
    ["6m0s", 360_000],
    ["12ms", 12],
    ["1h2m3.5s", 3_723_500],
    ["37", 37_000],
    ["2026-01-01T00:00:10Z", 10_000],
    ["", undefined],
    ["never", undefined],
  ])("reads %s", (text, expected) => {
    expect(parseReset(text, now)).toBe(expected);
  });
});
