import type { ErrorKind } from "@modelyard/core";

/** A failure in the words of Anthropic, or of a proxy in front of it. */
export interface Failure {
  readonly name: string;
  /** The HTTP status. `undefined`: the error is inside a 200. */
  readonly status: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly kind: ErrorKind;
  /** What the caller sees. */
  readonly shown: number;
  /** The wait that the text asks for, if no header does. */
  readonly waitMs?: number;
}

function error(type: string, message: string, more: object = {}): string {
  return JSON.stringify({
    type: "error",
    error: { ...more, type, message },
    request_id: "req_011CUB2XUHWkFnQzxcKBbjpF",
  });
}

/**
 * Bodies from Anthropic's documentation (https://platform.claude.com/docs/en/api/errors), from its SDK's types, and from
 * public issue threads: anthropics/claude-code #4951, #7929, #8327, #27252, #66314, #66799, #70082, docker/docker-agent
 * #569, strands-agents/sdk-python #1694, NousResearch/hermes-agent #11137.
 */
export const failures: readonly Failure[] = [
  {
    name: "a prompt over the window",
    status: 400,
    body: error("invalid_request_error", "prompt is too long: 1036683 tokens > 1000000 maximum"),
    kind: "context_window_exceeded",
    shown: 400,
  },
  {
    name: "prompt and answer over the window",
    status: 400,
    body: error(
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
    ),
    kind: "context_window_exceeded",
    shown: 400,
  },
  {
    name: "a blocked output",
    status: 400,
    body: error("invalid_request_error", "Output blocked by content filtering policy"),
    kind: "content_policy_violation",
    shown: 400,
  },
  {
    name: "no credit",
    status: 400,
    body: error(
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    kind: "quota_exhausted",
    shown: 429,
  },
  {
    name: "a limit of one's own",
    status: 400,
    body: error(
      "invalid_request_error",
      "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    ),
    kind: "quota_exhausted",
    shown: 429,
    waitMs: 86_400_000,
  },
  {
    name: "a disabled organization",
    status: 400,
    body: error("invalid_request_error", "This organization has been disabled."),
    kind: "permission_denied",
    shown: 403,
  },
  {
    name: "an organization on hold",
    status: 400,
    body: error("invalid_request_error", "The organization is on hold.", {
      details: { error_code: "organization_on_hold" },
    }),
    kind: "permission_denied",
    shown: 403,
  },
  {
    name: "a call without its result",
    status: 400,
    body: error(
      "invalid_request_error",
      "messages.125: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_0149kv381HwhRc32JpgU6y4Y. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
    ),
    kind: "bad_request",
    shown: 400,
  },
  {
    name: "a prefill too many",
    status: 400,
    body: error(
      "invalid_request_error",
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    ),
    kind: "bad_request",
    shown: 400,
  },
  {
    name: "a budget too many",
    status: 400,
    body: error(
      "invalid_request_error",
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    ),
    kind: "bad_request",
    shown: 400,
  },
  {
    name: "sampling with a new API version",
    status: 400,
    body: error("invalid_request_error", "temperature: Extra inputs are not permitted"),
    kind: "bad_request",
    shown: 400,
  },
  {
    name: "a wrong key",
    status: 401,
    body: error("authentication_error", "invalid x-api-key"),
    kind: "authentication",
    shown: 401,
  },
  {
    name: "an unpaid bill",
    status: 402,
    body: error("billing_error", "There's an issue with your billing or payment information."),
    kind: "quota_exhausted",
    shown: 402,
  },
  {
    name: "a key without the right",
    status: 403,
    body: error("permission_error", "Your API key does not have permission to use the specified resource."),
    kind: "permission_denied",
    shown: 403,
  },
  {
    name: "a model that is not there",
    status: 404,
    body: error("not_found_error", "model: claude-9"),
    kind: "not_found",
    shown: 404,
  },
  {
    name: "a conflict",
    status: 409,
    body: error("conflict_error", "The thread is being continued."),
    kind: "conflict",
    shown: 409,
  },
  {
    name: "a body too large",
    status: 413,
    body: error("request_too_large", "Request exceeds the maximum size"),
    kind: "payload_too_large",
    shown: 413,
  },
  {
    name: "a rate limit",
    status: 429,
    headers: { "retry-after": "12" },
    body: error(
      "rate_limit_error",
      "This request would exceed your organization's rate limit of 50,000 input tokens per minute.",
    ),
    kind: "rate_limit",
    shown: 429,
  },
  {
    name: "long context without the means",
    status: 429,
    body: error("rate_limit_error", "Extra usage is required for long context requests."),
    kind: "context_window_exceeded",
    shown: 400,
  },
  {
    name: "a spend limit",
    status: 429,
    body: error("rate_limit_error", "The organization has crossed its usage threshold.", {
      details: { error_code: "enforced_spend_limit_reached" },
    }),
    kind: "quota_exhausted",
    shown: 429,
  },
  {
    name: "a ramp limit",
    status: 429,
    headers: { "retry-after": "3" },
    body: error("rate_limit_error", "The request would exceed a ramp limit.", {
      details: { error_code: "ramp_limit_exceeded" },
    }),
    kind: "rate_limit",
    shown: 429,
  },
  {
    name: "a fault of theirs",
    status: 500,
    body: error("api_error", "Internal server error"),
    kind: "internal_server",
    shown: 500,
  },
  {
    name: "overload with a 500",
    status: 500,
    body: error("overloaded_error", "Overloaded"),
    kind: "overloaded",
    shown: 503,
  },
  { name: "overload", status: 529, body: error("overloaded_error", "Overloaded"), kind: "overloaded", shown: 503 },
  {
    name: "overload inside a 200",
    status: undefined,
    body: error("overloaded_error", "Overloaded", { details: null }),
    kind: "overloaded",
    shown: 503,
  },
  { name: "a long wait", status: 504, body: error("timeout_error", "Request timed out."), kind: "timeout", shown: 504 },
  {
    name: "a gateway's page",
    status: 502,
    body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>",
    kind: "bad_gateway",
    shown: 502,
  },
  {
    name: "a gateway's word",
    status: 503,
    body: "upstream connect error or disconnect/reset before headers",
    kind: "service_unavailable",
    shown: 503,
  },
  { name: "a status of a CDN", status: 520, body: "", kind: "internal_server", shown: 520 },
  { name: "nothing that can be read", status: undefined, body: "[]", kind: "api_error", shown: 502 },
];
