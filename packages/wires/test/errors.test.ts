import { type ErrorKind, errorKinds } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { chat, messages, responses, type WireName } from "../src/index.js";

const wires = { chat, responses, messages };

function openai(message: string, fields: Readonly<Record<string, unknown>> = {}): unknown {
  return { error: { message, type: "invalid_request_error", param: null, code: null, ...fields } };
}

function anthropic(type: string, message = "Words", details?: unknown): unknown {
  return {
    type: "error",
    error: { type, message, ...(details === undefined ? {} : { details }) },
    request_id: "req_1",
  };
}

describe("an error across wires", () => {
  const tooLong =
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.";
  it.each([
    {
      name: "an overloaded Anthropic, to a caller of Chat Completions",
      from: "messages",
      to: "chat",
      status: 529,
      body: anthropic("overloaded_error", "Overloaded"),
      out: { error: { message: "Overloaded", type: "server_error", param: null, code: "overloaded" } },
      outStatus: 503,
    },
    {
      name: "a rate limit, to a caller of Messages",
      from: "chat",
      to: "messages",
      status: 429,
      body: openai("Rate limit reached", { type: "requests", code: "rate_limit_exceeded" }),
      out: {
        type: "error",
        error: {
          type: "rate_limit_error",
          message: "Rate limit reached",
          details: { error_code: "rate_limit_exceeded" },
        },
        request_id: "ours",
      },
      outStatus: 429,
    },
    {
      name: "a prompt that is too long, to a caller of Messages",
      from: "chat",
      to: "messages",
      status: 400,
      body: openai(tooLong, { param: "messages", code: "context_length_exceeded" }),
      out: {
        type: "error",
        error: {
          type: "invalid_request_error",
          message: "prompt is too long: 130000 tokens > 128000 maximum",
          details: { error_code: "context_length_exceeded" },
        },
        request_id: "ours",
      },
      outStatus: 400,
    },
  ] as const)("$name, is written in its words", ({ from, to, status, body, out, outStatus }) => {
    const written = wires[to].writeError(wires[from].readError(status, body), "ours");
    expect(written).toEqual({ status: outStatus, body: out });
  });

  it("keeps the vendor's id of the request where there is none of ours", () => {
    const error = messages.readError(529, anthropic("overloaded_error"));
    expect(messages.writeError(error).body).toMatchObject({ request_id: "req_1" });
  });

  it.each([
    [
      "This model's maximum context length is 200000 tokens. However, you requested 222000 tokens (190000 in the messages, 32000 in the completion).",
      "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000",
    ],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (9000 in the messages, 1000 in the completion).",
      "prompt is too long: 9000 tokens > 8192 maximum",
    ],
    [
      "Your input exceeds the context window of this model.",
      "prompt is too long: Your input exceeds the context window of this model.",
    ],
    ["prompt is too long: 9 tokens > 8 maximum", "prompt is too long: 9 tokens > 8 maximum"],
    ["ValidationException: prompt is too long: 9 tokens > 8 maximum", "prompt is too long: 9 tokens > 8 maximum"],
  ])("says that %s in the words that Claude Code looks for", (message, said) => {
    const error = chat.readError(400, openai(message));
    expect(messages.writeError(error).body).toMatchObject({ error: { message: said } });
  });
});

describe("the error of each kind", () => {
  const rows: Readonly<Record<ErrorKind, readonly [openai: number, messages: number, type: string]>> = {
    bad_request: [400, 400, "invalid_request_error"],
    invalid_request: [400, 400, "invalid_request_error"],
    unsupported_params: [400, 400, "invalid_request_error"],
    unprocessable_entity: [422, 400, "invalid_request_error"],
    context_window_exceeded: [400, 400, "invalid_request_error"],
    content_policy_violation: [400, 400, "invalid_request_error"],
    payload_too_large: [413, 413, "request_too_large"],
    authentication: [401, 401, "authentication_error"],
    permission_denied: [403, 403, "permission_error"],
    quota_exhausted: [429, 402, "billing_error"],
    not_found: [404, 404, "not_found_error"],
    model_not_found: [404, 404, "not_found_error"],
    conflict: [409, 409, "conflict_error"],
    rate_limit: [429, 429, "rate_limit_error"],
    timeout: [408, 504, "timeout_error"],
    overloaded: [503, 529, "overloaded_error"],
    service_unavailable: [503, 529, "overloaded_error"],
    no_deployment_available: [503, 529, "overloaded_error"],
    internal_server: [500, 500, "api_error"],
    bad_gateway: [502, 502, "api_error"],
    api_error: [502, 502, "api_error"],
    api_connection: [502, 502, "api_error"],
    invalid_response: [502, 502, "api_error"],
    stream_interrupted: [502, 529, "overloaded_error"],
    aborted: [499, 499, "api_error"],
    invalid_option: [500, 500, "api_error"],
  };
  const codes: Readonly<Partial<Record<ErrorKind, string>>> = {
    context_window_exceeded: "context_length_exceeded",
    content_policy_violation: "content_policy_violation",
    quota_exhausted: "insufficient_quota",
    not_found: "model_not_found",
    model_not_found: "model_not_found",
    rate_limit: "rate_limit_exceeded",
    overloaded: "overloaded",
  };

  it.each(Object.entries(rows) as [ErrorKind, (typeof rows)[ErrorKind]][])(
    "%s has its status, type and code on every wire",
    (kind, [openaiStatus, messagesStatus, type]) => {
      const error = { kind, message: "Words" };
      for (const wire of [chat, responses])
        expect(wire.writeError(error)).toEqual({
          status: openaiStatus,
          body: {
            error: {
              message: "Words",
              type: errorKinds[kind].type,
              param: null,
              code: codes[kind] ?? errorKinds[kind].code,
            },
          },
        });
      expect(messages.writeError(error)).toMatchObject({ status: messagesStatus, body: { error: { type } } });
    },
  );
});

