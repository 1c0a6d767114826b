import { context, openaiError, reply, type Row, tooLong } from "./row.js";

/** Sources: Azure OpenAI's "content filtering" and quota pages; jasonacox/TinyLLM#17, microsoft/copilot-camp#551, dyad-sh/dyad#1849. */
export const azureRows: readonly Row[] = [
  [
    "rate limit with a wait of a day",
    429,
    reply(
      {
        error: {
          code: "429",
          message:
            "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
        },
      },
      "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
    ),
    "rate_limit",
    { waitMs: 86_400_000 },
  ],
  [
    "rate limit, short message",
    429,
    reply(
      { error: { code: "429", message: "Rate limit is exceeded. Try again in 2 seconds." } },
      "Rate limit is exceeded. Try again in 2 seconds.",
    ),
    "rate_limit",
    { waitMs: 2_000 },
  ],
  [
    "rate limit with a named code",
    429,
    reply(
      {
        error: {
          code: "RateLimitReached",
          message:
            "Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds.",
        },
      },
      "Your requests to gpt-5.1 for gpt-5.1 in East US 2 have exceeded the token rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds.",
    ),
    "rate_limit",
    { waitMs: 60_000 },
  ],
  [
    "no capacity",
    429,
    reply(
      {
        error: {
          code: "NoCapacity",
          message:
            "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load.",
        },
      },
      "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load.",
    ),
    "rate_limit",
  ],
  [
    "call volume used up",
    403,
    reply(
      {
        error: {
          code: "403",
          message: "Out of call volume quota for CognitiveServices S0. Quota will be replenished in 5 days.",
        },
      },
      "Out of call volume quota for CognitiveServices S0. Quota will be replenished in 5 days.",
    ),
    "quota_exhausted",
    { waitMs: 86_400_000 },
  ],
  [
    "missing access token",
    401,
    reply(
      {
        statusCode: 401,
        message:
          "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
      },
      "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
    ),
    "authentication",
  ],
  [
    "unknown resource",
    404,
    reply({ error: { code: "404", message: "Resource not found" } }, "Resource not found"),
    "not_found",
  ],
  [
    "unsupported operation",
    400,
    reply(
      {
        error: {
          code: "OperationNotSupported",
          message:
            "The chatCompletion operation does not work with the specified model, embedding. Please choose different model and try again.",
        },
      },
      "The chatCompletion operation does not work with the specified model, embedding. Please choose different model and try again.",
    ),
    "bad_request",
  ],
  [
    "filtered, with the reason only in the inner code",
    400,
    reply(
      {
        error: {
          code: "content_filter",
          message: "The response was filtered",
          innererror: { code: "ResponsibleAIPolicyViolation" },
        },
      },
      "The response was filtered",
    ),
    "content_policy_violation",
  ],
  ["too long", 400, openaiError(tooLong, "invalid_request_error", "context_length_exceeded", "messages"), context],
  [
    "backend failure",
    500,
    reply(
      {
        error: {
          code: "InternalServerError",
          message: "Backend returned unexpected response. Please contact Microsoft for help.",
        },
      },
      "Backend returned unexpected response. Please contact Microsoft for help.",
    ),
    "internal_server",
  ],
  [
    "timeout",
    408,
    reply({ error: { code: "Timeout", message: "The operation was timeout." } }, "The operation was timeout."),
    "timeout",
  ],
];
