import { context, openaiError, reply, type Row } from "./row.js";

const groq = (message: string, type: string, code?: string) => reply({ error: { message, type, code } }, message);
const mistral = (message: string, type: string, code: string | null) =>
  reply({ object: "error", message, type, param: null, code }, message);
const openRouter = (code: number, message: string, metadata: object = {}, shown = message) =>
  reply({ error: { message, code, metadata } }, shown);
const gemini = (code: number, status: string, message: string) =>
  reply([{ error: { code, message, status } }], message);

/**
 * Hosts with OpenAI's API. Sources: the hosts' error pages, and issues on GitHub, among them
 * HunorLaczko/ha-groq-cloud-api#27, Aider-AI/aider#4851, raycast/extensions#31107, continuedev/continue#6185 and #10560,
 * open-webui/computer#293.
 */
export const cloudRows: readonly Row[] = [
  [
    "Groq: above the minute's tokens",
    413,
    groq(
      "Request too large for model `m` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 12000, Requested 14137, please reduce your message size and try again.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "payload_too_large",
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
    { waitMs: 4_770 },
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
  ],
  [
    "Groq: gone",
    400,
    groq(
      "The model `m` has been decommissioned and is no longer supported.",
      "invalid_request_error",
      "model_decommissioned",
    ),
    "not_found",
  ],
  ["Groq: capacity", 498, groq("Flex tier capacity exceeded.", "capacity_exceeded"), "overloaded"],
  [
    "DeepSeek: no balance",
    402,
    openaiError("Insufficient Balance", "unknown_error", "invalid_request_error"),
    "quota_exhausted",
  ],
  [
    "DeepSeek: bad key",
    401,
    openaiError(
      "Authentication Fails, Your api key: ****abcd is invalid",
      "authentication_error",
      "invalid_request_error",
    ),
    "authentication",
  ],
  [
    "Moonshot: suspended",
    429,
    groq("Your account org-x is suspended, please check your plan and billing details", "exceeded_current_quota_error"),
    "quota_exhausted",
  ],
  [
    "Moonshot: engine",
    429,
    groq("The engine is currently overloaded, please try again later", "engine_overloaded_error"),
    "overloaded",
  ],
  ["Mistral: rate", 429, mistral("Rate limit exceeded", "rate_limited", "1300"), "rate_limit"],
  [
    "Mistral: capacity",
    429,
    mistral("Service tier capacity exceeded for this model.", "invalid_request_error", null),
    "rate_limit",
  ],
  ["Mistral: bad key", 401, reply({ message: "Unauthorized", request_id: "r" }, "Unauthorized"), "authentication"],
  [
    "Mistral: validation",
    422,
    reply(
      {
        object: "error",
        message: { detail: [{ type: "missing", loc: ["body", "messages"], msg: "Field required" }] },
        type: "invalid_request_message_order",
        code: "3000",
      },
      "messages: Field required",
      "messages",
    ),
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
    openRouter(
      429,
      "Provider returned error",
      {
        raw: "m is temporarily rate-limited upstream. Please retry shortly, or add your own key to accumulate your rate limits.",
        provider_name: "X",
      },
      "m is temporarily rate-limited upstream. Please retry shortly, or add your own key to accumulate your rate limits. (from X)",
    ),
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
  ["OpenRouter: no instance", 503, openRouter(503, "No instances available for this model"), "service_unavailable"],
  [
    "OpenRouter: inside a 200",
    200,
    openRouter(502, "Provider returned error", { provider_name: "X", raw: "ERROR" }, "ERROR (from X)"),
    "bad_gateway",
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
    "quota_exhausted",
    { waitMs: 20_044.661_79 },
  ],
  [
    "Gemini: overloaded",
    503,
    gemini(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "service_unavailable",
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
  ],
  [
    "Together: too long",
    422,
    openaiError(
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 0 `max_new_tokens`",
      "invalid_request_error",
      null,
    ),
    context,
  ],
  [
    "Together: overloaded",
    503,
    openaiError("The server is overloaded or not ready yet.", "service_unavailable", null),
    "service_unavailable",
  ],
  [
    "Fireworks: too long",
    400,
    reply(
      {
        error: {
          object: "error",
          type: "invalid_request_error",
          message: "The prompt is too long: 140000, model maximum context length: 131071",
        },
      },
      "The prompt is too long: 140000, model maximum context length: 131071",
    ),
    context,
  ],
  [
    "xAI: too long",
    400,
    reply(
      {
        code: "Client specified an invalid argument",
        error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      },
      "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    ),
    context,
  ],
  [
    "xAI: credits",
    403,
    reply(
      {
        code: "The caller does not have permission to execute the specified operation",
        error:
          "Your newly created teams doesn't have any credits yet. You can purchase credits on https://console.x.ai.",
      },
      "Your newly created teams doesn't have any credits yet. You can purchase credits on https://console.x.ai.",
    ),
    "quota_exhausted",
  ],
  [
    "Cerebras: rate",
    429,
    reply(
      {
        message: "Tokens per minute limit exceeded - too many tokens processed.",
        type: "too_many_tokens_error",
        param: "quota",
        code: "token_quota_exceeded",
      },
      "Tokens per minute limit exceeded - too many tokens processed.",
      "quota",
    ),
    "rate_limit",
  ],
  [
    "Cerebras: too long",
    400,
    reply(
      {
        message: "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
        type: "invalid_request_error",
        param: "messages",
        code: "context_length_exceeded",
      },
      "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
      "messages",
    ),
    context,
  ],
  [
    "Perplexity: page",
    401,
    reply(
      "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body></body>\r\n</html>",
      "401 Authorization Required",
    ),
    "authentication",
  ],
  [
    "Cloudflare: unreachable",
    522,
    reply(
      "<!DOCTYPE html><html><head><title>api.example.com | 522: Connection timed out</title></head></html>",
      "api.example.com | 522: Connection timed out",
    ),
    "internal_server",
  ],
  [
    "Envoy: reset",
    503,
    reply(
      "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
      "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    ),
    "service_unavailable",
  ],
];
