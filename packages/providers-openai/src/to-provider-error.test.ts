import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { toProviderError } from "./to-provider-error.js";

const key = "fake-key-0123456789";

function errorOf(status: number | undefined, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return toProviderError({
    status,
    header: (name) => headers[name],
    body: typeof body === "string" ? body : JSON.stringify(body),
    provider: "openai",
    deploymentId: "a",
    secrets: [new Secret(key)],
    now: Date.UTC(2026, 0, 1),
  });
}

const errorBody = (message: string, more: object = {}) => ({ error: { message, ...more } });
const dull = "Something is wrong.";

describe("the kind of a failure", () => {
  it.each([
    ["quota_exhausted", 429, errorBody(dull, { code: "insufficient_quota" })],
    ["quota_exhausted", 429, errorBody(dull, { type: "insufficient_quota" })],
    ["quota_exhausted", 400, errorBody(dull, { code: "billing_hard_limit_reached" })],
    ["permission_denied", 401, errorBody(dull, { code: "account_deactivated" })],
    ["context_window_exceeded", 400, errorBody(dull, { code: "context_length_exceeded" })],
    ["content_policy_violation", 400, errorBody(dull, { code: "content_filter" })],
    [
      "content_policy_violation",
      400,
      errorBody(dull, { code: "x", innererror: { code: "ResponsibleAIPolicyViolation" } }),
    ],
    ["not_found", 404, errorBody(dull, { code: "model_not_found" })],
    ["overloaded", 503, errorBody(dull, { type: "overloaded_error" })],
    // With an unknown code, the type decides.
    ["rate_limit", 400, errorBody(dull, { code: "other", type: "rate_limit_error" })],
    // If the host itself breaks down, the status is more reliable than the code.
    ["internal_server", 500, errorBody(dull, { code: "rate_limit_exceeded" })],
    ["rate_limit", 429, errorBody(dull, { type: "server_error" })],
    ["bad_request", 400, errorBody(dull, { type: "server_error" })],
  ] as const)("is %s according to the code or type: %j %j", (kind, status, body) => {
    expect(errorOf(status, body).kind).toBe(kind);
  });

  it.each([
    ["quota_exhausted", 429, "You exceeded your current quota."],
    ["quota_exhausted", 429, "Insufficient balance"],
    ["rate_limit", 429, "Too many requests."],
    // Only a message, with a specific status.
    ["bad_request", 400, "Insufficient balance"],
    ["context_window_exceeded", 400, "maximum context length is 8 tokens"],
    ["context_window_exceeded", 413, "prompt is too long"],
    ["context_window_exceeded", 422, "`inputs` tokens + `max_new_tokens` must be less"],
    ["context_window_exceeded", 500, "the request exceeds the available context size"],
    ["content_policy_violation", 400, "blocked by the content management policy"],
    ["content_policy_violation", 403, "flagged for violence"],
    // A server that fails may mention its filter, which does not mean that the request was rejected.
    ["internal_server", 500, "the content filter is down"],
    ["service_unavailable", 503, "prompt is too long"],
    ["not_found", 404, "prompt is too long"],
  ] as const)("is %s according to the wording: %j %s", (kind, status, message) => {
    expect(errorOf(status, errorBody(message)).kind).toBe(kind);
  });

  it.each([
    ["Limit 8,000, Requested 9,120", "payload_too_large"],
    ["Limit: 100,000, Used 98,765, Requested 2,345. Please try again in 15m", "rate_limit"],
  ])("depends on amounts with commas between their thousands: %s", (message, kind) => {
    expect(errorOf(429, errorBody(message, { code: "rate_limit_exceeded" })).kind).toBe(kind);
  });

  it("depends on the wording if the code only says that the server failed", () => {
    expect(errorOf(400, errorBody("prompt is too long", { code: "server_error" })).kind).toBe(
      "context_window_exceeded",
    );
  });

  it.each([
    ["rate_limit", { error: { message: dull, code: 429 } }],
    ["service_unavailable", { error: { message: dull, status: "503" } }],
    ["internal_server", { error: { message: dull, status_code: 500 } }],
    ["rate_limit", { error: { message: dull, code: "rate_limit_exceeded" } }],
    ["internal_server", { error: { message: dull, code: "server_error" } }],
    ["content_policy_violation", { error: { message: "blocked by the safety system" } }],
    ["api_error", { error: { message: dull } }],
    ["api_error", { error: { message: dull, code: 200 } }],
    ["api_error", { error: { message: dull, code: 600 } }],
    ["api_error", { error: { message: dull, code: 450.5 } }],
  ] as const)("is %s without a status: %j", (kind, body) => {
    expect(errorOf(undefined, body).kind).toBe(kind);
  });
});

describe("the error for a failure", () => {
  it.each([
    [{ error: { message: "one" } }, "one"],
    [{ detail: "one" }, "one"],
    [{ detail: [{ loc: ["body"], msg: "one" }] }, "one"],
    [{ detail: [{ loc: ["body", "n"], msg: "one", input: "secret" }] }, "n: one"],
    [{ error: "one" }, "one"],
    [{ title: "one" }, "one"],
    [{ error_code: 17, error_msg: "one" }, "one"],
    [[{ error: { message: "one" } }], "one"],
    ['"one"', "one"],
    ["  one  ", "one"],
    ["<html><title> one </title><body>two</body></html>", "one"],
    ["<html><body>two</body></html>", "openai answered 418 and gave no reason."],
    ["", "openai answered 418 and gave no reason."],
    [{ error: { message: "" } }, "openai answered 418 and gave no reason."],
    ["null", "openai answered 418 and gave no reason."],
  ] as const)("has the vendor's reason as its message, in any shape: %j", (body, message) => {
    expect(errorOf(418, body).message).toBe(message);
  });

  it("has the vendor's reason as its message, with and without a status", () => {
    expect(errorOf(undefined, errorBody("one")).message).toBe("one");
    expect(errorOf(undefined, { error: { message: "one", code: 429 } }).message).toBe("one");
    expect(errorOf(undefined, {}).message).toBe("openai answered with an error and gave no reason.");
  });

  it("never contains a key, wherever the vendor quotes it", () => {
    const quoting = { message: `no ${key}`, code: key, type: key, param: key };
    const error = errorOf(400, { error: quoting }, { "x-request-id": key });
    expect(JSON.stringify([error.message, error.toBody(), error.upstream])).not.toContain("fake-key");
    expect(error.message).toBe("no [key]");
  });

  it("contains the vendor's code, request id and time to wait", () => {
    const body = errorBody(dull, { code: "c", type: "t", param: "p" });
    expect(errorOf(429, body, { "x-request-id": "r", "retry-after": "3" })).toMatchObject({
      code: "c",
      param: "p",
      retryAfterMs: 3_000,
      upstream: { status: 429, code: "c", type: "t", requestId: "r" },
    });
    const bare = errorOf(undefined, "{}", { "apim-request-id": "azure" });
    expect(bare.upstream).toEqual({ requestId: "azure" });
    expect(errorOf(undefined, "{}").upstream).toEqual({});
    expect(bare.retryAfterMs).toBeUndefined();
  });

  it("has a status that callers know, not one of the vendor's own", () => {
    expect(errorOf(529, "").status).toBe(503);
    expect(errorOf(500, errorBody("prompt is too long")).status).toBe(400);
    expect(errorOf(413, errorBody("prompt is too long")).status).toBe(400);
    expect(errorOf(403, errorBody("flagged for violence")).status).toBe(400);
  });
});
