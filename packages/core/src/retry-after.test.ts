import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./kit/index.js";

const now = Date.UTC(2026, 0, 1);
const header = (headers: Record<string, string>) => (name: string) => headers[name];

describe("parseRetryAfter", () => {
  it.each([
    [{ "retry-after": "5" }, 5_000],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after-ms": "1500", "retry-after": "9" }, 1_500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, 60_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "86400" }, 86_400_000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-3" }, undefined],
    [{}, undefined],
  ])("reads %j as %s", (headers, expected) => {
    expect(parseRetryAfter(header(headers as Record<string, string>), now)).toBe(expected);
  });
});