describe("reading an error", () => {
  it.each<[WireName, string, number, unknown, Readonly<Record<string, unknown>>]>([
    ["chat", "no text but a page", 502, "<html>Bad Gateway</html>", { kind: "bad_gateway", status: 502 }],
    ["chat", "plain text", 500, "It broke", { kind: "internal_server", message: "It broke" }],
    ["chat", "an error that is text", 400, { error: "Bad" }, { kind: "bad_request", message: "Bad" }],
    ["chat", "a detail", 422, { detail: "Bad" }, { kind: "unprocessable_entity", message: "Bad" }],
    ["chat", "null", 503, null, { kind: "service_unavailable" }],
    ["chat", "a code that is a number", 429, openai("x", { code: 1302 }), { kind: "rate_limit", code: "1302" }],
    ["chat", "a used-up quota", 429, openai("x", { code: "insufficient_quota" }), { kind: "quota_exhausted" }],
    ["chat", "a missing model", 404, openai("x", { code: "model_not_found" }), { kind: "not_found" }],
    ["chat", "an unknown type with a status", 404, openai("x"), { kind: "not_found" }],
    [
      "responses",
      "a missing response",
      400,
      openai("x", { code: "previous_response_not_found" }),
      { kind: "not_found", code: "previous_response_not_found" },
    ],
    [
      "responses",
      "reasoning of another account",
      400,
      openai("x", { code: "invalid_encrypted_content" }),
      { kind: "bad_request", foreignReasoning: true },
    ],
    [
      "responses",
      "reasoning of another account, in words alone",
      400,
      openai("The encrypted content gAAA...wXBV could not be verified."),
      { kind: "bad_request", foreignReasoning: true },
    ],
    ["messages", "an overload", 529, anthropic("overloaded_error"), { kind: "overloaded", requestId: "req_1" }],
    ["messages", "a body that is too large", 413, anthropic("request_too_large"), { kind: "payload_too_large" }],
    [
      "messages",
      "a prompt that is too long",
      400,
      anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
      { kind: "context_window_exceeded" },
    ],
    [
      "messages",
      "an answer that leaves no room",
      400,
      anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 9 > 10"),
      { kind: "context_window_exceeded" },
    ],
    [
      "messages",
      "an unknown field",
      400,
      anthropic("invalid_request_error", "tools.0.defer_loading: Extra inputs are not permitted"),
      { kind: "unsupported_params", param: "tools.0.defer_loading" },
    ],
    [
      "messages",
      "a foreign signature",
      400,
      anthropic("invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
      { kind: "bad_request", foreignReasoning: true },
    ],
    [
      "messages",
      "a foreign signature, without quotes",
      400,
      anthropic("invalid_request_error", "messages.1.content.0: Invalid signature in thinking block"),
      { kind: "bad_request", foreignReasoning: true },
    ],
    [
      "messages",
      "foreign redacted thinking",
      400,
      anthropic("invalid_request_error", "messages.3.content.0: Invalid `data` in `redacted_thinking` block"),
      { kind: "bad_request", foreignReasoning: true },
    ],
    [
      "messages",
      "a cause in its details",
      400,
      anthropic("invalid_request_error", "x", { error_code: "context_length_exceeded" }),
      { kind: "context_window_exceeded", code: "context_length_exceeded" },
    ],
    ["messages", "nothing", 500, undefined, { kind: "internal_server" }],
    ["messages", "a list", 500, [], { kind: "internal_server" }],
  ])("of %s that is %s gives its kind", (wire, _, status, body, expected) => {
    const error = wires[wire].readError(status, body);
    expect(error).toMatchObject(expected);
    expect(error.message).not.toBe("");
  });

  it("keeps the vendor's code of a bad request, which says more than ours", () => {
    const error = responses.readError(400, openai("x", { code: "invalid_value", param: "tools[0]" }));
    expect(chat.writeError(error).body).toMatchObject({ error: { code: "invalid_value", param: "tools[0]" } });
  });
});

describe("a failed response in a stream", () => {
  it.each([
    ["rate_limit_exceeded", "rate_limit"],
    ["server_error", "internal_server"],
    ["insufficient_quota", "quota_exhausted"],
    ["context_length_exceeded", "context_window_exceeded"],
  ])("with the code %s is of its kind, though the status was 200", (code, kind) => {
    const reader = responses.streamReader();
    const failed = { status: "failed", error: { code, message: "Words" } };
    expect(reader.read({ type: "response.failed", response: failed }).at(-1)).toMatchObject({
      type: "error",
      error: { kind, code, message: "Words" },
    });
  });
});
