import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig, type ParsedConfig } from "../src/index.js";

/** The effect of a key: it changes the configuration, with or without a warning, only causes a warning, or is an error. */
type Fate = "works" | "causes a warning" | "works with a warning" | "is refused";

/** A key, its value in YAML, and its effect. */
type Row = readonly [key: string, value: string, fate: Fate];

const policy = "{ RateLimitErrorRetries: 3 }";
const lists = "[{ a: [b] }]";

/** Every argument of LiteLLM's Router, which are the keys of `router_settings`. */
const routerKeys: readonly Row[] = [
  ["routing_strategy", "least-busy", "works"],
  ["routing_strategy_args", "{ ttl: 60 }", "works"],
  ["num_retries", "7", "works"],
  ["max_fallbacks", "3", "works"],
  ["timeout", "30", "works"],
  ["stream_timeout", "5", "works"],
  ["retry_after", "1", "works"],
  ["retry_policy", policy, "works"],
  ["retry_policy", "{ DefaultRetries: 3 }", "works"],
  ["tag_routing_prefix", "team-", "causes a warning"],
  ["fallback_on_unsupported_params", "true", "causes a warning"],
  ["model_group_retry_policy", `{ gpt-4: ${policy} }`, "works"],
  ["fallbacks", lists, "works"],
  ["context_window_fallbacks", lists, "works"],
  ["content_policy_fallbacks", lists, "works"],
  ["default_fallbacks", "[b]", "works"],
  ["allowed_fails", "3", "works"],
  ["allowed_fails_policy", "{ TimeoutErrorAllowedFails: 3 }", "works"],
  ["cooldown_time", "60", "works"],
  ["disable_cooldowns", "true", "works"],
  ["model_group_alias", "{ four: gpt-4 }", "works"],
  ["enable_pre_call_checks", "true", "works"],
  ["enable_tag_filtering", "true", "works"],
  ["tag_filtering_match_any", "false", "works"],
  ["default_litellm_params", "{ temperature: 0 }", "works"],
  ["default_max_parallel_requests", "10", "works"],
  ["cache_responses", "true", "works"],
  ["cache_kwargs", "{ ttl: 60 }", "works"],
  ["default_cache_time_seconds", "60", "works"],
  ["redis_url", "redis://r", "works"],
  ["redis_host", "r", "works"],
  ["set_verbose", "true", "works"],
  ["ignore_invalid_deployments", "true", "works"],
  ["optional_pre_call_checks", "[prompt_caching]", "works"],
  ["optional_pre_call_checks", "[prompt_caching, router_budget_limiting]", "works with a warning"],
  ["default_priority", "1", "causes a warning"],
  ["polling_interval", "0.03", "causes a warning"],
  ["caching_groups", "[[a, b]]", "works"],
  ["client_ttl", "3600", "causes a warning"],
  ["debug_level", "DEBUG", "causes a warning"],
  ["provider_budget_config", "{}", "causes a warning"],
  ["alerting_config", "{}", "causes a warning"],
  ["deployment_affinity_ttl_seconds", "600", "works"],
  ["model_group_affinity_config", "{ gpt-4: [session_affinity] }", "works"],
  ["router_general_settings", "{}", "causes a warning"],
  ["assistants_config", "{}", "causes a warning"],
  ["search_tools", "[]", "causes a warning"],
  ["guardrail_list", "[]", "causes a warning"],
  ["routing_groups", "[{ group_name: any, models: [gpt-4] }]", "works"],
  ["enable_health_check_routing", "true", "causes a warning"],
  ["health_check_staleness_threshold", "600", "causes a warning"],
  ["health_check_ignore_transient_errors", "true", "causes a warning"],
  ["enable_weighted_failover", "true", "causes a warning"],
  ["order_fallback_status_codes", "[429]", "causes a warning"],
  ["plugins", "[]", "causes a warning"],
  ["max_retries", "2", "causes a warning"],
  ["health_check_interval", "300", "is refused"],
  ["health_check_concurrency", "5", "is refused"],
];

