/**
 * How OpenAI words its failures. Source: https://platform.openai.com/docs/guides/error-codes, and answers that users
 * posted publicly (429: github.com/continuedev/continue/issues/9563; 413, 502 and 504 come from the content network before the API, as
 * pages: github.com/anomalyco/opencode/issues/12060).
 */
import { type FailureTable, jsonFailure, pageFailure, withoutWait, type VendorFailure } from "./failure.js";

interface Words {
  readonly message: string;
  readonly type: string;
  readonly code?: string;
  readonly param?: string;
}

function failure(status: number, { message, type, code, param }: Words, headers = {}): VendorFailure {
  return jsonFailure(status, { error: { message, type, param: param ?? null, code: code ?? null } }, headers);
}

const invalid = (status: number, message: string, more: Omit<Words, "message" | "type"> = {}): VendorFailure =>
  failure(status, { message, type: "invalid_request_error", ...more });

const limited = (kind: "requests" | "tokens", message: string, wait: string, headers = {}): VendorFailure =>
  failure(
    429,
    {
      message: `Rate limit reached for gpt-4 in organization org-abc on ${message} Please try again in ${wait}. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      type: kind,
      code: "rate_limit_exceeded",
    },
    headers,
  );

const named: FailureTable["named"] = {
  context_window: invalid(
    400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
    { param: "messages", code: "context_length_exceeded" },
  ),
  content_policy: invalid(
    400,
    "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
    { code: "content_policy_violation" },
  ),
  insufficient_quota: failure(429, {
    message:
      "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  }),
  model_not_found: invalid(404, "The model `gpt-9` does not exist or you do not have access to it.", {
    code: "model_not_found",
  }),
  invalid_api_key: invalid(
    401,
    "Incorrect API key provided: abc*****xyz. You can find your API key at https://platform.openai.com/account/api-keys.",
    { code: "invalid_api_key" },
  ),
  rate_limit_requests: limited("requests", "requests per min (RPM): Limit 3, Used 3, Requested 1.", "20s", {
    "x-ratelimit-limit-requests": "3",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "20s",
  }),
  rate_limit_tokens: limited("tokens", "tokens per min (TPM): Limit 30000, Used 22343, Requested 10955.", "6.596s", {
    "retry-after": "7",
    "retry-after-ms": "6596",
    "x-ratelimit-limit-tokens": "30000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "6.596s",
  }),
  rate_limit_day: limited("requests", "requests per day (RPD): Limit 200, Used 200, Requested 1.", "24h0m0s", {
    "retry-after": "86400",
  }),
  server_error: failure(500, {
    message: "The server had an error while processing your request. Sorry about that!",
    type: "server_error",
  }),
  overloaded: failure(503, {
    message: "That model is currently overloaded with other requests. You can retry your request.",
    type: "server_error",
  }),
};

export const openaiFailures: FailureTable = {
  named,
  byStatus: {
    400: invalid(400, "Invalid value for 'temperature': expected a number between 0 and 2.", { param: "temperature" }),
    401: named.invalid_api_key,
    402: failure(402, { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" }),
    403: failure(403, {
      message: "Country, region, or territory not supported",
      type: "request_forbidden",
      code: "unsupported_country_region_territory",
    }),
    404: named.model_not_found,
    408: invalid(408, "Request timed out."),
    409: invalid(409, "The resource was updated by another request while this one was being processed."),
    413: pageFailure(413, "Payload Too Large", "cloudflare"),
    422: invalid(422, "Invalid schema for response_format: the model cannot follow it."),
    429: withoutWait(named.rate_limit_requests),
    500: named.server_error,
    502: pageFailure(502, "Bad Gateway", "cloudflare"),
    503: named.overloaded,
    504: pageFailure(504, "Gateway Time-out", "cloudflare"),
    529: failure(529, { message: "The service is overloaded.", type: "server_error" }),
  },
  other: (status) =>
    failure(status, {
      message: "Something went wrong.",
      type: status < 500 ? "invalid_request_error" : "server_error",
    }),
};
