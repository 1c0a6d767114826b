import { describe, expect, it } from "vitest";
import { waitUntilReset } from "./reset-headers.js";

const now = Date.UTC(2026, 0, 1);
const wait = (headers: Readonly<Record<string, string>>): number | undefined =>
  waitUntilReset((name) => headers[name], now);

describe("waitUntilReset", () => {
  it.each([
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "12ms" }, 12],
    [{ "x-ratelimit-reset": "37" }, 37_000],
    [{ "x-ratelimit-reset": String(now / 1000 + 40) }, 40_000],
    [{ "x-ratelimit-reset": String(now + 40_000) }, 40_000],
    [{ "x-ratelimit-reset": String(now - 40_000) }, 0],
    [{ "ratelimit-remaining": "0", "ratelimit-reset": "22" }, 22_000],
    [
      { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:12Z" },
      12_000,
    ],
    [{ "anthropic-ratelimit-unified-reset": String(now / 1000 + 60) }, 60_000],
    // The longest of those that are used up; the day's quota is not.
    [
      {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-remaining-tokens": "0.0",
        "x-ratelimit-reset-tokens": "9s",
        "x-ratelimit-remaining-requests-day": "5",
        "x-ratelimit-reset-requests-day": "33011",
      },
      9_000,
    ],
    [{ "x-ratelimit-reset": "9".repeat(40) }, 86_400_000],
    [{ ratelimit: '"api";r=0;t=30' }, 30_000],
    [{ ratelimit: '"api"; r=5; t=300, "burst"; r=0; t=2' }, 2_000],
    [{ ratelimit: "limit=10, remaining=0, reset=50" }, 50_000],
    [{ ratelimit: "limit=10;w=60, reset=50" }, 50_000],
  ])("reads %j", (headers, ms) => {
    expect(wait(headers as Readonly<Record<string, string>>)).toBe(ms);
  });

  it.each([
    [{}],
    [{ "x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s" }],
    // What Azure writes for tokens that it does not know.
    [{ "x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "60" }],
    [{ "x-ratelimit-remaining-tokens": "0" }],
    [{ "x-ratelimit-reset": "soon" }],
    [{ ratelimit: '"api";r=4;t=30' }],
    [{ ratelimit: '"api";q=100;w=60' }],
    [{ ratelimit: `"${"a".repeat(2_000)}";r=0;t=30` }],
    [{ "x-ratelimit-reset": "-5" }],
    [{ "x-ratelimit-reset": `${"1".repeat(70_000)}x` }],
  ])("finds no wait in %j", (headers) => {
    expect(wait(headers as Readonly<Record<string, string>>)).toBeUndefined();
  });
});