const litellmKeys: readonly Row[] = [
  ["num_retries", "7", "works"],
  ["request_timeout", "30", "works"],
  ["max_fallbacks", "3", "works"],
  ["allowed_fails", "3", "works"],
  ["fallbacks", lists, "works"],
  ["context_window_fallbacks", lists, "works"],
  ["content_policy_fallbacks", lists, "works"],
  ["default_fallbacks", "[b]", "works"],
  ["drop_params", "true", "works"],
  ["additional_drop_params", "[user]", "works"],
  ["drop_params", "[seed]", "works"],
  ["cache", "true", "works"],
  ["cache_params", "{ namespace: n }", "works"],
  ["default_in_memory_ttl", "60", "works"],
  ["success_callback", "[langfuse]", "works"],
  ["failure_callback", "[sentry]", "works"],
  ["callbacks", "[prometheus]", "works"],
  ["set_verbose", "true", "works"],
  ["require_auth_for_metrics_endpoint", "true", "works"],
  ["model_alias_map", "{}", "causes a warning"],
  ["enable_caching_on_provider_specific_optional_params", "true", "causes a warning"],
  ["num_retries_per_request", "3", "causes a warning"],
  ["input_callback", "[x]", "causes a warning"],
  ["sse_keepalive_ping_interval_seconds", "15", "works"],
  ["custom_provider_map", "[{ provider: p, custom_handler: ./p.mjs }]", "works"],
  ["prometheus_latency_buckets", "[1]", "causes a warning"],
  ["ssl_security_level", "x", "causes a warning"],
  ["model_group_settings", "{}", "causes a warning"],
  ["post_call_rules", "x", "causes a warning"],
  ["guardrails", "[]", "causes a warning"],
  ["json_logs", "true", "causes a warning"],
  ["turn_off_message_logging", "true", "works"],
  ["max_budget", "5", "causes a warning"],
  ["ssl_verify", "false", "causes a warning"],
  ["modify_params", "true", "causes a warning"],
  ["allow_requests_on_db_unavailable", "true", "causes a warning"],
  ["mcp_servers", "{}", "causes a warning"],
  ["timezone", "UTC", "causes a warning"],
  ["cooldown_time", "5", "is refused"],
  ["sucess_callback", "[langfuse]", "is refused"],
];

const generalKeys: readonly Row[] = [
  ["master_key", "sk-1", "works"],
  ["litellm_key_header_name", "X-Key", "works"],
  ["cors_allow_origins", "https://a.com", "works"],
  ["allowed_hosts", "modelyard", "works"],
  ["cors_allow_credentials", "true", "causes a warning"],
  ["cors_allow_methods", "[GET]", "causes a warning"],
  ["cors_allow_headers", '["*"]', "causes a warning"],
  ["completion_model", "gpt-4", "causes a warning"],
  ["max_budget", "5", "causes a warning"],
  ["model_group_settings", "{}", "is refused"],
  ["background_health_checks", "true", "causes a warning"],
  ["health_check_interval", "300", "causes a warning"],
  ["health_check_concurrency", "3", "causes a warning"],
  ["health_check_details", "true", "causes a warning"],
  ["user_api_key_cache_ttl", "60", "causes a warning"],
  ["disable_spend_logs", "true", "causes a warning"],
  ["database_url", "postgres://x", "causes a warning"],
  ["store_model_in_db", "true", "causes a warning"],
  ["alerting", "[slack]", "causes a warning"],
  ["allowed_ips", "[10.0.0.1]", "causes a warning"],
  ["custom_auth", "x.y", "causes a warning"],
  ["enable_jwt_auth", "true", "causes a warning"],
  ["pass_through_endpoints", "[]", "causes a warning"],
  ["always_include_stream_usage", "true", "causes a warning"],
  ["max_parallel_requests", "5", "causes a warning"],
  ["enable_health_check_routing", "true", "causes a warning"],
  ["dangerously_allow_mock_testing_request_params", "true", "causes a warning"],
  ["cancel_on_disconnect", "true", "causes a warning"],
  ["password_policy_min_length", "12", "causes a warning"],
  ["healt_check_interval", "300", "causes a warning"],
];

