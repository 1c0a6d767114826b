/**
 * How Azure OpenAI words its failures. Its codes are statuses as often as words, and it rarely sends types. Source:
 * Azure OpenAI REST reference and "content filtering", and answers that users posted publicly
 * (429: github.com/jasonacox/TinyLLM/issues/17, github.com/microsoft/copilot-camp/issues/551).
 */
import { type FailureTable, jsonFailure, pageFailure, withoutWait, type VendorFailure } from "./failure.js";

function failure(status: number, code: string, message: string, headers = {}): VendorFailure {
  return jsonFailure(status, { error: { code, message } }, { "apim-request-id": "a1", ...headers });
}

const limited = (what: string, seconds: number, headers = {}): VendorFailure =>
  failure(
    429,
    "429",
    `Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded ${what} rate limit of your current OpenAI S0 pricing tier. Please retry after ${String(seconds)} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
    { "retry-after": String(seconds), "retry-after-ms": String(seconds * 1000), ...headers },
  );

const named: FailureTable["named"] = {
  context_window: jsonFailure(400, {
    error: {
      message:
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    },
  }),
  content_policy: jsonFailure(400, {
    error: {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: {
        code: "ResponsibleAIPolicyViolation",
        content_filter_result: {
          hate: { filtered: false, severity: "safe" },
          jailbreak: { filtered: false, detected: false },
          self_harm: { filtered: false, severity: "safe" },
          sexual: { filtered: false, severity: "safe" },
          violence: { filtered: true, severity: "medium" },
        },
      },
    },
  }),
  insufficient_quota: jsonFailure(429, {
    error: {
      code: "insufficient_quota",
      type: "insufficient_quota",
      param: null,
      message: "You exceeded your current quota, please check your plan and billing details.",
    },
  }),
  model_not_found: failure(
    404,
    "DeploymentNotFound",
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
  ),
  invalid_api_key: failure(
    401,
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
  ),
  rate_limit_requests: limited("call", 2, {
    "x-ratelimit-limit-requests": "8",
    "x-ratelimit-remaining-requests": "0",
  }),
  rate_limit_tokens: limited("token", 7, {
    "x-ratelimit-limit-tokens": "8000",
    "x-ratelimit-remaining-tokens": "-1",
  }),
  rate_limit_day: limited("token", 86_400),
  server_error: jsonFailure(500, {
    error: {
      message: "The server had an error while processing your request. Sorry about that!",
      type: "server_error",
      param: null,
      code: null,
    },
  }),
  overloaded: failure(
    503,
    "ServiceUnavailable",
    "The service is temporarily unable to process your request. Please try again later.",
  ),
};

export const azureFailures: FailureTable = {
  named,
  byStatus: {
    400: jsonFailure(400, {
      error: {
        message: "Unrecognized request argument supplied: frequency",
        type: "invalid_request_error",
        param: null,
        code: null,
      },
    }),
    401: named.invalid_api_key,
    402: failure(402, "402", "The subscription of this resource has been disabled for billing reasons."),
    403: failure(403, "403", "Access denied due to Virtual Network/Firewall rules."),
    404: named.model_not_found,
    408: failure(408, "Timeout", "The operation was timeout."),
    409: failure(409, "Conflict", "The resource is being changed by another operation."),
    413: pageFailure(413, "Request Entity Too Large", "Microsoft-Azure-Application-Gateway/v2"),
    422: failure(422, "UnprocessableEntity", "The request could not be processed."),
    429: withoutWait(named.rate_limit_tokens),
    500: named.server_error,
    502: pageFailure(502, "Bad Gateway", "Microsoft-Azure-Application-Gateway/v2"),
    503: named.overloaded,
    504: pageFailure(504, "Gateway Time-out", "Microsoft-Azure-Application-Gateway/v2"),
    529: failure(529, "529", "The system is overloaded."),
  },
  other: (status) => failure(status, String(status), "Something went wrong."),
};
