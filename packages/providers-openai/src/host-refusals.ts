import type { Refusals } from "@modelyard/core/kit";

/** What a host is known to refuse. Users can add to the fields of {@link Refusals}; the others exist only in this table. */
export interface HostRefusals extends Refusals {
  /** Request fields that the host accepts but ignores. They are dropped and reported, never refused. */
  readonly ignores?: readonly string[];
  /** Types of parts in an assistant's content that it does not know. */
  readonly partTypes?: readonly string[];
  /** Whether it refuses fields of messages that are `null`, other than `content`. */
  readonly nulls?: boolean;
  /** The longest id of a tool call that it accepts. */
  readonly toolIdMost?: number;
}

/**
 * What models and their hosts write into a conversation and only they understand when it comes back: their reasoning, marks
 * of prompt caches, sources. Tool calls that were assembled from a stream have an `index`.
 */
const foreign = [
  "annotations",
  "cache_control",
  "citations",
  "extra_content",
  "index",
  "provider_metadata",
  "provider_specific_fields",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "reasoning_opaque",
  "reasoning_text",
  "thinking_blocks",
  "thought_signature",
] as const;

/** Request fields that are specific to other vendors. */
const foreignRequest = [
  "cache_control",
  "chat_template_kwargs",
  "enable_thinking",
  "include_reasoning",
  "length_penalty",
  "min_p",
  "random_seed",
  "reasoning",
  "repetition_penalty",
  "safe_prompt",
  "thinking",
  "top_a",
  "top_k",
];

/** Fields of OpenAI's API that most hosts with strict validation do not have. */
const openaiOnly = [
  "audio",
  "modalities",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "store",
  "verbosity",
  "web_search_options",
];

const foreignParts = ["thinking", "redacted_thinking", "reasoning"];

function foreignBut(...own: readonly string[]): readonly string[] {
  return foreign.filter((field) => !own.includes(field));
}

/** "Unknown parameter", "Unrecognized request argument"; ids: "string too long. Expected a string with maximum length 40". */
const openai: HostRefusals = {
  fields: foreignRequest,
  messageFields: foreign,
  partTypes: foreignParts,
  toolIdMost: 40,
};

/**
 * 422 `extra_forbidden`, for every unknown field.
 * Sources: docs.mistral.ai, API, chat completion; BerriAI/litellm#30835, #30882, charmbracelet/crush#1590 (fields of
 * messages), editor-code-assistant/eca#231 (`max_completion_tokens`), Gage-Technologies/mistral-go#2 (`name`, nulls),
 * "Tool call id ... must be a-z, A-Z, 0-9, with a length of 9".
 */
const mistral: HostRefusals = {
  fields: [
    ...foreignRequest.filter((field) => field !== "random_seed" && field !== "safe_prompt"),
    ...openaiOnly,
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "service_tier",
    "top_logprobs",
    "user",
  ],
  renames: { max_completion_tokens: "max_tokens", seed: "random_seed" },
  messageFields: [...foreign, "audio", "name", "refusal"],
  // Only Mistral has thinking in parts.
  partTypes: ["redacted_thinking", "reasoning"],
  nulls: true,
  developerRole: true,
  toolIdLength: 9,
};

/** For hosts that ignore unknown fields: only what has another name there. */
const plain: HostRefusals = { developerRole: true, renames: { max_completion_tokens: "max_tokens" } };

/**
 * What hosts refuse, by the name before the `/` of a model. Hosts that are not listed are sent everything. The role `developer`
 * is sent as `system` unless a host is known to accept it: it means the same.
 */
export const hostRefusals: Readonly<Record<string, HostRefusals>> = {
  openai,
  azure: openai,
  azure_ai: openai,
  mistral,
  codestral: mistral,
  /**
   * Sources: console.groq.com/docs/openai (`logprobs`, `logit_bias`, `top_logprobs`, `messages[].name`, `n`), API
   * reference (penalties: "not yet supported by any of our models"); janhq/jan#8136, karthink/gptel#774 ("property
   * 'reasoning' is unsupported"), fanenr/chatbot#21 (`store`).
   */
  groq: {
    fields: [...foreignRequest, ...openaiOnly, "logit_bias", "logprobs", "n", "prediction", "top_logprobs"],
    ignores: ["frequency_penalty", "presence_penalty"],
    messageFields: [...foreign, "audio", "name", "refusal"],
    partTypes: foreignParts,
    nulls: true,
    developerRole: true,
  },
  /**
   * "property 'body.store' is unsupported". It accepts its own `reasoning`, but no `reasoning_content`.
   * Sources: inference-docs.cerebras.ai, "OpenAI compatibility"; anomalyco/opencode#6648 (`thinking`),
   * Gitlawb/openclaude#740 (`store`), QwenLM/qwen-code#11045 (reasoning), Scopeo/draftnrun#710 (nulls).
   */
  cerebras: {
    fields: [...foreignRequest, ...openaiOnly, "frequency_penalty", "logit_bias", "presence_penalty"],
    messageFields: [...foreignBut("reasoning"), "audio", "refusal"],
    partTypes: foreignParts,
    nulls: true,
    developerRole: true,
  },
  /**
   * "Unknown name \"frequency_penalty\": Cannot find field". The signatures of its thoughts are in `extra_content`.
   * Sources: n4ze3m/page-assist#418, Vali-98/ChatterUI#227 (`seed`), MinLL/SkyrimNet-GamePlugin#77 (`top_k`, `reasoning`).
   */
  gemini: {
    fields: [
      ...foreignRequest,
      "frequency_penalty",
      "logit_bias",
      "presence_penalty",
      "prompt_cache_key",
      "prompt_cache_retention",
      "safety_identifier",
      "seed",
      "store",
      "verbosity",
    ],
    messageFields: foreignBut("extra_content"),
    partTypes: foreignParts,
    nulls: true,
    developerRole: true,
  },
  /** "Extra inputs are not permitted, field: ...". Source: web-infra-dev/midscene#1322. It accepts `reasoning_content`. */
  fireworks_ai: { messageFields: foreignBut("reasoning_content"), partTypes: foreignParts, developerRole: true },
  /** Source: docs.x.ai, REST API reference, chat completions (`logit_bias`: unsupported). The table of models lists what they refuse. */
  xai: { fields: ["logit_bias", "store", "thinking"] },
  /** `extra_forbidden`. Sources: sipeed/picoclaw#1019 (`prompt_cache_key`), NVIDIA/garak#748. */
  nvidia_nim: {
    ...plain,
    fields: ["prompt_cache_key", "prompt_cache_retention", "safety_identifier", "store", "thinking", "verbosity"],
  },
  perplexity: plain,
  /** "unknown variant `developer`". Source: api-docs.deepseek.com, "Create Chat Completion"; earendil-works/pi#1048. */
  deepseek: plain,
  together_ai: plain,
  deepinfra: plain,
  sambanova: plain,
  moonshot: plain,
  dashscope: plain,
  novita: plain,
  nebius: plain,
  hyperbolic: plain,
  ollama: plain,
  ollama_chat: plain,
  minimax: plain,
  volcengine: plain,
  zai: plain,
  zhipu: plain,
};