const deploymentKeys: readonly Row[] = [
  ["custom_llm_provider", "openai", "works"],
  ["api_base", "https://b", "works"],
  ["base_url", "https://b", "works"],
  ["api_version", "v", "works"],
  ["organization", "o", "works"],
  ["rpm", "5", "works"],
  ["tpm", "5", "works"],
  ["weight", "5", "works"],
  ["order", "5", "works"],
  ["max_parallel_requests", "5", "works"],
  ["timeout", '"5"', "works"],
  ["stream_timeout", "5", "works"],
  ["request_timeout", "5", "works"],
  ["num_retries", "5", "works"],
  ["cooldown_time", "5", "works"],
  ["tags", "[a]", "works"],
  ["region_name", "eu", "works"],
  ["input_cost_per_token", "0", "works"],
  ["output_cost_per_token", "0", "works"],
  ["cache_read_input_token_cost", "0", "works"],
  ["base_model", "gpt-4", "works"],
  ["allowed_openai_params", "[tools]", "works"],
  ["drop_params", "[seed]", "works"],
  ["drop_params", "true", "works"],
  ["additional_drop_params", "[user]", "works"],
  ["mock_response", "hi", "works"],
  ["tools", "[]", "works"],
  ["tool_choice", "auto", "works"],
  ["temperature", "0.5", "works"],
  ["configurable_clientside_auth_params", "[api_key]", "works"],
  ["configurable_clientside_auth_params", "[{ api_base: 'https://.*[.]example[.]com/v1' }]", "works"],
  ["extra_headers", "{ x-a: b }", "works"],
  ["extra_body", "{ x: 1 }", "works"],
  ["litellm_credential_name", "shared", "works"],
  ["aws_region_name", "us-east-1", "works"],
  ["client_secret", "s", "works"],
  ["max_retries", "5", "causes a warning"],
  ["max_budget", "5", "causes a warning"],
  ["budget_duration", "1d", "causes a warning"],
  ["silent_model", "x", "causes a warning"],
  ["use_in_pass_through", "true", "causes a warning"],
  ["mock_timeout", "true", "causes a warning"],
  ["input_cost_per_second", "0.1", "causes a warning"],
  ["output_cost_per_token_above_272k_tokens_flex", "0.1", "causes a warning"],
  ["cache_creation_input_token_cost", "0.1", "works"],
  ["cache_creation_input_token_cost_above_1hr", "0.1", "works"],
  ["input_cost_per_token_above_200k_tokens", "0.1", "works"],
  ["output_cost_per_token_above_128k_tokens", "0.1", "works"],
  ["cache_creation_input_token_cost_above_1hr_above_200k_tokens", "0.1", "works"],
  ["input_cost_per_token_above_200k_tokens_priority", "0.1", "causes a warning"],
  ["cache_creation_input_audio_token_cost", "0.1", "causes a warning"],
  ["tiered_pricing", "[]", "causes a warning"],
  ["input_cost_per_tokn", "0.1", "is refused"],
  ["ensure_alternating_roles", "true", "causes a warning"],
  ["itpm", "5", "causes a warning"],
  ["temprature", "0.5", "is refused"],
];

const infoKeys: readonly Row[] = [
  ["id", "5", "works"],
  ["base_model", "gpt-4", "works"],
  ["max_input_tokens", "5", "works"],
  ["max_tokens", "5", "works"],
  ["input_cost_per_token", "0", "works"],
  ["output_cost_per_token", "0", "works"],
  ["cache_read_input_token_cost", "0", "works"],
  ["rpm", "5", "works"],
  ["tpm", "5", "works"],
  ["supports_function_calling", "false", "works"],
  ["supports_vision", "false", "works"],
  ["supports_response_schema", "false", "works"],
  ["mode", "chat", "works"],
  ["supports_web_search", "true", "works"],
  ["team_id", "x", "works with a warning"],
  ["access_groups", "[x]", "works with a warning"],
  ["tier", "free", "works"],
  ["health_check_model", "x", "works with a warning"],
  ["original_model_id", "x", "works"],
  ["owner_of_the_contract", "me", "works"],
  ["supported_endpoints", "[x]", "works"],
  // `/model/info` would show it to every caller.
  ["api_key", "k", "is refused"],
  ["max_input_token", "5", "is refused"],
];

