import { context, reply, type Row } from "./row.js";

const anthropicError = (type: string, message: string) => reply({ type: "error", error: { type, message } }, message);

/** Sources: Anthropic's error page; docker/docker-agent#569, anthropics/anthropic-sdk-python#938. */
export const anthropicRows: readonly Row[] = [
  [
    "prompt too long",
    400,
    anthropicError("invalid_request_error", "prompt is too long: 207791 tokens > 200000 maximum"),
    context,
  ],
  [
    "with the answer too long",
    400,
    anthropicError(
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens` and try again",
    ),
    context,
  ],
  ["prompt too long, as a large request", 413, anthropicError("invalid_request_error", "Prompt is too long"), context],
  [
    "request too large",
    413,
    anthropicError("request_too_large", "Request exceeds the maximum size"),
    "payload_too_large",
  ],
  [
    "filtered",
    400,
    anthropicError("invalid_request_error", "Output blocked by content filtering policy"),
    "content_policy_violation",
  ],
  [
    "credits",
    400,
    anthropicError(
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    "quota_exhausted",
  ],
  ["disabled", 403, anthropicError("permission_error", "This organization has been disabled."), "permission_denied"],
  [
    "disabled, as a bad request",
    400,
    anthropicError("invalid_request_error", "This organization has been disabled."),
    "permission_denied",
  ],
  [
    "usage limit",
    400,
    anthropicError(
      "invalid_request_error",
      "You have reached your specified API usage limits. You will regain access on 2026-02-01 at 00:00 UTC.",
    ),
    "quota_exhausted",
    { waitMs: 86_400_000 },
  ],
  [
    "concurrent connections",
    429,
    anthropicError("rate_limit_error", "Number of concurrent connections has exceeded your rate limit."),
    "rate_limit",
  ],
  [
    "tool results missing",
    400,
    anthropicError(
      "invalid_request_error",
      "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_x.",
    ),
    "bad_request",
  ],
  ["overloaded", 529, anthropicError("overloaded_error", "Overloaded"), "overloaded"],
  ["overloaded inside a 200", 200, anthropicError("overloaded_error", "Overloaded"), "overloaded"],
  [
    "rate inside a 200",
    200,
    anthropicError("rate_limit_error", "This request would exceed your organization's rate limit."),
    "rate_limit",
  ],
  ["internal inside a 200", 200, anthropicError("api_error", "Internal server error"), "internal_server"],
  [
    "page",
    520,
    reply(
      "<html><head><title>520: Web server is returning an unknown error</title></head></html>",
      "520: Web server is returning an unknown error",
    ),
    "internal_server",
  ],
  [
    "long context without the means",
    429,
    anthropicError("rate_limit_error", "Extra usage is required for long context requests."),
    context,
  ],
  [
    "a limit whose reset is in headers alone",
    429,
    anthropicError(
      "rate_limit_error",
      "This request would exceed your organization's rate limit of 5 requests per minute.",
    ),
    "rate_limit",
    {
      headers: {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:12Z",
        "anthropic-ratelimit-tokens-remaining": "1000",
        "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:50Z",
      },
      waitMs: 12_000,
    },
  ],
  [
    "Zhipu's, without balance",
    429,
    reply(
      {
        type: "error",
        error: { type: "rate_limit_error", code: "1113", message: "Insufficient balance. Please recharge." },
      },
      "Insufficient balance. Please recharge.",
    ),
    "quota_exhausted",
  ],
  [
    "Vertex's, a quota of the minute",
    429,
    reply(
      [
        {
          error: {
            code: 429,
            message: "Quota exceeded for online prediction requests per minute.",
            status: "RESOURCE_EXHAUSTED",
            details: [{ retryDelay: "9s" }],
          },
        },
      ],
      "Quota exceeded for online prediction requests per minute.",
    ),
    "rate_limit",
    { waitMs: 9_000 },
  ],
  [
    "Bedrock's, throttled",
    429,
    reply(
      { message: "Too many tokens, please wait before trying again." },
      "Too many tokens, please wait before trying again.",
    ),
    "rate_limit",
  ],
];
