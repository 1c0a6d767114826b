import type { CallOptions } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { splitControlFields } from "./control-fields.js";

/** For every option of a call, a field of a request body that sets it. `undefined`: the server's business, not the body's. */
const twins: Readonly<Record<keyof CallOptions, object | undefined>> = {
  fromClient: undefined,
  signal: undefined,
  cancellation: undefined,
  callId: undefined,
  requestText: undefined,
  caller: undefined,
  numRetries: { num_retries: 1 },
  maxAttempts: { max_attempts: 1 },
  timeoutMs: { timeout: 1 },
  streamTimeoutMs: { stream_timeout: 1 },
  timeouts: { idle_timeout: 1 },
  deadlineMs: { deadline: 1 },
  fallbacks: { fallbacks: ["b"] },
  contextWindowFallbacks: { context_window_fallbacks: ["b"] },
  contentPolicyFallbacks: { content_policy_fallbacks: ["b"] },
  disableFallbacks: { disable_fallbacks: true },
  maxFallbacks: { max_fallbacks: 1 },
  cache: { cache: { "no-cache": true } },
  tags: { tags: ["x"] },
  metadata: { metadata: { team: "x" } },
  allowedRegions: { allowed_model_region: "eu" },
  dropParams: { drop_params: true },
  additionalDropParams: { additional_drop_params: ["seed"] },
  allowedOpenaiParams: { allowed_openai_params: ["seed"] },
  midStreamFallback: { mid_stream_fallback: "continue" },
  holdBackEvents: { hold_back_events: 1 },
  clientAuth: { api_key: "x" },
  mockResponse: { mock_response: "x" },
  mockFailure: { mock_timeout: true },
};

describe("every option of a call", () => {
  it.each(Object.entries(twins).flatMap(([option, field]) => (field === undefined ? [] : [[option, field] as const])))(
    "has a field in the request's body, which no vendor is sent: %s",
    (option, field) => {
      const { request, options } = splitControlFields({ model: "a", ...field });
      expect(Object.keys(options ?? {})).toEqual([option]);
      expect(request).toEqual({ model: "a" });
    },
  );
});

describe("counts in a request's body", () => {
  it.each([
    ["num_retries", 1e308],
    ["num_retries", 10_000],
    ["num_retries", -1],
    ["max_retries", 1.5],
    ["max_fallbacks", 1e9],
    ["max_attempts", 0],
    ["max_attempts", "3"],
    ["hold_back_events", 1e21],
  ])("are refused when no request can mean them: %s = %s", (field, value) => {
    expect(() => splitControlFields({ model: "a", [field]: value })).toThrow(
      expect.objectContaining({
        kind: "bad_request",
        param: field,
        message: expect.stringContaining("9999") as unknown,
      }),
    );
  });
});
