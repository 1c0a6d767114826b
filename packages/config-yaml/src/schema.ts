import { type FinishReasonMeaning, finishReasonMeanings } from "@modelyard/core";
import * as z from "zod";
import { cacheParams } from "./schema-cache.js";
import { tierPriceKeys } from "./tier-prices.js";
import {
  allowedFailsPolicy,
  atLeastZero,
  count,
  dropParams,
  fallbackEntry,
  fallbacks,
  flag,
  number,
  port,
  positive,
  record,
  retryPolicy,
  seconds,
  text,
  texts,
} from "./schema-values.js";

/** Limits on the phases of an attempt; they may be written for the router, a group and a deployment. */
const phaseTimeouts = {
  connect_timeout: seconds("Until a connection stands."),
  headers_timeout: seconds("Until status and headers are here."),
  first_token_timeout: seconds("Until a stream's first content."),
  idle_timeout: seconds("Longest gap in a stream."),
  total_timeout: seconds("The whole attempt, streams included."),
};

export const routerSettings = z.strictObject({
  routing_strategy: z.string().optional().describe("A built-in strategy by name, or a module: `./my-strategy.mjs`."),
  routing_strategy_args: record.optional(),
  num_retries: count.optional().describe("Retries in each group."),
  max_fallbacks: count.optional().describe("Groups tried after the first."),
  max_attempts: count.optional().describe("Calls to deployments in all."),
  timeout: seconds("The whole attempt of a plain call."),
  stream_timeout: seconds("First token of a stream, and gaps between its events."),
  ...phaseTimeouts,
  deadline: seconds("Everything together: waits, attempts, fallbacks."),
  retry_after: atLeastZero.optional().describe("Least wait before the same deployments are asked again. Seconds."),
  max_retry_wait: atLeastZero
    .optional()
    .describe("Longest wait for a retry in a group that has a fallback; then the fallback is next. Seconds."),
  retry_policy: retryPolicy.optional().describe("Retries by class of failure."),
  model_group_retry_policy: z.record(z.string(), retryPolicy).optional(),
  retry_budget: z
    .union([
      z.literal(false),
      z.strictObject({ share: atLeastZero.optional(), floor_per_second: atLeastZero.optional() }),
    ])
    .optional(),
  fallbacks: fallbacks.optional(),
  context_window_fallbacks: fallbacks.optional(),
  content_policy_fallbacks: fallbacks.optional(),
  default_fallbacks: z.array(fallbackEntry).optional(),
  allowed_fails: count.optional().describe("Failures within a minute that are allowed."),
  allowed_fails_policy: allowedFailsPolicy.optional(),
  cooldown_time: atLeastZero.optional().describe("How long a cooldown lasts. Seconds, at most a day; 0: no cooldowns."),
  max_cooldown: positive
    .optional()
    .describe("Longest cooldown that a vendor's Retry-After can ask for. Seconds, at most a day."),
  disable_cooldowns: flag.optional(),
  slow_start: atLeastZero.optional().describe("Over how long the share of a recovered deployment grows back. Seconds."),
  model_group_alias: z
    .record(z.string(), z.union([z.string(), z.strictObject({ model: z.string(), hidden: flag.optional() })]))
    .optional(),
  model_group_settings: z
    .record(
      z.string(),
      z.strictObject({
        routing_strategy: z.string().optional(),
        routing_strategy_args: record.optional(),
        num_retries: count.optional(),
        retry_policy: retryPolicy.optional(),
        timeout: seconds("As in router_settings."),
        stream_timeout: seconds("As in router_settings."),
        ...phaseTimeouts,
        cooldown_time: atLeastZero.optional(),
      }),
    )
    .optional()
    .describe("Settings of single model groups."),
  routing_groups: z
    .array(
      z.strictObject({
        group_name: z.string().min(1),
        models: z.array(z.string()).min(1),
        routing_strategy: z.string().optional(),
        routing_strategy_args: record.optional(),
      }),
    )
    .optional()
    .describe("Model groups that share a strategy, and a name for all of them together."),
  enable_pre_call_checks: flag.optional().describe("Skips deployments whose window or model does not fit the request."),
  enable_tag_filtering: flag.optional(),
  tag_filtering_match_any: flag.optional(),
  default_litellm_params: z
    .looseObject({ extra_body: record.optional() })
    .optional()
    .describe("Request fields for every call that does not set them."),
  default_max_parallel_requests: count.optional(),
  limit_algorithm: z.enum(["window", "bucket"]).optional(),
  cache_responses: flag.optional(),
  caching_groups: z
    .array(z.array(z.string()))
    .optional()
    .describe("Groups whose kept answers stand for each other's, list by list."),
  default_cache_time_seconds: seconds("How long answers are kept."),
  cache_kwargs: cacheParams.optional().describe("As litellm_settings.cache_params, which wins."),
  redis_url: text.optional(),
  redis_host: text.optional(),
  redis_port: count.optional(),
  redis_password: text.optional(),
  redis_username: text.optional(),
  redis_db: count.optional(),
  mid_stream_fallback: z
    .union([z.enum(["error", "continue"]), z.strictObject({ continue: flag.optional(), instruct: flag.optional() })])
    .optional()
    .describe("What happens to a plain-text stream that breaks after it has shown content."),
  hold_back_events: count.optional(),
  ignore_invalid_deployments: flag.optional().describe("Leaves out deployments that cannot work, with a warning."),
  set_verbose: flag.optional(),
});

