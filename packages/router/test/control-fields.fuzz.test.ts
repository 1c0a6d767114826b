import { type CallOptions, RouterError } from "@modelyard/core";
import { callerBounds, longestWaitMs, operations } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCall, splitControlFields } from "@modelyard/engine";

/** Fields for the router, which must not be sent to vendors. */
const controls = [
  "num_retries",
  "max_retries",
  "max_attempts",
  "max_fallbacks",
  "timeout",
  "request_timeout",
  "stream_timeout",
  "first_token_timeout",
  "total_timeout",
  "deadline",
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "disable_fallbacks",
  "cache",
  "caching",
  "tags",
  "metadata",
  "litellm_metadata",
  "allowed_model_region",
  "mid_stream_fallback",
  "hold_back_events",
  "drop_params",
  "mock_response",
  "mock_timeout",
  "api_key",
  "api_base",
  "base_url",
  "extra_headers",
  "priority",
  "retry_policy",
  "user_config",
] as const;

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${String(index)}`);

/** Values that are known from attacks. */
const hostile = fc.constantFrom<unknown>(
  1e308,
  1e21,
  -1,
  -0,
  0.5,
  9_999,
  10_000,
  "1e308",
  "0x10",
  "Infinity",
  "",
  "\u0000\r\n",
  null,
  true,
  [],
  [null],
  [[]],
  {},
  names(51),
  names(101),
  [Object.fromEntries(names(200).map((name) => [name, []]))],
  [{ model: "a", fallbacks: names(3) }],
  [{ model: "a", num_retries: 1e308 }],
  [{ model: { model: "a" } }],
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
  { tags: names(101) },
  { ttl: 1e308, "s-maxage": -1, namespace: "x".repeat(10_000) },
);

const body = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...controls), fc.oneof(hostile, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 6 }),
    fc.dictionary(fc.constantFrom("temperature", "__proto__", "stop", "x"), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 3,
    }),
    fc.option(fc.dictionary(fc.constantFrom("tags", "seed", "__proto__", "num_retries"), hostile, { maxKeys: 2 })),
  )
  .map(([ours, theirs, extra]): Record<string, unknown> => {
    const made = { model: "a", ...theirs, ...ours };
    return extra === null ? made : { ...made, extra_body: extra };
  });

/** The entries of all lists of fallbacks in some options. */
function fallbacksIn({ fallbacks, contextWindowFallbacks, contentPolicyFallbacks }: CallOptions): readonly number[] {
  return [fallbacks, contextWindowFallbacks, contentPolicyFallbacks].map((list) =>
    Array.isArray(list) ? list.length : 0,
  );
}

/** @throws what is not an error of ours */
function splitOrError(sent: Record<string, unknown>): ReturnType<typeof splitControlFields> | RouterError {
  try {
    return splitControlFields(sent, operations.chat);
  } catch (error) {
    if (RouterError.isInstance(error)) return error;
    throw error;
  }
}

describe("any request body", () => {
  it("is either refused with the name of the wrong field, or read into options within their bounds", () => {
    fc.assert(
      fc.property(body, (sent) => {
        const before = JSON.stringify(sent);
        const split = splitOrError(sent);
        expect(JSON.stringify(sent)).toBe(before);
        const refusal = split instanceof Error ? [split.kind, typeof split.param] : ["bad_request", "string"];
        expect(refusal).toEqual(["bad_request", "string"]);
        if (split instanceof Error) return;
        const { request, options = {} } = split;
        expect(
          Object.keys(request).filter((key) => (controls as readonly string[]).includes(key) && key !== "metadata"),
        ).toEqual([]);
        expect(Object.getPrototypeOf(request)).toBe(Object.prototype);
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
        // The options from a body are as valid as those from code.
        expect(() => {
          checkCall("chat", request, options);
        }).not.toThrow();
        const counts = [options.numRetries, options.maxAttempts, options.maxFallbacks, options.holdBackEvents];
        for (const count of counts) expect(count ?? 0).toBeLessThanOrEqual(9_999);
        for (const ms of [options.timeoutMs, options.deadlineMs, options.streamTimeoutMs])
          expect(ms ?? 0).toBeLessThanOrEqual(longestWaitMs);
        for (const list of [options.tags, options.allowedRegions])
          expect(list?.length ?? 0).toBeLessThanOrEqual(callerBounds.listItems);
        for (const count of fallbacksIn(options)) expect(count).toBeLessThanOrEqual(callerBounds.fallbacks);
      }),
      { numRuns: 1_500 },
    );
  });
});
