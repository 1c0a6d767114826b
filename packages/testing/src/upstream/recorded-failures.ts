import type { ErrorKind } from "@modelyard/core";
import type { DialectName } from "./asked.js";

/** A failure that somebody met and posted. */
export interface RecordedFailure {
  /** Whose, and what of theirs. */
  readonly name: string;
  readonly dialect: DialectName;
  /** 200: the failure came inside a good status. */
  readonly status: number;
  readonly body: string;
  /** What it is; several where a vendor's words leave room. */
  readonly kinds: readonly ErrorKind[];
}

type Row = readonly [name: string, status: number, body: unknown, ...kinds: readonly ErrorKind[]];

const of = (dialect: DialectName, rows: readonly Row[]): readonly RecordedFailure[] =>
  rows.map(([name, status, body, ...kinds]) => ({
    name,
    dialect,
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    kinds,
  }));

const context = "context_window_exceeded";
const openai = (message: string, type: string | null, code: string | null, param: string | null = null) => ({
  error: { message, type, param, code },
});
const tooLong =
  "This model's maximum context length is 16384 tokens. However, you requested 19591 tokens (9591 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.";
const groq = (message: string, type: string, code?: string) => ({ error: { message, type, code } });
const vllm = (message: string) => ({ object: "error", message, type: "BadRequestError", param: null, code: 400 });
const mistral = (message: string, type: string, code: string | null) => ({
  object: "error",
  message,
  type,
  param: null,
  code,
});
const openRouter = (code: number, message: string, metadata: object = {}) => ({ error: { message, code, metadata } });
const gemini = (code: number, status: string, message: string) => [{ error: { code, message, status } }];

/**
 * OpenAI and hosts that speak its language. Sources: the vendors' error pages, and issues on GitHub, among them
 * chidiwilliams/buzz#381, vanderschaarlab/climb#1, Aider-AI/aider#4851, HunorLaczko/ha-groq-cloud-api#27,
 * open-webui/computer#293, harbor-framework/harbor#996, vllm-project/vllm#20409, QwenLM/Qwen3#1321,
 * ggml-org/llama.cpp#15780, oobabooga/textgen#7257, raycast/extensions#31107, continuedev/continue#6185 and #10560,
 * Alishahryar1/free-claude-code#1228.
 */