const cacheKeys: readonly Row[] = [
  ["type", "local", "works"],
  ["ttl", "60", "works"],
  ["default_in_memory_ttl", "60", "works"],
  ["namespace", "n", "works"],
  ["shared", "true", "works"],
  ["single_flight", "true", "works"],
  ["max_entries", "5", "works"],
  ["host", "h", "works"],
  ["redis_startup_nodes", "[{ host: h, port: 1 }]", "works"],
  ["sentinel_nodes", "[[h, 1]]", "works"],
  ["sentinel_password", "p", "works"],
  ["supported_call_types", "[acompletion]", "works"],
  ["supported_call_types", "[]", "works"],
  ["mode", "default_off", "works"],
  ["lookup_timeout", "0.1", "works"],
  ["similarity_threshold", "0.8", "causes a warning"],
  ["s3_bucket_name", "b", "causes a warning"],
  ["redis_flush_size", "5", "causes a warning"],
  ["mode", "sometimes", "is refused"],
  ["supported_call_types", "[acompletoin]", "is refused"],
  ["type", "redis-semantic", "is refused"],
  ["tttl", "60", "is refused"],
];

const rootKeys: readonly Row[] = [
  ["environment_variables", "{ A: b }", "works"],
  ["guardrails", "[]", "causes a warning"],
  ["mcp_servers", "{}", "causes a warning"],
  ["litellm_setings", "{}", "is refused"],
];

interface Parts {
  readonly root?: string;
  readonly router?: string;
  readonly litellm?: string;
  readonly general?: string;
  readonly parameters?: string;
  readonly info?: string;
}

function file({ root = "", router = "", litellm = "", general = "", parameters = "", info = "" }: Parts): string {
  return `model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4${parameters === "" ? "" : `, ${parameters}`} }
    model_info: { ${info} }
credential_list: [{ credential_name: shared, credential_values: { api_key: k } }]
router_settings: { ${router} }
litellm_settings: { ${litellm} }
general_settings: { ${general} }
${root}
`;
}

/** `undefined`: it is refused. */
function read(text: string): ParsedConfig | undefined {
  try {
    return parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** All values of a configuration as text, for comparisons. */
function show(config: ParsedConfig): string {
  const { warnings: _, sourceOf: __, written: ___, places: ____, ...rest } = config;
  return JSON.stringify(rest, (_key, value: unknown) => (value instanceof Secret ? value.reveal() : value));
}

describe.each([
  ["the top level", rootKeys, (entry: string): Parts => ({ root: entry }), {}],
  ["router_settings", routerKeys, (entry: string): Parts => ({ router: entry }), {}],
  ["litellm_settings", litellmKeys, (entry: string): Parts => ({ litellm: entry }), {}],
  ["general_settings", generalKeys, (entry: string): Parts => ({ general: entry }), {}],
  ["litellm_params", deploymentKeys, (entry: string): Parts => ({ parameters: entry }), {}],
  ["model_info", infoKeys, (entry: string): Parts => ({ info: entry }), {}],
  [
    "cache_params",
    cacheKeys,
    (entry: string): Parts => ({
      litellm: `cache: true, cache_params: { ${entry} }`,
      router: "redis_url: 'redis://r'",
    }),
    { litellm: "cache: true", router: "redis_url: 'redis://r'" },
  ],
] as const)("LiteLLM's keys of %s", (_, rows, within, without) => {
  it.each(rows)("%s: %s %s", (key, value, fate) => {
    const parsed = read(file(within(`${key}: ${value}`)));
    const changed = parsed !== undefined && show(parsed) !== show(parseConfig(file(without)));
    const complaints = parsed?.warnings.filter((warning) => warning.path.endsWith(key)) ?? [];
    expect({ refused: parsed === undefined, warned: complaints.length > 0, works: changed }).toEqual({
      refused: fate === "is refused",
      warned: fate === "causes a warning" || fate === "works with a warning",
      works: fate === "works" || fate === "works with a warning",
    });
    for (const { message } of complaints) expect(message).toMatch(/^(?:it|unknown key,) .+\.$/u);
  });
});
