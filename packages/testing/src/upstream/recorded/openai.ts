import { context, openaiError, type Row, tooLong } from "./row.js";

/**
 * OpenAI itself. Sources: its error pages, and issues on GitHub, among them chidiwilliams/buzz#381 and
 * vanderschaarlab/climb#1.
 */
export const openaiRows: readonly Row[] = [
  [
    "OpenAI: too long",
    400,
    openaiError(tooLong, "invalid_request_error", "context_length_exceeded", "messages"),
    context,
  ],
  [
    "OpenAI: a string too long",
    400,
    openaiError(
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
    openaiError(
      "Invalid schema for function 'x': None is not of type 'array'.",
      "invalid_request_error",
      "invalid_function_parameters",
    ),
    "bad_request",
  ],
  [
    "OpenAI: parameter of another model",
    400,
    openaiError(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "invalid_request_error",
      "unsupported_parameter",
      "max_tokens",
    ),
    "unsupported_params",
  ],
  [
    "OpenAI: safety system",
    400,
    openaiError(
      "Your request was rejected as a result of our safety system.",
      "image_generation_user_error",
      "moderation_blocked",
    ),
    "content_policy_violation",
  ],
  [
    "OpenAI: usage policy",
    400,
    openaiError(
      "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.",
      "invalid_request_error",
      "invalid_prompt",
    ),
    "content_policy_violation",
  ],
  [
    "OpenAI: account",
    429,
    openaiError(
      "Your account is not active, please check your billing details on our website.",
      "billing_not_active",
      "billing_not_active",
    ),
    "quota_exhausted",
  ],
  [
    "OpenAI: hard limit",
    400,
    openaiError("Billing hard limit has been reached", "invalid_request_error", "billing_hard_limit_reached"),
    "quota_exhausted",
  ],
  [
    "OpenAI: a single request above the minute's tokens",
    429,
    openaiError(
      "Request too large for gpt-4o in organization org-abc on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "payload_too_large",
  ],
  [
    "OpenAI: too large",
    413,
    openaiError("Maximum content size limit (26214400) exceeded (26269559 bytes read)", "server_error", null),
    "payload_too_large",
  ],
  [
    "OpenAI: no permission for the scope",
    401,
    openaiError(
      "You have insufficient permissions for this operation. Missing scopes: model.request.",
      "invalid_request_error",
      null,
    ),
    "authentication",
  ],
  [
    "OpenAI: key of another organization",
    401,
    openaiError(
      "OpenAI-Organization header should match organization for API key",
      "invalid_request_error",
      "mismatched_organization",
    ),
    "authentication",
  ],
  [
    "OpenAI: project may not use the model",
    403,
    openaiError("Project `proj_abc` does not have access to model `gpt-4`", "invalid_request_error", "model_not_found"),
    "not_found",
  ],
  [
    "OpenAI: overloaded",
    503,
    openaiError("The engine is currently overloaded, please try again later", "server_error", "engine_overloaded"),
    "overloaded",
  ],
  [
    "OpenAI: in a stream",
    200,
    openaiError("The server had an error while processing your request.", "server_error", null),
    "internal_server",
  ],
];