const openaiRows: readonly Row[] = [
  ["OpenAI: too long", 400, openai(tooLong, "invalid_request_error", "context_length_exceeded", "messages"), context],
  [
    "OpenAI: a string too long",
    400,
    openai(
      "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576, but got a string with length 1500000 instead.",
      "invalid_request_error",
      "string_above_max_length",
      "messages[0].content",
    ),
    context,
  ],
  [
    "OpenAI: bad function schema",
    400,
    openai(
      "Invalid schema for function 'x': None is not of type 'array'.",
      "invalid_request_error",
      "invalid_function_parameters",
    ),
    "bad_request",
  ],
  [
    "OpenAI: parameter of another model",
    400,
    openai(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "invalid_request_error",
      "unsupported_parameter",
      "max_tokens",
    ),
    "bad_request",
    "unsupported_params",
  ],
  [
    "OpenAI: safety system",
    400,
    openai(
      "Your request was rejected as a result of our safety system.",
      "image_generation_user_error",
      "moderation_blocked",
    ),
    "content_policy_violation",
  ],
  [
    "OpenAI: usage policy",
    400,
    openai(
      "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.",
      "invalid_request_error",
      "invalid_prompt",
    ),
    "content_policy_violation",
  ],
  [
    "OpenAI: account",
    429,
    openai(
      "Your account is not active, please check your billing details on our website.",
      "billing_not_active",
      "billing_not_active",
    ),
    "quota_exhausted",
  ],
  [
    "OpenAI: hard limit",
    400,
    openai("Billing hard limit has been reached", "invalid_request_error", "billing_hard_limit_reached"),
    "quota_exhausted",
  ],
  [
    "OpenAI: a single request above the minute's tokens",
    429,
    openai(
      "Request too large for gpt-4o in organization org-abc on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "rate_limit",
  ],
  [
    "OpenAI: too large",
    413,
    openai("Maximum content size limit (26214400) exceeded (26269559 bytes read)", "server_error", null),
    "payload_too_large",
  ],
  [
    "OpenAI: no permission for the scope",
    401,
    openai(
      "You have insufficient permissions for this operation. Missing scopes: model.request.",
      "invalid_request_error",
      null,
    ),
    "authentication",
  ],
  [
    "OpenAI: key of another organization",
    401,
    openai(
      "OpenAI-Organization header should match organization for API key",
      "invalid_request_error",
      "mismatched_organization",
    ),
    "authentication",
  ],
  [
    "OpenAI: project may not use the model",
    403,
    openai("Project `proj_abc` does not have access to model `gpt-4`", "invalid_request_error", "model_not_found"),
    "not_found",
    "permission_denied",
  ],
  [
    "OpenAI: overloaded",
    503,
    openai("The engine is currently overloaded, please try again later", "server_error", "engine_overloaded"),
    "service_unavailable",
    "overloaded",
  ],
  [
    "OpenAI: in a stream",
    200,
    openai("The server had an error while processing your request.", "server_error", null),
    "internal_server",
  ],
  [
    "Groq: above the minute's tokens",
    413,
    groq(
      "Request too large for model `m` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 12000, Requested 14137, please reduce your message size and try again.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "rate_limit",
    "payload_too_large",
    context,
  ],
  [
    "Groq: rate",
    429,
    groq(
      "Rate limit reached for model `m` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443. Please try again in 4.77s.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "rate_limit",
  ],
  [
    "Groq: too long",
    400,
    groq("Please reduce the length of the messages or completion.", "invalid_request_error", "context_length_exceeded"),
    context,
  ],
  [
    "Groq: over capacity",
    503,
    groq("m is currently over capacity. Please try again and back off exponentially.", "internal_server_error"),
    "service_unavailable",
    "overloaded",
  ],
  [
    "Groq: gone",
    400,
    groq(
      "The model `m` has been decommissioned and is no longer supported.",
      "invalid_request_error",
      "model_decommissioned",
    ),
    "bad_request",
    "not_found",
  ],
  [
    "Groq: capacity",
    498,
    groq("Flex tier capacity exceeded.", "capacity_exceeded"),
    "bad_request",
    "rate_limit",
    "overloaded",
    "service_unavailable",
  ],
  [
    "DeepSeek: no balance",
    402,
    openai("Insufficient Balance", "unknown_error", "invalid_request_error"),
    "quota_exhausted",
  ],
  [
    "DeepSeek: bad key",
    401,
    openai("Authentication Fails, Your api key: ****abcd is invalid", "authentication_error", "invalid_request_error"),
    "authentication",
  ],
  [
    "Moonshot: suspended",
    429,
    {
      error: {
        message: "Your account org-x is suspended, please check your plan and billing details",
        type: "exceeded_current_quota_error",
      },
    },
    "quota_exhausted",
    "rate_limit",
  ],
  [
    "Moonshot: engine",
    429,
    {
      error: { message: "The engine is currently overloaded, please try again later", type: "engine_overloaded_error" },
    },
    "rate_limit",
    "overloaded",
  ],
  ["vLLM: too long", 400, vllm(tooLong), context],
  [
    "vLLM: prompt too long",
    400,
    vllm(
      "The decoder prompt (length 10127) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller than the number of text tokens plus multimodal tokens.",
    ),
    context,
  ],
  [
    "vLLM 0.16: too long",
    400,
    {
      error: {
        message:
          "You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens, resulting in a maximum input length of 1014 tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=1015)",
        type: "BadRequestError",
        param: "input_tokens",
        code: 400,
      },
    },
    context,
  ],
  [
    "vLLM: no such model",
    404,
    { object: "error", message: "The model `m` does not exist.", type: "NotFoundError", param: null, code: 404 },
    "not_found",
  ],
  ["vLLM: bad key", 401, { error: "Unauthorized" }, "authentication"],
  [
    "SGLang: too long",
    400,
    vllm("The input (61709 tokens) is longer than the model's context length (40960 tokens)."),
    context,
  ],
  [
    "SGLang: with the answer too long",
    400,
    vllm(
      "Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total of 40000 tokens: 30000 tokens from the input messages and 10000 tokens for the completion.",
    ),
    context,
  ],
  [
    "llama.cpp: too long",
    400,
    {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
        n_prompt_tokens: 14_429,
        n_ctx: 8192,
      },
    },
    context,
  ],
  [
    "llama.cpp: too long, as it was",
    500,
    {
      error: {
        code: 500,
        message:
          "the request exceeds the available context size. try increasing the context size or enable context shift",
        type: "exceed_context_size_error",
        n_prompt_tokens: 1407,
        n_ctx: 256,
      },
    },
    context,
  ],
  [
    "llama.cpp: too long inside a 200",
    200,
    {
      error: {
        code: 400,
        message:
          "the request exceeds the available context size. try increasing the context size or enable context shift",
        type: "exceed_context_size_error",
        n_prompt_tokens: 14_429,
        n_ctx: 8192,
      },
    },
    context,
  ],
  [
    "llama.cpp: loading",
    503,
    { error: { code: 503, message: "Loading model", type: "unavailable_error" } },
    "service_unavailable",
  ],
  [
    "TGI: too long",
    422,
    {
      error:
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`",
      error_type: "validation",
    },
    context,
  ],
  ["TGI: overloaded", 429, { error: "Model is overloaded", error_type: "overloaded" }, "rate_limit", "overloaded"],
  ["Ollama: no such model", 404, openai('model "m" not found, try pulling it first', "api_error", null), "not_found"],
  [
    "FastAPI: validation",
    422,
    { detail: [{ loc: ["body", "messages"], msg: "field required", type: "value_error.missing" }] },
    "unprocessable_entity",
  ],
  ["NVIDIA NIM: too many", 429, { status: 429, title: "Too Many Requests" }, "rate_limit"],
  [
    "NVIDIA NIM: worker",
    500,
    {
      type: "urn:inference-service:problem-details:internal-server-error",
      title: "Internal Server Error",
      status: 500,
      detail: "Inference connection error",
    },
    "internal_server",
  ],
  ["Mistral: rate", 429, mistral("Rate limit exceeded", "rate_limited", "1300"), "rate_limit"],
  [
    "Mistral: capacity",
    429,
    mistral("Service tier capacity exceeded for this model.", "invalid_request_error", null),
    "rate_limit",
    "overloaded",
    "service_unavailable",
  ],
  ["Mistral: bad key", 401, { message: "Unauthorized", request_id: "r" }, "authentication"],
  [
    "Mistral: validation",
    422,
    {
      object: "error",
      message: { detail: [{ type: "missing", loc: ["body", "messages"], msg: "Field required" }] },
      type: "invalid_request_message_order",
      code: "3000",
    },
    "unprocessable_entity",
  ],
  [
    "Mistral: too long",
    400,
    mistral(
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      "invalid_request_prompt",
      "3051",
    ),
    context,
  ],
  [
    "OpenRouter: vendor's rate",
    429,
    openRouter(429, "Provider returned error", {
      raw: "m is temporarily rate-limited upstream. Please retry shortly, or add your own key to accumulate your rate limits.",
      provider_name: "X",
    }),
    "rate_limit",
  ],
  [
    "OpenRouter: credits",
    402,
    openRouter(
      402,
      "This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 1000.",
    ),
    "quota_exhausted",
  ],
  [
    "OpenRouter: moderated",
    403,
    openRouter(
      403,
      'm requires moderation on OpenAI. Your input was flagged for "violence". No credits were charged.',
      { reasons: ["violence"], flagged_input: "…" },
    ),
    "content_policy_violation",
  ],
  [
    "OpenRouter: too long",
    400,
    openRouter(
      400,
      'This endpoint\'s maximum context length is 131072 tokens. However, you requested about 150000 tokens (140000 of text input, 10000 in the output). Please reduce the length of either one, or use the "middle-out" transform to compress your prompt automatically.',
    ),
    context,
  ],
  ["OpenRouter: nobody", 503, openRouter(503, "No instances available for this model"), "service_unavailable"],
  [
    "OpenRouter: inside a 200",
    200,
    openRouter(502, "Provider returned error", { provider_name: "X", raw: "ERROR" }),
    "bad_gateway",
    "internal_server",
  ],
  ["OpenRouter: rate inside a 200", 200, openRouter(429, "Rate limit exceeded: free-models-per-min."), "rate_limit"],
  [
    "Gemini: exhausted",
    429,
    gemini(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "rate_limit",
  ],
  [
    "Gemini: free tier",
    429,
    gemini(
      429,
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: m Please retry in 20.04466179s.",
    ),
    "rate_limit",
    "quota_exhausted",
  ],
  [
    "Gemini: overloaded",
    503,
    gemini(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "service_unavailable",
    "overloaded",
  ],
  [
    "Gemini: too long",
    400,
    gemini(
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
    ),
    context,
  ],
  [
    "Gemini: bad key",
    400,
    gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "authentication",
    "bad_request",
  ],
  [
    "Together: too long",
    422,
    openai(
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 0 `max_new_tokens`",
      "invalid_request_error",
      null,
    ),
    context,
  ],
  [
    "Together: overloaded",
    503,
    openai("The server is overloaded or not ready yet.", "service_unavailable", null),
    "service_unavailable",
    "overloaded",
  ],
  [
    "Fireworks: too long",
    400,
    {
      error: {
        object: "error",
        type: "invalid_request_error",
        message: "The prompt is too long: 140000, model maximum context length: 131071",
      },
    },
    context,
  ],
  [
    "xAI: too long",
    400,
    {
      code: "Client specified an invalid argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    },
    context,
  ],
  [
    "xAI: credits",
    403,
    {
      code: "The caller does not have permission to execute the specified operation",
      error: "Your newly created teams doesn't have any credits yet. You can purchase credits on https://console.x.ai.",
    },
    "permission_denied",
    "quota_exhausted",
  ],
  [
    "Cerebras: rate",
    429,
    {
      message: "Tokens per minute limit exceeded - too many tokens processed.",
      type: "too_many_tokens_error",
      param: "quota",
      code: "token_quota_exceeded",
    },
    "rate_limit",
  ],
  [
    "Cerebras: too long",
    400,
    {
      message: "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    },
    context,
  ],
  [
    "Perplexity: page",
    401,
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body></body>\r\n</html>",
    "authentication",
  ],
  [
    "Cloudflare: unreachable",
    522,
    "<!DOCTYPE html><html><head><title>api.example.com | 522: Connection timed out</title></head></html>",
    "internal_server",
    "timeout",
    "bad_gateway",
  ],
  [
    "Envoy: reset",
    503,
    "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    "service_unavailable",
  ],
];

/** Sources: Azure OpenAI's "content filtering" and quota pages; jasonacox/TinyLLM#17, microsoft/copilot-camp#551, dyad-sh/dyad#1849. */
const azureRows: readonly Row[] = [
  [
    "rate with a day's wait",
    429,
    {
      error: {
        code: "429",
        message:
          "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
      },
    },
    "rate_limit",
  ],
  [
    "rate, short",
    429,
    { error: { code: "429", message: "Rate limit is exceeded. Try again in 2 seconds." } },
    "rate_limit",
  ],
  [
    "rate, by name",
    429,
    {
      error: {
        code: "RateLimitReached",
        message:
          "Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds.",
      },
    },
    "rate_limit",
  ],
  [
    "no capacity",
    429,
    {
      error: {
        code: "NoCapacity",
        message:
          "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load.",
      },
    },
    "rate_limit",
    "overloaded",
  ],
  [
    "call volume",
    403,
    {
      error: {
        code: "403",
        message: "Out of call volume quota for CognitiveServices S0. Quota will be replenished in 5 days.",
      },
    },
    "permission_denied",
    "quota_exhausted",
  ],
  [
    "token missing",
    401,
    {
      statusCode: 401,
      message:
        "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
    },
    "authentication",
  ],
  ["resource", 404, { error: { code: "404", message: "Resource not found" } }, "not_found"],
  [
    "operation",
    400,
    {
      error: {
        code: "OperationNotSupported",
        message:
          "The chatCompletion operation does not work with the specified model, embedding. Please choose different model and try again.",
      },
    },
    "bad_request",
  ],
  [
    "filtered, the inner code alone",
    400,
    {
      error: {
        code: "content_filter",
        message: "The response was filtered",
        innererror: { code: "ResponsibleAIPolicyViolation" },
      },
    },
    "content_policy_violation",
  ],
  ["too long", 400, openai(tooLong, "invalid_request_error", "context_length_exceeded", "messages"), context],
  [
    "backend",
    500,
    {
      error: {
        code: "InternalServerError",
        message: "Backend returned unexpected response. Please contact Microsoft for help.",
      },
    },
    "internal_server",
  ],
  ["timeout", 408, { error: { code: "Timeout", message: "The operation was timeout." } }, "timeout"],
];

const anthropicError = (type: string, message: string) => ({ type: "error", error: { type, message } });

/** Sources: Anthropic's error page; docker/docker-agent#569, anthropics/anthropic-sdk-python#938. */
const anthropicRows: readonly Row[] = [
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
  [
    "prompt too long, as a large request",
    413,
    anthropicError("invalid_request_error", "Prompt is too long"),
    context,
    "payload_too_large",
  ],
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
    "bad_request",
    "permission_denied",
  ],
  [
    "usage limit",
    400,
    anthropicError(
      "invalid_request_error",
      "You have reached your specified API usage limits. You will regain access on 2026-02-01 at 00:00 UTC.",
    ),
    "bad_request",
    "quota_exhausted",
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
    "<html><head><title>520: Web server is returning an unknown error</title></head></html>",
    "internal_server",
    "bad_gateway",
  ],
];

/** Failures as vendors and gateways word them, for whoever has to tell what they are. */
export const recordedFailures: readonly RecordedFailure[] = [
  ...of("openai", openaiRows),
  ...of("azure", azureRows),
  ...of("anthropic", anthropicRows),
];
