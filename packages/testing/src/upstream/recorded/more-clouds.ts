import { context, openaiError, reply, type Row } from "./row.js";

const groq = (message: string, type: string, code?: string, more: object = {}) =>
  reply({ error: { message, type, ...(code === undefined ? {} : { code }), ...more } }, message);
const extra = (...path: readonly (string | number)[]) => ({
  type: "extra_forbidden",
  loc: ["body", ...path],
  msg: "Extra inputs are not permitted",
  input: "what the caller wrote",
});
const mistral = (message: unknown, shown: string, param: string) =>
  reply({ object: "error", message, type: "invalid_request_error", param: null, code: null }, shown, param);
const forbidden = "Extra inputs are not permitted";
const tools = "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.";
const bailian =
  "You exceeded your current quota, please check your plan and billing details. For details, see: https://help.aliyun.com/model-studio/error-code#token-limit";

/**
 * More hosts with OpenAI's API, each with its variations. Sources: the hosts' error pages, and issues on
 * GitHub, among them groq/groq-typescript#28, HunorLaczko/ha-groq-cloud-api#20, thepersonalaicompany/amurex-backend#38,
 * nomtek/mistralai_client_dart#44, partITech/php-mistral#76, zeroclaw-labs/zeroclaw#2693, can1357/oh-my-pi#8476,
 * QwenLM/qwen-code#3145, langgenius/dify#5850, zai-org/feedback#789, FoundationAgents/OpenManus#438,
 * AIDotNet/OpenDeepWiki#269, GordeyZuev/LEAP#6, amd/gaia#3766, huggingface/transformers#32665,
 * cohere-ai/sandbox-topically#4, n8n-io/n8n#38642, iotellme in continuedev/continue#10297.
 */