export const litellmSettings = z.strictObject({
  num_retries: count.optional(),
  max_fallbacks: count.optional(),
  allowed_fails: count.optional(),
  request_timeout: seconds("The whole attempt, where router_settings.timeout says nothing."),
  fallbacks: fallbacks.optional(),
  context_window_fallbacks: fallbacks.optional(),
  content_policy_fallbacks: fallbacks.optional(),
  default_fallbacks: z.array(fallbackEntry).optional(),
  cache: flag.optional(),
  cache_params: cacheParams.optional(),
  default_in_memory_ttl: seconds("How long answers are kept in memory."),
  default_redis_ttl: seconds("How long answers are kept in Redis."),
  success_callback: texts.optional(),
  failure_callback: texts.optional(),
  callbacks: texts.optional(),
  turn_off_message_logging: flag.optional().describe("Callbacks send no prompts and no answers."),
  drop_params: dropParams
    .optional()
    .describe("Drops request fields that a host or model refuses, or only those in a list, instead of failing."),
  additional_drop_params: z
    .array(z.string())
    .optional()
    .describe("Fields that are never sent, by name or path: user, tools[*].function.strict."),
  set_verbose: flag.optional(),
  require_auth_for_metrics_endpoint: flag.optional(),
  sse_keepalive_ping_interval_seconds: atLeastZero
    .optional()
    .describe("As general_settings.stream_ping_interval; 0: none."),
});

export const generalSettings = z.strictObject({
  master_key: text.optional().describe("Everything but /health/* needs it."),
  port: port.optional(),
  host: z.string().optional(),
  max_request_size_mb: positive.optional().describe("Longest request body. Megabytes."),
  drain_timeout: seconds("How long live streams may go on after a SIGTERM."),
  stream_ping_interval: positive
    .optional()
    .describe("Streams: a comment is sent to the client after so long a silence. Seconds."),
  litellm_key_header_name: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+$/u, "must be the name of a header")
    .optional()
    .describe("The header that carries the master key, instead of the usual ones."),
  allowed_hosts: texts
    .optional()
    .describe(
      "Without a master key: names that the proxy answers to besides IP addresses and localhost, e.g. modelyard; *: any.",
    ),
  cors_allow_origins: texts
    .optional()
    .describe(
      "Web pages that may call, by origin (https://app.example.com); *: all. Left out: all with a master key, none without.",
    ),
});

/** What a host or model refuses, added to what is known of it. */
const refusals = z.strictObject({
  fields: z.array(z.string()).optional().describe("Request fields: dropped with drop_params, else a 400."),
  renames: z
    .record(z.string(), z.string())
    .optional()
    .describe("Request fields that go by another name there, e.g. seed: random_seed."),
  message_fields: z.array(z.string()).optional().describe("Fields of messages: removed and reported."),
  developer_role: flag.optional().describe("Messages of the role developer go out as system."),
  tool_id_length: count
    .pipe(z.number().min(8).max(64))
    .meta({ minimum: 8, maximum: 64 })
    .optional()
    .describe("Ids of tool calls are rewritten to this many letters and digits."),
});

