import type { ErrorKind } from "@modelyard/core";

const quota: ErrorKind = "quota_exhausted";
const context: ErrorKind = "context_window_exceeded";
const policy: ErrorKind = "content_policy_violation";

/**
 * What hosts' codes and types mean. A code with a dot is looked up as a whole, and then by the part before the dot. Sources:
 * the hosts' error pages, and answers that users posted publicly (packages/testing/src/upstream/recorded names them).
 */
export const commonCodes: Readonly<Record<string, ErrorKind>> = {
  // OpenAI, and most hosts with its API.
  context_length_exceeded: context,
  string_above_max_length: context,
  content_filter: policy,
  content_policy_violation: policy,
  moderation_blocked: policy,
  insufficient_quota: quota,
  billing_hard_limit_reached: quota,
  billing_not_active: quota,
  account_deactivated: "permission_denied",
  invalid_api_key: "authentication",
  rate_limit_exceeded: "rate_limit",
  rate_limit_error: "rate_limit",
  model_not_found: "not_found",
  unsupported_parameter: "unsupported_params",
  unsupported_value: "unsupported_params",
  server_error: "internal_server",
  overloaded_error: "overloaded",
  engine_overloaded: "overloaded",
  // FastAPI and pydantic: Mistral, vLLM and most servers written in Python.
  extra_forbidden: "unsupported_params",
  // Groq. The model failed at its task; its next answer may be good.
  tool_use_failed: "invalid_response",
  json_validate_failed: "invalid_response",
  output_parse_failed: "invalid_response",
  capacity_exceeded: "overloaded",
  model_decommissioned: "not_found",
  // Google.
  API_KEY_INVALID: "authentication",
  SERVICE_DISABLED: "permission_denied",
  BILLING_DISABLED: quota,
  // Moonshot.
  exceeded_current_quota_error: quota,
  engine_overloaded_error: "overloaded",
  // Hugging Face's text-generation-inference, and llama.cpp.
  overloaded: "overloaded",
  exceed_context_size_error: context,
  // GitHub Models: the service's own window, smaller than the model's.
  tokens_limit_reached: context,
  // Alibaba's DashScope.
  Throttling: "rate_limit",
  Arrearage: quota,
  data_inspection_failed: policy,
  DataInspectionFailed: policy,
  // Zhipu (z.ai). Source: https://docs.z.ai/api-reference/api-code.
  "1113": quota,
  "1301": policy,
  "1302": "rate_limit",
  "1305": "rate_limit",
  // Volcengine's Ark.
  AccountOverdueError: quota,
  SetLimitExceeded: quota,
  ServerOverloaded: "overloaded",
  SensitiveContentDetected: policy,
  InputTextSensitiveContentDetected: policy,
  ModelNotOpen: "not_found",
  InvalidEndpointOrModel: "not_found",
  // MiniMax. Source: https://platform.minimax.io/docs/api-reference/errorcode.
  "1002": "rate_limit",
  "1004": "authentication",
  "1008": quota,
  "1026": policy,
  "1027": policy,
  "2013": "bad_request",
  // SiliconFlow, opencode's Zen, and gateways.
  "30001": quota,
  "30011": quota,
  CreditsError: quota,
  free_quota_exceeded: quota,
  sensitive_words_detected: policy,
  throttling_error: "rate_limit",
  REQUEST_LIMIT_EXCEEDED: "rate_limit",
};

/** The documented wordings of failures for which hosts have no code. */
export const wordings: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  {
    pattern:
      /maximum context length|context[ _](?:length|window)[^.]{0,40}(?:exceed|too)|exceed(?:s|ed)? (?:the )?context|(?:prompt|input)(?: tokens?)?(?: is| are)? too (?:long|large)|exceeds? the (?:model'?s? )?(?:maximum )?(?:context|number of tokens)|reduce the length of|longer than the (?:model'?s? context|maximum model length)|maximum prompt length|prompt: length|prompt exceeds (?:the )?max(?:imum)? length|too many tokens for|too large for model with|exceeds? the available context|exceeded model token limit|number of tokens[^.]{0,40}cannot exceed|context the overflows|range of input length should be|`?inputs`? tokens \+ `?max_new_tokens/iu,
    kind: context,
  },
  {
    pattern:
      /content management policy|content filtering policy|content[ _]filter(?:ing)?|blocked by content|safety system|usage (?:polic(?:y|ies)|guidelines)|flagged (?:as|by|for)|violat\w* (?:our|the|openai'?s?) [\w ]{0,30}polic|may contain inappropriate content|DataInspectionFailed|SAFETY_CHECK/iu,
    kind: policy,
  },
  { pattern: /api key not valid|incorrect api key/iu, kind: "authentication" },
  { pattern: /organization has been disabled|credential is only authorized/iu, kind: "permission_denied" },
  {
    pattern: /credit balance is too low|reached your specified (?:API )?(?:workspace )?usage limits/iu,
    kind: quota,
  },
  // Groq's check of a request: it names the field, and other hosts accept it.
  { pattern: /property '[^']{1,100}' is unsupported/iu, kind: "unsupported_params" },
];

/**
 * What hosts say about an account without any balance left, together with a matching status. The last two are Chinese for
 * "insufficient balance" and "in arrears", as escapes: a single such character would double the memory that V8 needs for a bundle's text.
 */
export const usedUp =
  /exceeded your (?:current )?quota|insufficient (?:paid )?(?:balance|funds|quota|credits?)|balance is insufficient|credit balance|(?:doesn't|does not) have any credits|requires more credits|out of (?:call volume |credits|quota)|spending limit|past invoices|daily free allocation|free-models-per-day|api calls \/ month|check your plan and billing|\u4F59\u989D\u4E0D\u8DB3|\u6B20\u8D39/iu;

/** Says that there never was a quota, so that waiting does not help. Source: UKGovernmentBEIS/inspect_ai#3215. */
export const noQuotaAtAll = /\blimit: ?0(?![\d.])/iu;

/** A limit of tokens per minute that a single request exceeds: waiting does not help. */
export const oneRequestTooLarge = /request (?:body )?too large for/iu;
export const limitAndRequested =
  /\blimit:? ?(?<limit>\d[\d,]{0,14})(?!\d)[^.]{0,60}?\brequested:? ?(?<requested>\d[\d,]{0,14})(?!\d)/iu;
