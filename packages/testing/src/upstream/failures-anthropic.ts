/** How Anthropic words its failures. Source: https://docs.anthropic.com/en/api/errors, and answers posted publicly. */
import { type FailureTable, jsonFailure, pageFailure, withoutWait, type VendorFailure } from "./failure.js";

function failure(status: number, type: string, message: string, headers = {}): VendorFailure {
  const body = { type: "error", error: { type, message }, request_id: "req_1" };
  return jsonFailure(status, body, { "request-id": "req_1", ...headers });
}

const invalid = (message: string): VendorFailure => failure(400, "invalid_request_error", message);

const limited = (message: string, headers: Readonly<Record<string, string>>): VendorFailure =>
  failure(429, "rate_limit_error", message, { "x-should-retry": "true", ...headers });

const named: FailureTable["named"] = {
  context_window: invalid("prompt is too long: 208310 tokens > 200000 maximum"),
  content_policy: invalid("Output blocked by content filtering policy"),
  insufficient_quota: invalid(
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  ),
  model_not_found: failure(404, "not_found_error", "model: claude-9"),
  invalid_api_key: failure(401, "authentication_error", "invalid x-api-key"),
  rate_limit_requests: limited(
    "This request would exceed your organization's rate limit of 5 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
    {
      "retry-after": "12",
      "anthropic-ratelimit-requests-limit": "5",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:12Z",
    },
  ),
  rate_limit_tokens: limited(
    "This request would exceed your organization's rate limit of 30,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
    {
      "retry-after": "30",
      "anthropic-ratelimit-tokens-limit": "30000",
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:30Z",
    },
  ),
  rate_limit_day: limited("This request would exceed your account's rate limit. Please try again later.", {
    "retry-after": "86400",
  }),
  server_error: failure(500, "api_error", "Internal server error"),
  overloaded: failure(529, "overloaded_error", "Overloaded"),
};

export const anthropicFailures: FailureTable = {
  named,
  byStatus: {
    400: invalid("messages: at least one message is required"),
    401: named.invalid_api_key,
    402: failure(402, "billing_error", "There's an issue with your billing or payment information."),
    403: failure(403, "permission_error", "Your API key does not have permission to use the specified resource."),
    404: named.model_not_found,
    408: failure(408, "timeout_error", "Request timed out."),
    409: failure(409, "invalid_request_error", "The resource is being changed by another request."),
    413: failure(413, "request_too_large", "Request exceeds the maximum size"),
    422: failure(422, "invalid_request_error", "Unprocessable entity."),
    429: withoutWait(named.rate_limit_requests),
    500: named.server_error,
    502: pageFailure(502, "Bad Gateway", "cloudflare"),
    503: pageFailure(503, "Service Temporarily Unavailable", "cloudflare"),
    504: failure(504, "timeout_error", "Gateway timeout"),
    529: named.overloaded,
  },
  other: (status) => failure(status, status < 500 ? "invalid_request_error" : "api_error", "Something went wrong."),
};
