import { parseReset } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { goDuration, limitHeaders, limitReport, retryAfter } from "./limit-headers.js";
import { limitMeter } from "./vendor-limits.js";

const date = Date.UTC(2026, 1, 25, 20, 2, 30);

function state(): Parameters<typeof limitHeaders>[1] {
  const requests = limitMeter({ perMinute: 600 });
  const tokens = limitMeter({ perMinute: 60_000 });
  requests.take(1, 0);
  tokens.take(7_300, 0);
  return { requests, tokens, now: 0, date };
}

describe("the headers of a vendor", () => {
  it("are written in the vendor's own format", () => {
    expect(Object.fromEntries(limitHeaders("openai", state()))).toEqual({
      "x-ratelimit-limit-requests": "600",
      "x-ratelimit-remaining-requests": "599",
      "x-ratelimit-reset-requests": "100ms",
      "x-ratelimit-limit-tokens": "60000",
      "x-ratelimit-remaining-tokens": "52700",
      "x-ratelimit-reset-tokens": "7.3s",
    });
    expect(limitHeaders("azure", state()).get("x-ratelimit-reset-tokens")).toBe("8");
    expect(limitHeaders("anthropic", state()).get("anthropic-ratelimit-tokens-remaining")).toBe("53000");
    expect(limitHeaders("anthropic", state()).get("anthropic-ratelimit-tokens-reset")).toBe("2026-02-25T20:02:38Z");
    expect([...limitHeaders("none", state())]).toEqual([]);
  });

  it("are read back by the router's own parser", () => {
    expect(limitReport("openai", state())?.tokens).toEqual({ limit: 60_000, remaining: 52_700, resetMs: 7_300 });
    expect(limitReport("azure", state())?.tokens).toEqual({ limit: 60_000, remaining: 52_700, resetMs: 8_000 });
    expect(limitReport("anthropic", state())?.tokens).toEqual({ limit: 60_000, remaining: 53_000, resetMs: 8_000 });
    expect(limitReport("none", state())).toBeUndefined();
  });

  it("have durations as Go writes them", () => {
    const durations = [12, 1_000, 360_000, 3_723_500];
    expect(durations.map(goDuration)).toEqual(["12ms", "1s", "6m0s", "1h2m3.5s"]);
    expect(durations.map((ms) => parseReset(goDuration(ms), date))).toEqual(durations);
  });

  it("ask to wait for whole seconds, or for milliseconds with Azure, and not at all for what never fits", () => {
    expect(retryAfter("openai", 1_200)).toBe(2_000);
    expect(retryAfter("azure", 1_200)).toBe(1_200);
    expect(retryAfter("openai", Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(retryAfter("none", 1_200)).toBeUndefined();
  });
});