export const litellmParams = z.looseObject({
  model: z.string().min(1),
  custom_llm_provider: z.string().optional(),
  api_key: text.optional(),
  api_base: text.optional(),
  base_url: text.optional(),
  api_version: text.optional(),
  organization: z.union([text, z.array(text)]).optional(),
  rpm: atLeastZero.optional(),
  tpm: atLeastZero.optional(),
  max_parallel_requests: count.optional(),
  weight: atLeastZero.optional(),
  order: number.optional(),
  tags: texts.optional(),
  region_name: z.string().optional(),
  timeout: positive.optional(),
  request_timeout: positive.optional(),
  stream_timeout: positive.optional(),
  ...phaseTimeouts,
  num_retries: count.optional(),
  cooldown_time: atLeastZero.optional(),
  input_cost_per_token: atLeastZero.optional(),
  output_cost_per_token: atLeastZero.optional(),
  cache_read_input_token_cost: atLeastZero.optional(),
  cache_creation_input_token_cost: atLeastZero.optional(),
  cache_creation_input_token_cost_above_1hr: atLeastZero.optional(),
  ...tierPriceKeys,
  base_model: z.string().optional(),
  drop_params: dropParams.optional(),
  additional_drop_params: z.array(z.string()).optional(),
  allowed_openai_params: z
    .array(z.string())
    .optional()
    .describe("Fields that are sent even if the host or model is known to refuse them."),
  refuses: refusals.optional().describe("What the host or model refuses beyond what is known of it."),
  litellm_credential_name: z.string().optional().describe("An entry of credential_list; what stands here wins."),
  continuation: z
    .strictObject({ message: record.optional(), body: record.optional() })
    .optional()
    .describe(
      "Fields that ask the host to continue an answer from its beginning; {}: a last message of the assistant will do.",
    ),
  finish_reasons: z
    .record(z.string(), z.enum(finishReasonMeanings as [FinishReasonMeaning]))
    .optional()
    .describe("What finish reasons mean, by word: stop, length, content_filter, or the class of a failure."),
  mock_response: z.string().optional(),
  configurable_clientside_auth_params: z
    .array(z.union([z.string(), z.strictObject({ api_base: z.string() })]))
    .optional()
    .describe(
      "api_key, api_base (public addresses), or { api_base: PATTERN } for addresses that it matches as a whole.",
    ),
  extra_headers: z.record(z.string(), text).optional(),
  extra_body: record.optional().describe("Fields of the vendor's own, as if they stood beside the others."),
});

export const modelInfo = z.looseObject({
  id: text.optional(),
  base_model: z.string().optional(),
  max_input_tokens: atLeastZero.optional(),
  max_tokens: atLeastZero.optional(),
  input_cost_per_token: atLeastZero.optional(),
  output_cost_per_token: atLeastZero.optional(),
  cache_read_input_token_cost: atLeastZero.optional(),
  cache_creation_input_token_cost: atLeastZero.optional(),
  cache_creation_input_token_cost_above_1hr: atLeastZero.optional(),
  ...tierPriceKeys,
  rpm: atLeastZero.optional(),
  tpm: atLeastZero.optional(),
  supports_function_calling: flag.optional(),
  supports_vision: flag.optional(),
  supports_response_schema: flag.optional(),
  supports_assistant_prefill: flag.optional(),
  supported_environments: z.array(z.string()).optional(),
  mode: z.string().optional().describe("What it does, for those who ask: chat, embedding, ..."),
  max_output_tokens: atLeastZero.optional().describe("For those who ask."),
  tier: z.string().optional().describe("For those who ask."),
  supported_endpoints: z.array(z.string()).optional().describe("For those who ask."),
});

export const modelEntry = z.strictObject({
  model_name: z.string().min(1),
  litellm_params: litellmParams,
  model_info: modelInfo.nullish(),
  rpm: atLeastZero.optional(),
  tpm: atLeastZero.optional(),
});

/** Settings that several deployments share, by name. */
export const credential = z.strictObject({
  credential_name: z.string().min(1),
  credential_values: litellmParams.partial(),
  credential_info: record.nullish().describe("For people; nothing reads it."),
});

/** Everything a file may hold. */
export const configFile = z.strictObject({
  model_list: z.array(modelEntry).min(1),
  router_settings: routerSettings.nullish(),
  litellm_settings: litellmSettings.nullish(),
  general_settings: generalSettings.nullish(),
  credential_list: z.array(credential).nullish().describe("Settings that several deployments share, by name."),
  environment_variables: z
    .record(z.string(), z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]))
    .nullish(),
});

export type ConfigFile = z.output<typeof configFile>;
export type ModelEntry = z.output<typeof modelEntry>;
export type RouterSettings = z.output<typeof routerSettings>;
export type CacheParams = z.output<typeof cacheParams>;

/** Request fields that a deployment may set as defaults, under their wire names. */
export const requestFields: ReadonlySet<string> = new Set(
  (
    "temperature top_p n stop max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs user seed tools tool_choice " +
    "parallel_tool_calls response_format stream_options reasoning_effort modalities audio prediction service_tier store metadata verbosity web_search_options top_k thinking " +
    "dimensions encoding_format suffix echo best_of min_p repetition_penalty safety_identifier prompt_cache_key prompt_cache_retention stream extra_body"
  ).split(" "),
);

/** Beginnings of settings that only a vendor's provider understands; the last ones are of Azure. */
export const vendorPrefixes = [
  "aws_",
  "vertex_",
  "azure_",
  "watsonx_",
  "anthropic_",
  "gemini_",
  "openai_",
  "tenant_id",
  "client_id",
  "client_secret",
] as const;
