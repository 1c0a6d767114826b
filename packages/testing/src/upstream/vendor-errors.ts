import type { DialectName } from "./dialect.js";

interface VendorError {
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
}

/**
 * How OpenAI words its failures.
 * Source: https://platform.openai.com/docs/guides/error-codes and answers seen in public issue threads.
 */
const openaiErrors: Readonly<Record<number, VendorError>> = {
  400: {
    type: "invalid_request_error",
    code: null,
    message: "Invalid value for 'temperature': expected a number between 0 and 2.",
  },
  401: {
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
  },
  402: { type: "insufficient_quota", code: "insufficient_quota", message: "Insufficient balance." },
  403: {
    type: "invalid_request_error",
    code: "unsupported_country_region_territory",
    message: "Country, region, or territory not supported",
  },
  404: {
    type: "invalid_request_error",
    code: "model_not_found",
    message: "The model `gpt-9` does not exist or you do not have access to it.",
  },
  408: { type: "invalid_request_error", code: null, message: "Request timed out." },
  409: { type: "invalid_request_error", code: null, message: "The resource is being updated by another request." },
  413: { type: "invalid_request_error", code: null, message: "Request entity too large." },
  422: { type: "invalid_request_error", code: null, message: "Unprocessable entity." },
  429: {
    type: "requests",
    code: "rate_limit_exceeded",
    message:
      "Rate limit reached for gpt-4 in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1.",
  },
  500: {
    type: "server_error",
    code: null,
    message: "The server had an error while processing your request. Sorry about that!",
  },
  502: { type: "server_error", code: null, message: "Bad gateway." },
  503: { type: "server_error", code: null, message: "The engine is currently overloaded, please try again later." },
  504: { type: "server_error", code: null, message: "Gateway timeout." },
  529: { type: "server_error", code: null, message: "The service is overloaded." },
};

/** Source: https://docs.anthropic.com/en/api/errors. */
const anthropicErrors: Readonly<Record<number, { readonly type: string; readonly message: string }>> = {
  400: { type: "invalid_request_error", message: "messages: at least one message is required" },
  401: { type: "authentication_error", message: "invalid x-api-key" },
  402: { type: "billing_error", message: "There's an issue with your billing or payment information." },
  403: { type: "permission_error", message: "Your API key does not have permission to use the specified resource." },
  404: { type: "not_found_error", message: "model: claude-9" },
  408: { type: "timeout_error", message: "Request timed out." },
  409: { type: "invalid_request_error", message: "Conflict." },
  413: { type: "request_too_large", message: "Request exceeds the maximum size" },
  422: { type: "invalid_request_error", message: "Unprocessable entity." },
  429: { type: "rate_limit_error", message: "This request would exceed your organization's rate limit." },
  500: { type: "api_error", message: "Internal server error" },
  502: { type: "api_error", message: "Bad gateway" },
  503: { type: "api_error", message: "Service unavailable" },
  504: { type: "timeout_error", message: "Gateway timeout" },
  529: { type: "overloaded_error", message: "Overloaded" },
};

/** A vendor's body for a status. */
export function vendorError(dialect: DialectName, status: number): string {
  if (dialect === "anthropic") {
    return JSON.stringify({
      type: "error",
      error: anthropicErrors[status] ?? { type: "api_error", message: "Error" },
      request_id: "req_1",
    });
  }
  const error = openaiErrors[status] ?? { type: "server_error", code: null, message: "Error" };
  if (dialect === "azure")
    return JSON.stringify({ error: { code: error.code ?? String(status), message: error.message } });
  return JSON.stringify({ error: { ...error, param: null } });
}

/** Bodies of failures that share a status and mean something of their own. */
export const specialErrors = {
  contextWindow: {
    openai:
      '{"error":{"message":"This model\'s maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
    azure:
      '{"error":{"message":"This model\'s maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
    anthropic:
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}',
  },
  contentPolicy: {
    openai:
      '{"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}',
    azure:
      '{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI\'s content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"violence":{"filtered":true,"severity":"medium"}}}}}',
    anthropic:
      '{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}',
  },
  quota: {
    openai:
      '{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}',
    azure: '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota."}}',
    anthropic:
      '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}',
  },
} as const satisfies Record<string, Record<DialectName, string>>;