export const moreCloudRows: readonly Row[] = [
  [
    "Groq: one request above the minute's tokens",
    413,
    groq(
      "Request too large for model `m` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 8000, Requested 9120, please reduce your message size and try again.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "payload_too_large",
  ],
  [
    "Groq: a failed tool call",
    400,
    groq(tools, "invalid_request_error", "tool_use_failed", { failed_generation: "<tool>" }),
    "invalid_response",
  ],
  [
    "Groq: a tool call that does not fit its schema",
    400,
    groq(
      "tool call validation failed: parameters for tool t did not match schema: errors: [`/d`: expected array, but got string]",
      "invalid_request_error",
      "tool_use_failed",
      { param: "" },
    ),
    "invalid_response",
  ],
  [
    "Groq: JSON that is not valid",
    400,
    groq(
      "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
      "invalid_request_error",
      "json_validate_failed",
    ),
    "invalid_response",
  ],
  [
    "Groq: a field of others",
    400,
    groq(
      "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]",
      "invalid_request_error",
    ),
    "unsupported_params",
  ],
  [
    "Groq: a limit of the day",
    429,
    groq(
      "Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 98765, Requested 2345. Please try again in 15m59.04s.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "rate_limit",
    { waitMs: 959_040 },
  ],
  [
    "Mistral: a stream option",
    422,
    mistral(
      { detail: [extra("stream_options", "include_usage")] },
      `stream_options.include_usage: ${forbidden}`,
      "stream_options.include_usage",
    ),
    "unsupported_params",
  ],
  [
    "Mistral: two fields of a message",
    422,
    mistral(
      { detail: [extra("messages", 0, "user", "name"), extra("messages", 0, "user", "tool_calls")] },
      `messages[0].user.name: ${forbidden}; messages[0].user.tool_calls: ${forbidden}`,
      "messages[0].user.name",
    ),
    "unsupported_params",
  ],
  [
    "Mistral: a list as the message",
    422,
    reply(
      {
        object: "Error",
        detail: [extra("tools")],
        message: [extra("tools")],
        type: "invalid_request_error",
        code: 3001,
      },
      `tools: ${forbidden}`,
      "tools",
    ),
    "unsupported_params",
  ],
  [
    "Mistral: many problems",
    422,
    reply(
      { detail: ["a", "b", "c", "d", "e"].map((name) => extra(name)) },
      `a: ${forbidden}; b: ${forbidden}; c: ${forbidden}; and 2 more`,
      "a",
    ),
    "unsupported_params",
  ],
  [
    "Mistral: order of messages",
    400,
    reply(
      {
        object: "error",
        message: "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
        type: "invalid_request_message_order",
        param: null,
        code: "3230",
      },
      "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
    ),
    "bad_request",
  ],
  [
    "DashScope: the minute's tokens, worded as a quota",
    429,
    openaiError(bailian, "insufficient_quota", "insufficient_quota"),
    "rate_limit",
  ],
  [
    "DashScope: too fast",
    429,
    openaiError(
      "Requests rate limit exceeded, please try again later.",
      "Throttling.RateQuota",
      "Throttling.RateQuota",
    ),
    "rate_limit",
  ],
  [
    "DashScope: filtered",
    400,
    reply(
      {
        error: {
          code: "data_inspection_failed",
          message: "<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.",
          param: null,
          type: "data_inspection_failed",
        },
        request_id: "r",
      },
      "<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.",
    ),
    "content_policy_violation",
  ],
  [
    "DashScope: a bill",
    400,
    openaiError("Access denied, please make sure your account is in good standing.", "Arrearage", "Arrearage"),
    "quota_exhausted",
  ],
  [
    "DashScope: too long",
    400,
    openaiError(
      "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
      "invalid_request_error",
      "invalid_parameter_error",
    ),
    context,
  ],
  [
    "Zhipu: no balance",
    429,
    reply({ error: { code: "1113", message: "您的账户已欠费，请充值后重试。" } }, "您的账户已欠费，请充值后重试。"),
    "quota_exhausted",
  ],
  [
    "Zhipu: rate",
    429,
    reply(
      {
        error: {
          code: "1302",
          message: "High concurrency usage of this API, please reduce concurrency or contact customer service.",
        },
      },
      "High concurrency usage of this API, please reduce concurrency or contact customer service.",
    ),
    "rate_limit",
  ],
  [
    "Zhipu: sensitive",
    400,
    reply(
      {
        error: {
          code: "1301",
          message: "System detected potentially unsafe or sensitive content in input or generation.",
        },
      },
      "System detected potentially unsafe or sensitive content in input or generation.",
    ),
    "content_policy_violation",
  ],
  [
    "SiliconFlow: no paid balance",
    403,
    reply(
      {
        code: 30_011,
        message: "The selected model requires paid balance. Your paid balance is insufficient.",
        data: null,
      },
      "The selected model requires paid balance. Your paid balance is insufficient.",
    ),
    "quota_exhausted",
  ],
  [
    "SiliconFlow: the minute's tokens",
    429,
    reply(
      { message: "Request was rejected due to rate limiting. Details: TPM limit reached.", data: null },
      "Request was rejected due to rate limiting. Details: TPM limit reached.",
    ),
    "rate_limit",
  ],
  [
    "MiniMax: rate inside a 200",
    200,
    reply(
      {
        base_resp: { status_code: 1002, status_msg: "rate limit" },
        error: { type: "x", message: "rate limit", http_code: "429", code: "1002" },
      },
      "rate limit",
    ),
    "rate_limit",
  ],
  [
    "MiniMax: rate inside a 200 without an error object",
    200,
    reply({ id: "0", choices: null, base_resp: { status_code: 1002, status_msg: "rate limit" } }, "rate limit"),
    "rate_limit",
  ],
  [
    "MiniMax: balance inside a 200",
    200,
    reply({ id: "0", base_resp: { status_code: 1008, status_msg: "insufficient balance" } }, "insufficient balance"),
    "quota_exhausted",
  ],
  [
    "MiniMax: parameters inside a 200, with an empty list of choices",
    200,
    reply({ id: "0", choices: [], base_resp: { status_code: 2013, status_msg: "invalid params" } }, "invalid params"),
    "bad_request",
  ],
  [
    "Fireworks: rate",
    429,
    reply(
      { error: "Too Many Requests", message: "You have exceeded your usage limits. Please try again later." },
      "You have exceeded your usage limits. Please try again later.",
    ),
    "rate_limit",
  ],
  [
    "Fireworks: suspended",
    412,
    reply(
      {
        error: {
          code: "PRECONDITION_FAILED",
          message:
            "Account a is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
          type: "error",
        },
      },
      "Account a is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
    ),
    "quota_exhausted",
  ],
  [
    "Hugging Face: loading",
    503,
    reply({ error: "Model m is currently loading", estimated_time: 20 }, "Model m is currently loading"),
    "service_unavailable",
    { waitMs: 20_000 },
  ],
  [
    "Hugging Face: credits",
    402,
    reply(
      { error: "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO." },
      "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO.",
    ),
    "quota_exhausted",
  ],
  [
    "Cohere: too long",
    400,
    reply(
      {
        message: "too many tokens: total number of tokens (prompt and prediction) cannot exceed 2048 - received 6354.",
      },
      "too many tokens: total number of tokens (prompt and prediction) cannot exceed 2048 - received 6354.",
    ),
    context,
  ],
  [
    "Cohere: a trial key",
    429,
    reply(
      { message: "You are using a Trial key, which is limited to 1000 API calls / month." },
      "You are using a Trial key, which is limited to 1000 API calls / month.",
    ),
    "quota_exhausted",
  ],
  ["Cohere: a bad key", 401, reply({ message: "invalid api token" }, "invalid api token"), "authentication"],
  [
    "Together: rate",
    429,
    reply(
      {
        id: "r",
        error: {
          message: "You have reached the rate limit specific to this model.",
          type: "model_rate_limit",
          param: null,
          code: null,
        },
      },
      "You have reached the rate limit specific to this model.",
    ),
    "rate_limit",
    { headers: { "x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, waitMs: 1_000 },
  ],
  [
    "Cerebras: rate, with the day's quota left",
    429,
    reply(
      {
        message: "Requests per minute limit exceeded - too many requests sent.",
        type: "too_many_requests_error",
        param: "quota",
        code: "request_quota_exceeded",
      },
      "Requests per minute limit exceeded - too many requests sent.",
      "quota",
    ),
    "rate_limit",
    {
      headers: {
        "x-ratelimit-remaining-requests-day": "900",
        "x-ratelimit-reset-requests-day": "33011.382867",
        "x-ratelimit-remaining-tokens-minute": "0",
        "x-ratelimit-reset-tokens-minute": "11.5",
      },
      waitMs: 11_500,
    },
  ],
  [
    "DigitalOcean: rate, with a Unix time",
    429,
    openaiError("Rate limit exceeded.", "rate_limit_error", null),
    "rate_limit",
    {
      headers: {
        "x-ratelimit-remaining-tokens-per-minute": "0",
        "x-ratelimit-reset-tokens-per-minute": String(Date.UTC(2026, 0, 1, 0, 0, 45) / 1000),
      },
      waitMs: 45_000,
    },
  ],
  [
    "OpenAI: a wait in milliseconds",
    429,
    openaiError(
      "Rate limit reached for m in organization org-x on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.",
      "requests",
      "rate_limit_exceeded",
    ),
    "rate_limit",
    { waitMs: 120 },
  ],
  [
    "OpenAI: a reset in a header alone",
    429,
    openaiError("Too many requests.", "requests", "rate_limit_exceeded"),
    "rate_limit",
    {
      headers: {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m30s",
        "x-ratelimit-remaining-tokens": "1000",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      waitMs: 90_000,
    },
  ],
  [
    "OpenAI: a value of another model",
    400,
    openaiError(
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      "invalid_request_error",
      "unsupported_value",
      "temperature",
    ),
    "unsupported_params",
  ],
  [
    "OpenAI: a country",
    403,
    openaiError(
      "Country, region, or territory not supported",
      "request_forbidden",
      "unsupported_country_region_territory",
    ),
    "permission_denied",
  ],
  [
    "Moonshot: too long",
    400,
    groq("Invalid request: Your request exceeded model token limit: 8192", "invalid_request_error"),
    context,
  ],
  [
    "Volcengine: overloaded",
    429,
    reply(
      {
        error: {
          code: "ServerOverloaded",
          message: "The service is currently unable to handle additional requests due to server overload.",
          param: "",
          type: "TooManyRequests",
        },
      },
      "The service is currently unable to handle additional requests due to server overload.",
    ),
    "overloaded",
  ],
  [
    "Volcengine: an overdue account",
    403,
    reply(
      {
        error: {
          code: "AccountOverdueError",
          message: "The request failed because your account has an overdue balance.",
          param: "",
          type: "Forbidden",
        },
      },
      "The request failed because your account has an overdue balance.",
    ),
    "quota_exhausted",
  ],
  [
    "Volcengine: sensitive",
    400,
    reply(
      {
        error: {
          code: "SensitiveContentDetected.Violence",
          message: "The request failed because the input may contain sensitive information.",
          param: "",
          type: "BadRequest",
        },
      },
      "The request failed because the input may contain sensitive information.",
    ),
    "content_policy_violation",
  ],
  [
    "Databricks: rate",
    429,
    reply(
      {
        error_code: "REQUEST_LIMIT_EXCEEDED",
        message: "REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit for m.",
      },
      "REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit for m.",
    ),
    "rate_limit",
  ],
  [
    "Databricks: a field",
    400,
    reply(
      { error_code: "BAD_REQUEST", message: "Bad request: max_tokens must be a positive integer" },
      "Bad request: max_tokens must be a positive integer",
    ),
    "bad_request",
  ],
  [
    "DeepInfra: a list of problems",
    422,
    reply(
      { detail: [{ loc: ["body", "messages", 0, "content"], msg: "field required", type: "value_error.missing" }] },
      "messages[0].content: field required",
      "messages[0].content",
    ),
    "unprocessable_entity",
  ],
  [
    "DeepInfra: too many at once",
    429,
    reply({ detail: { error: "Model busy, retry later" } }, "Model busy, retry later"),
    "rate_limit",
  ],
  [
    "xAI: rate",
    429,
    reply(
      {
        code: "Some resource has been exhausted",
        error:
          "Too many requests for team t and model m. Your team's rate limit is (actual/limit): Requests per Second (rps): 9/8",
      },
      "Too many requests for team t and model m. Your team's rate limit is (actual/limit): Requests per Second (rps): 9/8",
    ),
    "rate_limit",
  ],
  [
    "xAI: a bad key",
    400,
    reply(
      {
        code: "Client specified an invalid argument",
        error: "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
      },
      "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
    ),
    "authentication",
  ],
  [
    "LM Studio: too long",
    400,
    reply(
      {
        error:
          "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
      },
      "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
    ),
    context,
  ],
  [
    "NVIDIA NIM: credits",
    402,
    reply(
      {
        type: "urn:kaizen:problem-details:payment-required",
        title: "Payment Required",
        status: 402,
        detail: "Account 'a': Cloud credits expired - Please contact the vendor",
      },
      "Account 'a': Cloud credits expired - Please contact the vendor",
    ),
    "quota_exhausted",
  ],
  [
    "Perplexity: validation",
    400,
    reply(
      { error: { message: "Last message must have role `user` or `tool`.", type: "invalid_message", code: 400 } },
      "Last message must have role `user` or `tool`.",
    ),
    "bad_request",
  ],
  [
    "SambaNova: rate",
    429,
    reply(
      { error: { code: null, message: "Rate limit exceeded", param: null, type: "rate_limit_exceeded" } },
      "Rate limit exceeded",
    ),
    "rate_limit",
    { headers: { "retry-after": "7" }, waitMs: 7_000 },
  ],
];
