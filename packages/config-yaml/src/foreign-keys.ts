/**
 * Keys of LiteLLM that have nothing to do with routing, or that Modelyard does not do. They are accepted with one
 * warning each, so that a file can be used unchanged. Source: LiteLLM's configuration reference, 2026.
 */
const foreign = {
  keys: "concerns keys, users and spend, which Modelyard does not manage",
  database: "concerns LiteLLM's database, which Modelyard does not have",
  alerting: "concerns alerts; use a callback for them",
  guardrails: "concerns guardrails, which Modelyard does not run",
  logging: "concerns LiteLLM's own logging",
  client: "concerns LiteLLM's Python clients",
  health: "concerns background health checks; Modelyard watches real calls",
  absent: "is not supported by Modelyard and has no effect",
} as const;

type Reason = keyof typeof foreign;

function table(entries: Readonly<Partial<Record<Reason, string>>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(entries).flatMap(([reason, names]) =>
      names.split(" ").map((name) => [name, foreign[reason as Reason]] as const),
    ),
  );
}

export const foreignKeys = {
  root: table({
    guardrails: "guardrails prompts",
    absent:
      "credential_list callback_settings mcp_servers search_tools vector_store_registry files_settings finetune_settings assistant_settings policies",
  }),
  router: table({
    alerting: "alerting_config",
    client: "client_ttl polling_interval",
    absent:
      "provider_budget_config caching_groups default_priority router_general_settings assistants_config optional_pre_call_checks deployment_affinity_ttl_seconds ignore_invalid_deployments routing_groups",
    health: "enable_health_check_routing health_check_staleness_threshold",
    logging: "debug_level",
  }),
  litellm: table({
    keys: "max_budget budget_duration default_internal_user_params max_internal_user_budget internal_user_budget_duration upperbound_key_generate_params default_key_generate_params default_team_settings max_end_user_budget key_generation_settings",
    guardrails: "guardrails post_call_rules pre_call_rules",
    logging:
      "turn_off_message_logging redact_user_api_key_info langfuse_default_tags log_raw_request_response json_logs callback_settings service_callback suppress_debug_info store_audit_logs prometheus_metrics_config",
    client:
      "ssl_verify force_ipv4 modify_params add_function_to_prompt telemetry disable_add_prefix_to_prompt enable_json_schema_validation aiohttp_trust_env",
    absent:
      "model_alias_map enable_preview_features disable_end_user_cost_tracking datadog_params mcp_aliases public_model_groups forward_traceparent_to_llm_provider default_in_redis_ttl num_retries_per_request",
  }),
  general: table({
    database:
      "database_url database_connection_pool_limit database_connection_timeout store_model_in_db allow_requests_on_db_unavailable database_type use_redis_transaction_buffer proxy_batch_write_at disable_spend_logs disable_reset_budget maximum_spend_logs_retention_period maximum_spend_logs_retention_interval store_prompts_in_spend_logs",
    keys: "ui_access_mode disable_adding_master_key_hash_to_db enable_jwt_auth litellm_jwtauth allowed_ips allowed_routes key_management_system key_management_settings max_response_size_mb enforce_user_param reject_clientside_metadata_tags custom_auth custom_key_generate user_api_key_cache_ttl public_routes admin_only_routes enable_oauth2_auth litellm_key_header_name",
    alerting: "alerting alerting_threshold alert_types alert_to_webhook_url alerting_args",
    health: "background_health_checks health_check_interval health_check_concurrency health_check_details",
    absent:
      "pass_through_endpoints completion_model infer_model_from_keys always_include_stream_usage coordination_redis forward_client_headers_to_llm_api global_max_parallel_requests max_parallel_requests use_client_credentials_pass_through_routes",
  }),
  deployment: table({
    absent:
      "silent_model litellm_credential_name max_budget budget_duration use_in_pass_through mock_timeout merge_reasoning_content_in_choices",
    client: "max_retries allowed_openai_params",
  }),
  modelInfo: table({
    absent:
      "team_id team_public_model_name access_groups tier health_check_model health_check_timeout original_model_id db_model mode supports_web_search max_output_tokens litellm_provider created_at created_by updated_at updated_by description notes",
  }),
} as const;

/** Keys that users put in the wrong section, and where they belong. */
export const misplaced: Readonly<Record<string, string>> = {
  model_list: "the top level",
  master_key: "general_settings",
  router_settings: "the top level",
  litellm_settings: "the top level",
  general_settings: "the top level",
  environment_variables: "the top level",
  routing_strategy: "router_settings",
  routing_strategy_args: "router_settings",
  model_group_alias: "router_settings",
  cooldown_time: "router_settings",
  drop_params: "litellm_settings",
  success_callback: "litellm_settings",
  failure_callback: "litellm_settings",
  callbacks: "litellm_settings",
  cache_params: "litellm_settings",
  redis_host: "router_settings",
  api_key: "litellm_params",
  api_base: "litellm_params",
  model: "litellm_params",
};
