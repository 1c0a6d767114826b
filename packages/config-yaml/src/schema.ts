import { settings } from "@modelyard/core/settings";
import * as z from "zod";
import { cacheParams } from "./schema-cache.js";
import { atLeastZero, count, flag, port, positive, record, seconds, text, texts } from "./schema-values.js";
import { sectionShape } from "./setting-schemas.js";
import { tierPriceKeys } from "./tier-prices.js";

const strategyName = "The name of a built-in strategy, or the path of a module such as `./my-strategy.mjs`.";
const strategyArgs = "The options of the strategy.";

export const routerSettings = z.strictObject({
  routing_strategy: z.string().optional().describe(strategyName),
  routing_strategy_args: record.optional().describe(strategyArgs),
  ...sectionShape("router", "router_settings."),
  retry_budget: z
    .union([z.literal(false), z.strictObject(sectionShape("router", "router_settings.retry_budget."))])
    .optional()
    .describe(settings.retryBudget.description),
  model_group_settings: z
    .record(
      z.string(),
      z.strictObject({
        routing_strategy: z.string().optional().describe(strategyName),
        routing_strategy_args: record.optional().describe(strategyArgs),
        ...sectionShape("group", ""),
      }),
    )
    .optional()
    .describe(settings.groups.description),
  optional_pre_call_checks: texts
    .optional()
    .describe("LiteLLM's checks. Those about affinity turn it on, by their keys; affinity wins."),
  model_group_affinity_config: z
    .record(z.string(), texts)
    .optional()
    .describe("The same for single model groups. The affinity of model_group_settings wins."),
  cache_kwargs: cacheParams.optional().describe("The same as litellm_settings.cache_params, which wins."),
  redis_url: text
    .optional()
    .describe("The address of Redis, which processes share limits, cooldowns and the cache through."),
  redis_host: text.optional().describe("The host of Redis, if there is no redis_url."),
  redis_port: count.optional().describe("The port of Redis. Default: 6379."),
  redis_password: text.optional().describe("The password of Redis."),
  redis_username: text.optional().describe("The user name for Redis."),
  redis_db: count.optional().describe("The number of the database in Redis."),
  ignore_invalid_deployments: flag
    .optional()
    .describe("Skips deployments that cannot work, with a warning, instead of refusing the file."),
  set_verbose: flag.optional().describe("Logs every call and attempt."),
});

/** A provider that is a module of the user. */
export const customProvider = z.strictObject({
  provider: z.string().min(1).describe("The name that is written before the `/` of a model."),
  custom_handler: z.string().min(1).describe("The path of a module, such as `./my-provider.mjs`."),
  custom_handler_args: record.nullish().describe("What the module's function gets."),
});

export const litellmSettings = z.strictObject({
  ...sectionShape("router", "litellm_settings."),
  cache_params: cacheParams.optional().describe("How and where answers are cached."),
  success_callback: texts.optional().describe("Callbacks for calls that succeed, e.g. langfuse."),
  failure_callback: texts.optional().describe("Callbacks for calls that fail, e.g. sentry."),
  callbacks: texts
    .optional()
    .describe("Callbacks for all calls, e.g. prometheus, or the paths of modules, such as `./my-callback.mjs`."),
  custom_provider_map: z
    .array(customProvider)
    .optional()
    .describe("Providers that are modules, by the name that is written before the `/` of a model."),
  turn_off_message_logging: flag.optional().describe("Withholds prompts and answers from callbacks."),
  set_verbose: flag.optional().describe("Logs every call and attempt."),
  require_auth_for_metrics_endpoint: flag
    .optional()
    .describe("Whether GET /metrics needs the master key. Default: false."),
  sse_keepalive_ping_interval_seconds: atLeastZero
    .optional()
    .describe("The same as general_settings.stream_ping_interval, which wins. 0 turns pings off."),
});

