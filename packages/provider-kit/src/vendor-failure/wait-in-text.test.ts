import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { waitInText } from "./wait-in-text.js";

const now = Date.UTC(2026, 0, 1);

describe("waitInText", () => {
  it.each([
    ["Please try again in 1.1s.", 1_100],
    ["Please try again in 20ms. Visit the console.", 20],
    ["Please try again in 6m0s", 360_000],
    ["try again in 1h2m3s", 3_723_000],
    ["Please try again in 15m59.04s.", 959_040],
    ["Try again in 2 hours and 5 minutes.", 7_500_000],
    ["Try again in about 2 hours, 5 minutes", 7_500_000],
    ["PLEASE RETRY AFTER 60 SECONDS", 60_000],
    ["Please retry in 20.04466179s.", 20_044.661_79],
    ["Please\nretry\tin 3 s", 3_000],
    ["Please wait 3672 seconds before retrying.", 3_672_000],
    ["Please wait for another 5 min", 300_000],
    ["Quota will be replenished in 5 days.", 86_400_000],
    ["The limit resets in: 3s", 3_000],
    ["You will regain access on 2026-01-01 at 02:00 UTC.", 7_200_000],
    ["Resets at 2026-01-01T00:00:30.5Z", 30_000],
    ["resets at: 2026-01-01T01:00:30+0100", 30_000],
    ["resets at 2025-12-31 23:00 UTC", 0],
    ["Resets at 10:00 UTC.", 36_000_000],
    ["Wait a moment. Then try again in 4s", 4_000],
  ])("reads %j", (text, ms) => {
    expect(waitInText(text, now)).toBe(ms);
  });

  it.each([
    undefined,
    "",
    "Please try again later.",
    "Please try again in a moment.",
    "Please retry after 60",
    "Rate limit of 5 requests per 60 seconds.",
    "Your limit resets at 2026-02-01 00:00:00",
    "Resets at 10:00",
    "try again in 5 parsecs",
    "try again in -5s",
    "try again in s",
    `${"x".repeat(3_000)} try again in 5s`,
  ])("finds no wait in %j", (text) => {
    expect(waitInText(text, now)).toBeUndefined();
  });

  it("returns a wait of at most a day for any text", () => {
    const piece = fc.constantFrom(
      "try again in ",
      "retry after ",
      "resets at ",
      "1",
      "9".repeat(12),
      ".5",
      "s",
      " hours ",
      "2026-99-99T99:99Z",
      "99:99 UTC",
      " and ",
      "\u0000",
      "٣",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const wait = waitInText(pieces.join(""), now);
        expect(wait === undefined || (wait >= 0 && wait <= 86_400_000)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
