/**
 * Keys of LiteLLM that have nothing to do with routing, or that Modelyard does not do. They are accepted with one
 * warning each, so that a file can be used unchanged. Source: LiteLLM's configuration reference, 2026.
 */
const foreign = {
  keys: "concerns keys, users and spend, which Modelyard does not manage",
  access: "limits who may call, which only master_key does here: keep callers out in front of the proxy",
  database: "concerns LiteLLM's database, which Modelyard does not have",
  alerting: "concerns alerts; use a callback for them",
  guardrails: "concerns guardrails, which Modelyard does not run",
  logging: "concerns LiteLLM's own logging",
  client: "concerns LiteLLM's Python clients",
  health: "concerns background health checks; Modelyard watches real calls",
  priority: "concerns LiteLLM's queue of waiting calls, which Modelyard does not have",
  budget: "limits spending, which Modelyard only reports",
  always: "is always so here: the whole request is in the key of a kept answer",
  caches: "concerns a kind of cache that Modelyard does not have; it keeps answers in memory or in Redis",
  retries: "concerns retries of LiteLLM's SDK; num_retries is for the router's, which are the only ones",
  prices: "is a price that Modelyard does not count; it counts those per token of input, output and cached input",
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

const prices =
  "input_cost_per_second output_cost_per_second cache_creation_input_token_cost input_cost_per_character output_cost_per_character input_cost_per_image output_cost_per_image input_cost_per_pixel output_cost_per_pixel input_cost_per_audio_token output_cost_per_audio_token output_cost_per_reasoning_token input_cost_per_token_above_128k_tokens output_cost_per_token_above_128k_tokens input_cost_per_token_above_200k_tokens output_cost_per_token_above_200k_tokens input_cost_per_token_batches output_cost_per_token_batches input_cost_per_video_per_second input_cost_per_audio_per_second";

export const foreignKeys = {
  root: table({
    guardrails: "guardrails prompts policies",
    absent:
      "callback_settings mcp_servers search_tools vector_store_registry files_settings finetune_settings assistant_settings agent_list",
  }),
  router: table({
    alerting: "alerting_config",
    client: "client_ttl",
    priority: "default_priority polling_interval",
    budget: "provider_budget_config",
    guardrails: "guardrail_list",
    absent:
      "router_general_settings assistants_config search_tools optional_pre_call_checks deployment_affinity_ttl_seconds model_group_affinity_config enable_weighted_failover order_fallback_status_codes plugins",
    health: "enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors",
    logging: "debug_level",
    retries: "max_retries",
  }),
  litellm: table({
    keys: "default_internal_user_params max_internal_user_budget internal_user_budget_duration upperbound_key_generate_params default_key_generate_params default_team_settings max_end_user_budget key_generation_settings",
    budget: "max_budget budget_duration",
    guardrails: "guardrails post_call_rules pre_call_rules",
    always: "enable_caching_on_provider_specific_optional_params",
    logging:
      "redact_user_api_key_info redact_messages_in_exceptions langfuse_default_tags log_raw_request_response json_logs callback_settings service_callback suppress_debug_info store_audit_logs prometheus_metrics_config disable_end_user_cost_tracking_prometheus_only custom_prometheus_metadata_labels",
    client:
      "ssl_verify ssl_certificate force_ipv4 modify_params add_function_to_prompt telemetry disable_add_prefix_to_prompt enable_json_schema_validation aiohttp_trust_env disable_aiohttp_transport disable_hf_tokenizer_download",
    retries: "num_retries_per_request",
    absent:
      "model_alias_map model_group_settings enable_preview_features disable_end_user_cost_tracking datadog_params mcp_aliases public_model_groups forward_traceparent_to_llm_provider disable_copilot_system_to_assistant",
  }),
  general: table({
    database:
      "database_url database_connection_pool_limit database_connection_timeout store_model_in_db supported_db_objects allow_requests_on_db_unavailable database_type use_redis_transaction_buffer proxy_batch_write_at proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time disable_spend_logs disable_spend_updates disable_error_logs disable_reset_budget maximum_spend_logs_retention_period maximum_spend_logs_retention_interval store_prompts_in_spend_logs disable_prisma_schema_update",
    access:
      "allowed_ips allowed_routes enable_jwt_auth litellm_jwtauth custom_auth enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings public_routes admin_only_routes use_x_forwarded_for enforced_params enforce_user_param disable_responses_id_security",
    keys: "ui_access_mode disable_adding_master_key_hash_to_db key_management_system key_management_settings use_google_kms use_azure_key_vault custom_key_generate custom_ui_sso_sign_in_handler user_api_key_cache_ttl reject_clientside_metadata_tags user_header_name user_header_mappings disable_retry_on_max_parallel_request_limit_error default_team_disabled",
    alerting: "alerting alerting_threshold alert_types alert_to_webhook_url alerting_args spend_report_frequency",
    health:
      "background_health_checks health_check_interval health_check_concurrency health_check_details use_shared_health_check",
    absent:
      "pass_through_endpoints completion_model disable_master_key_return infer_model_from_keys always_include_stream_usage coordination_redis forward_client_headers_to_llm_api forward_openai_org_id forward_llm_provider_auth_headers global_max_parallel_requests max_parallel_requests use_client_credentials_pass_through_routes max_response_size_mb image_generation_model",
  }),
  /** Of one entry of `model_list`. */
  entry: table({ absent: "access_groups guardrails prompt_id" }),
  deployment: table({
    absent:
      "silent_model use_in_pass_through use_litellm_proxy mock_timeout merge_reasoning_content_in_choices guardrails",
    budget: "max_budget budget_duration",
    retries: "max_retries",
    client: "allowed_openai_params",
    prices,
  }),
  /** Of `default_litellm_params`. */
  defaults: table({ retries: "max_retries", absent: "caching_groups" }),
  cache: table({
    caches:
      "similarity_threshold redis_flush_size qdrant_api_base qdrant_api_key qdrant_collection_name qdrant_quantization_config qdrant_semantic_cache_embedding_model redis_semantic_cache_embedding_model redis_semantic_cache_index_name s3_bucket_name s3_region_name s3_api_version s3_use_ssl s3_verify s3_endpoint_url s3_aws_access_key_id s3_aws_secret_access_key s3_aws_session_token s3_path gcs_bucket_name gcs_path_service_account gcs_path disk_cache_dir gcp_service_account",
    client: "max_connections socket_timeout ssl_cert_reqs ssl_check_hostname health_check_interval",
  }),
  modelInfo: table({
    prices,
    absent:
      "team_id team_public_model_name access_groups tier health_check_model health_check_timeout original_model_id db_model mode supports_web_search max_output_tokens litellm_provider created_at created_by updated_at updated_by",
  }),
} as const;

/** Keys that users put in the wrong section, and where they belong. */
export const misplaced: Readonly<Record<string, string>> = {
  model_list: "the top level",
  router_settings: "the top level",
  litellm_settings: "the top level",
  general_settings: "the top level",
  environment_variables: "the top level",
  credential_list: "the top level",
  include: "the top level",
  master_key: "general_settings",
  health_check_interval: "general_settings",
  health_check_concurrency: "general_settings",
  litellm_key_header_name: "general_settings",
  routing_strategy: "router_settings",
  routing_strategy_args: "router_settings",
  model_group_alias: "router_settings",
  model_group_retry_policy: "router_settings",
  model_group_settings: "router_settings",
  retry_policy: "router_settings",
  retry_after: "router_settings",
  num_retries: "router_settings",
  timeout: "router_settings",
  stream_timeout: "router_settings",
  cooldown_time: "router_settings",
  disable_cooldowns: "router_settings",
  allowed_fails_policy: "router_settings",
  enable_pre_call_checks: "router_settings",
  enable_tag_filtering: "router_settings",
  default_litellm_params: "router_settings",
  cache_responses: "router_settings",
  cache_kwargs: "router_settings",
  redis_host: "router_settings",
  redis_port: "router_settings",
  redis_password: "router_settings",
  redis_url: "router_settings",
  request_timeout: "litellm_settings",
  drop_params: "litellm_settings",
  additional_drop_params: "litellm_settings",
  success_callback: "litellm_settings",
  failure_callback: "litellm_settings",
  callbacks: "litellm_settings",
  cache: "litellm_settings",
  cache_params: "litellm_settings",
  api_key: "litellm_params",
  api_base: "litellm_params",
  api_version: "litellm_params",
  model: "litellm_params",
};