export const generalSettings = z.strictObject({
  master_key: text.optional().describe("The key that callers must send with every request, except to /health/*."),
  port: port.optional().describe("The port that the proxy listens on. Default: 4000."),
  host: z
    .string()
    .optional()
    .describe("The address that the proxy listens on. Default: 0.0.0.0 with a master key, and 127.0.0.1 without."),
  max_request_size_mb: positive.optional().describe("The largest request body that is accepted. Megabytes."),
  drain_timeout: seconds("How long running requests may continue after a SIGTERM."),
  stream_ping_interval: positive
    .optional()
    .describe("How long a stream may be silent before a comment is sent to keep the connection open. Seconds."),
  litellm_key_header_name: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+$/u, "must be the name of a header")
    .optional()
    .describe("The header that carries the master key, instead of the standard ones."),
  allowed_hosts: texts
    .optional()
    .describe("Host names that are served without a master key, besides IP addresses and localhost. * allows any."),
  cors_allow_origins: texts
    .optional()
    .describe(
      "Origins of web pages that may call, e.g. https://app.example.com. * allows all. If omitted, all pages may call with a master key, and none without.",
    ),
});

export const litellmParams = z.looseObject({
  ...sectionShape("deployment", "litellm_params."),
  ...tierPriceKeys,
  litellm_credential_name: z
    .string()
    .optional()
    .describe("The name of an entry of credential_list. Settings of this deployment win over it."),
});

export const modelInfo = z.looseObject({
  ...sectionShape("deployment", "model_info."),
  ...tierPriceKeys,
  supported_environments: z
    .array(z.string())
    .optional()
    .describe("The values of LITELLM_ENVIRONMENT with which the deployment is used. If omitted, it always is."),
  mode: z
    .string()
    .optional()
    .describe(
      "What the model does, e.g. chat or embedding. With responses, all calls are made over Responses. Returned by GET /model/info.",
    ),
  max_output_tokens: atLeastZero.optional().describe("Returned by GET /model/info; it has no other effect."),
  tier: z.string().optional().describe("Returned by GET /model/info; it has no other effect."),
  supported_endpoints: z
    .array(z.string())
    .optional()
    .describe(
      "The paths that the host serves, of which /v1/chat/completions and /v1/responses matter. Returned by GET /model/info.",
    ),
});

export const modelEntry = z.strictObject({
  ...sectionShape("deployment", ""),
  litellm_params: litellmParams.describe("How the deployment is called, its limits, and defaults for requests."),
  model_info: modelInfo
    .nullish()
    .describe("What is known about the model: its mode, prices, window, and your own notes."),
});

/** Settings that several deployments share, by name. */
export const credential = z.strictObject({
  credential_name: z.string().min(1).describe("The name by which deployments refer to it, in litellm_credential_name."),
  credential_values: litellmParams.partial().describe("The settings, as in litellm_params."),
  credential_info: record.nullish().describe("Notes for people. It has no effect."),
});

/** The schema of the whole file. */
export const configFile = z.strictObject({
  model_list: z
    .array(modelEntry)
    .min(1)
    .describe("The deployments. Those with the same model_name form a model group."),
  router_settings: routerSettings
    .nullish()
    .describe("How requests are routed: strategy, retries, fallbacks, cooldowns."),
  litellm_settings: litellmSettings.nullish().describe("The cache, callbacks, and defaults for all requests."),
  general_settings: generalSettings.nullish().describe("The proxy itself: its address, keys and limits."),
  callback_settings: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe("What the functions of modules in the lists of callbacks get, by the path of the module."),
  credential_list: z.array(credential).nullish().describe("Settings that several deployments share, by name."),
  environment_variables: z
    .record(z.string(), z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]))
    .nullish()
    .describe("Variables to which os.environ/NAME in this file refers, in addition to those of the environment."),
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

/** Prefixes of settings that only a vendor's provider understands. The last three belong to Azure. */
export const vendorPrefixes: readonly string[] = [
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
];

/** A test for keys that are settings of vendors: those of LiteLLM's, and those that the given providers read. */
export function vendorKeys(providerSettings: readonly string[] = []): (key: string) => boolean {
  const read = new Set(providerSettings);
  return (key) => read.has(key) || vendorPrefixes.some((prefix) => key.startsWith(prefix));
}
