import { describe, expect, it } from "vitest";
import { refuses } from "../../upstream/behavior.js";
import { now, type ProviderKit } from "./kit.js";

const tooLarge =
  "Request too large for model `m` on tokens per minute (TPM): Limit 8000, Requested 9120, please reduce your message size and try again.";

const date = (ms: number): string => new Date(now + ms).toUTCString();

/** How long a failure asks the caller to wait, wherever the vendor says so. */
export function describeWaits(kit: ProviderKit): void {
  describe("failures", () => {
    it.each([
      [{ "retry-after": "7" }, 7_000],
      [{ "retry-after": "1.5" }, 1_500],
      [{ "retry-after": "86400" }, 86_400_000],
      [{ "retry-after": date(30_000) }, 30_000],
      [{ "retry-after": date(-30_000) }, 0],
      [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
      [{ "retry-after": "soon" }, undefined],
      [{}, undefined],
    ])("with the headers %j report the wait", async (headers, retryAfterMs) => {
      kit.upstream.script({}, refuses(429, { headers }));
      expect((await kit.error()).retryAfterMs).toBe(retryAfterMs);
    });

    it.each(
      kit.forDialects([
        ["Slow down. Please try again in 1.1s.", 1_100],
        ["Slow down. Please try again in 20ms.", 20],
        ["Slow down. Please try again in 6m0s.", 360_000],
        ["Slow down. Please retry after 60 seconds.", 60_000],
        ["Slow down. Try again in 2 hours.", 7_200_000],
        ["Slow down. Your limit resets at 2026-01-01T00:01:00Z.", 60_000],
        ["Slow down. The limit is 5 requests in 60 seconds.", undefined],
      ] as const),
    )("report a wait that is in their message: %s", async (message, waitMs) => {
      kit.upstream.script({}, refuses(429, { body: kit.failureBody(message) }));
      const error = await kit.error();
      expect([error.kind, error.retryAfterMs]).toEqual(["rate_limit", waitMs]);
      expect(error.message).toContain(message);
    });

    it.each(kit.needs("rateLimitHeaders"))("report a wait from %s if nothing else names one", async () => {
      const requestQuota = { limit: 60, remaining: 0, resetMs: 30_000 };
      const tokens = { limit: 90_000, remaining: 500, resetMs: 50_000 };
      const headers = kit.rateLimitHeaders({ requests: requestQuota, tokens });
      const body = kit.failureBody("Slow down.");
      kit.upstream.script(
        {},
        refuses(429, { body, headers }),
        refuses(429, { body, headers: { ...headers, "retry-after": "2" } }),
      );
      expect([(await kit.error()).retryAfterMs, (await kit.error()).retryAfterMs]).toEqual([30_000, 2_000]);
    });

    it.each(kit.forDialects([413, 429]))(
      "with status %i are blamed on a request that can never fit, without a wait",
      async (status) => {
        kit.upstream.script({}, refuses(status, { body: kit.failureBody(tooLarge) }));
        const error = await kit.error();
        expect(error).toMatchObject({ kind: "payload_too_large", blame: "request", status: 413, upstream: { status } });
        expect(error.retryAfterMs).toBeUndefined();
      },
    );

    it.each([
      ["retry-after", "9".repeat(20)],
      ["retry-after", "9".repeat(400)],
      ["retry-after-ms", "9".repeat(30)],
      ["retry-after", "Sat, 13 Sep 275760 00:00:00 GMT"],
    ])("never report a wait of more than a day: %s of %s", async (name, value) => {
      kit.upstream.script({}, refuses(429, { body: kit.failureBody("Slow down."), headers: { [name]: value } }));
      expect((await kit.error()).retryAfterMs).toBe(86_400_000);
    });
  });
}
