import type { FilePaths, Rows } from "./setting.js";

/** A price, in `litellm_params` or in `model_info`. */
function price(key: string, description: string) {
  const deployment: FilePaths = [`litellm_params.${key}`, `model_info.${key}`];
  return { kind: "price", description, otherwise: "the catalog's", deployment } as const;
}

function capability(key: string, description: string) {
  return { kind: "capability", description, otherwise: "the catalog's", deployment: [`model_info.${key}`] } as const;
}

/** The identity and the connection of a deployment. */
export const deployments = {
  modelName: {
    kind: "groupName",
    description: "The model group, or a pattern with `*` for names.",
    otherwise: "required",
    deployment: ["model_name"],
  },
  model: {
    kind: "modelName",
    description: "The vendor's model, with or without the provider in front.",
    otherwise: "required",
    deployment: ["litellm_params.model"],
  },
  provider: {
    kind: "text",
    description: "The provider, if `model` does not name it.",
    deployment: ["litellm_params.custom_llm_provider"],
  },
  id: {
    kind: "deploymentId",
    description: "A stable id.",
    otherwise: "a fingerprint of the settings",
    deployment: ["model_info.id"],
  },
  apiKey: { kind: "apiKey", description: "The vendor's key.", deployment: ["litellm_params.api_key"] },
  apiBase: {
    kind: "address",
    description: "Base URL of the API.",
    otherwise: "the provider's",
    deployment: ["litellm_params.api_base", "litellm_params.base_url"],
  },
  apiVersion: { kind: "text", description: "Version of the API.", deployment: ["litellm_params.api_version"] },
  organization: {
    kind: "headerText",
    description: "The organization that is billed; in a file, a list creates a deployment for each.",
    deployment: ["litellm_params.organization"],
  },
  headers: {
    kind: "headers",
    description: "Headers that are sent with every call.",
    deployment: ["litellm_params.extra_headers"],
  },
  inputCostPerToken: price("input_cost_per_token", "US dollars per token of a prompt; 0 is a price."),
  outputCostPerToken: price("output_cost_per_token", "US dollars per token of an answer."),
  cachedInputCostPerToken: price("cache_read_input_token_cost", "US dollars per prompt token from the vendor's cache."),
  cacheWriteCostPerToken: price(
    "cache_creation_input_token_cost",
    "US dollars per prompt token written to the vendor's cache.",
  ),
  cacheWriteHourCostPerToken: price(
    "cache_creation_input_token_cost_above_1hr",
    "US dollars per prompt token written to the vendor's cache for an hour.",
  ),
  priceTiers: {
    kind: "priceTiers",
    description: "Prices of calls with long prompts; keys such as `input_cost_per_token_above_200k_tokens` in a file.",
    otherwise: "the catalog's",
    deployment: [],
  },
  maxInputTokens: {
    kind: "amount",
    description: "Longest prompt, in tokens.",
    otherwise: "the catalog's",
    deployment: ["model_info.max_input_tokens", "model_info.max_tokens"],
  },
  baseModel: {
    kind: "text",
    description: "The public model behind a deployment's own name, for prices, windows and what it refuses.",
    deployment: ["litellm_params.base_model", "model_info.base_model"],
  },
  capabilities: { kind: "object", description: "What the model can do.", deployment: [] },
  "capabilities.tools": capability("supports_function_calling", "Whether the model can call tools."),
  "capabilities.vision": capability("supports_vision", "Whether the model can read images."),
  "capabilities.jsonSchema": capability("supports_response_schema", "Whether the model can answer by a JSON schema."),
  "capabilities.prefix": capability(
    "supports_assistant_prefill",
    "Whether the model can continue the beginning of an answer.",
  ),
  defaults: {
    kind: "fields",
    description: "Request fields that apply if the request does not set them.",
    deployment: ["litellm_params.extra_body"],
  },
  refuses: {
    kind: "refusals",
    description: "What the host or model refuses, in addition to what is known.",
    deployment: ["litellm_params.refuses"],
  },
  clientSideAuthParams: {
    kind: "clientSideParams",
    description: "What clients may bring: `api_key`, `api_base` (public addresses), or a pattern for addresses.",
    deployment: ["litellm_params.configurable_clientside_auth_params"],
  },
  wire: {
    kind: "choice",
    choices: ["chat", "messages", "responses"],
    description: "The API over which all calls are made, whatever API the caller uses.",
    otherwise: "what suits the host, the model and the request",
    deployment: ["litellm_params.wire"],
  },
  continuation: {
    kind: "continuation",
    description: "Fields that ask the host to continue an answer from its beginning; {}: no field is needed.",
    otherwise: "what is known about the host",
    deployment: ["litellm_params.continuation"],
  },
  finishReasons: {
    kind: "finishReasons",
    description: "What finish reasons mean, by word: stop, length, content_filter, or the class of a failure.",
    deployment: ["litellm_params.finish_reasons"],
  },
  settings: { kind: "fields", description: "Settings that only the provider understands.", deployment: [] },
  info: {
    kind: "fields",
    description: "What else callers may know about the deployment.",
    deployment: ["model_info"],
  },
} as const satisfies Rows;
