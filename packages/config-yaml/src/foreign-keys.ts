/**
 * Keys of LiteLLM that have nothing to do with routing, or that Modelyard does not implement. They are accepted with
 * one warning each, so that a file can be used unchanged. Source: LiteLLM's configuration reference, 2026.
 */
const foreign = {
  keys: "concerns keys, users and spend, which Modelyard does not manage",
  access: "limits access, which only master_key does here; restrict access in front of the proxy",
  browsers: "is not needed here: allowed pages may send and read every header, without cookies",
  database: "concerns LiteLLM's database, which Modelyard does not have",
  alerting: "concerns alerts; use a callback for them",
  guardrails: "concerns guardrails, which Modelyard does not run",
  logging: "concerns LiteLLM's own logging",
  client: "concerns LiteLLM's Python clients",
  health: "concerns background health checks; Modelyard watches real calls",
  priority: "concerns LiteLLM's queue of waiting calls, which Modelyard does not have",
  budget: "limits spending, which Modelyard only reports",
  always: "is always on: the cache key covers the whole request",
  caches: "concerns a kind of cache that Modelyard does not have; it caches in memory or in Redis",
  retries: "concerns retries of LiteLLM's SDK; the only retries are the router's: see num_retries",
  prices: "is a price that Modelyard does not apply; it applies prices per input, output and cached token",
  limits: "is a limit that Modelyard does not support; it supports rpm, tpm and max_parallel_requests",
  timeouts: "is a timeout that Modelyard does not support; timeout and stream_timeout apply to every tier",
  disconnect: "is always on: the call is aborted when its client disconnects",
  mocks: "is always on: a request may ask for a simulated failure or answer",
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

/**
 * LiteLLM's prices for anything but input, output and cached tokens, and its surcharges. A pattern, because new ones
 * are added every few weeks.
 */
export const otherPrices =
  /^(?!(?:(?:input|output)_cost_per_token|cache_(?:creation|read)_input_token_cost|cache_creation_input_token_cost_above_1hr)(?:_above_(?:128|200|256|272)k_tokens)?$)(?:(?:input|output)_cost_per_(?:token_|second|character|image|pixel|audio|video|query|text_message|reasoning)\w*|cache_(?:creation|read)_input_(?:audio_|image_)?token_cost\w*|(?:annotation|citation|code_interpreter|computer_use|file_search|google_maps_grounding|ocr|search_context|vector_store)_cost_per_\w+|cost_per_(?:second|query|ptu_per_hour)|regional_\w+_uplift_multiplier\w*|tiered_pricing)$/u;

/** Why a price of LiteLLM's has no effect, or `undefined` if the key is not such a price. */
export function priceReason(key: string): string | undefined {
  return otherPrices.test(key) ? foreign.prices : undefined;
}

export const foreignKeys = {
  root: table({
    guardrails: "guardrails prompts policies policy_attachments",
    absent:
      "mcp_servers search_tools vector_store_registry files_settings finetune_settings assistant_settings agent_list agents default_vertex_config mcp_tools pass_through_endpoints plugins sandbox_tools vector_stores worker_registry",
  }),
  router: table({
    keys: "fallback_access_check",
    alerting: "alerting_config",
    client: "client_ttl",
    priority: "default_priority polling_interval",
    budget: "provider_budget_config fallback_budget_check",
    guardrails: "guardrail_list",
    absent:
      "router_general_settings assistants_config search_tools enable_weighted_failover order_fallback_status_codes plugins auto_router_capability_limit fallback_on_unsupported_params tag_routing_prefix weights",
    health:
      "enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors background_health_check_model_groups",
    logging: "debug_level",
    retries: "max_retries",
  }),
  litellm: table({
    keys: "default_internal_user_params max_internal_user_budget internal_user_budget_duration upperbound_key_generate_params default_key_generate_params default_team_settings max_end_user_budget key_generation_settings default_max_internal_user_budget default_soft_budget default_team_params default_key_max_budget_alert_emails max_end_user_budget_id max_ui_session_budget max_user_budget validate_end_user_id_in_db key_alias_pattern enable_key_alias_format_validation personal_key_model_access_from_teams overwrite_user_with_key_hash scim_admin_group scim_upsert_user enable_redis_auth_cache timezone budget_reset_time default_end_user_params enable_post_custom_auth_checks",
    budget:
      "max_budget budget_duration budget_exceeded_status_code budget_exceeded_throttle_percentage budget_rollover tag_budget_config priority_reservation priority_reservation_settings block_requests_for_models_without_pricing cost_discount_config cost_margin_config",
    guardrails:
      "guardrails post_call_rules pre_call_rules banned_keywords_list blocked_user_list prompt_injection_params azure_content_safety_params google_moderation_confidence_threshold llamaguard_model_name llamaguard_unsafe_content_categories llm_guard_mode openai_moderations_model_name output_parse_pii presidio_ad_hoc_recognizers presidio_logging_only guardrail_name_config_map skip_system_message_in_guardrail skip_tool_message_in_guardrail",
    always: "enable_caching_on_provider_specific_optional_params",
    logging:
      "redact_user_api_key_info redact_messages_in_exceptions langfuse_default_tags log_raw_request_response json_logs callback_settings service_callback suppress_debug_info store_audit_logs prometheus_metrics_config disable_end_user_cost_tracking_prometheus_only custom_prometheus_metadata_labels add_user_information_to_llm_headers allow_dynamic_callback_disabling argilla_batch_size argilla_transformation_object audit_log_callbacks aws_sqs_callback_params cold_storage_custom_logger custom_prometheus_tags datadog_llm_observability_params disable_add_user_agent_to_request_tags disable_streaming_logging enable_end_user_cost_tracking_prometheus_only error_logs expose_router_debug_in_errors extra_spend_tag_headers gcs_pub_sub_use_v1 generic_api_use_v1 generic_logger_headers global_disable_no_log_param input_callback langfuse_enable_update_trace_keys langsmith_batch_size log_auth_failure_key_identity log_client_error_tracebacks logged_real_time_event_types otel_tenant_destination_mode request_correlation_in_logs s3_audit_callback_params s3_callback_params standard_logging_payload_excluded_fields dynamodb_table_name batch_line_item_callbacks datadog_use_v1 newrelic_params pointfive_params zerobus_params prometheus_initialize_budget_metrics prometheus_latency_buckets prometheus_exclude_metrics prometheus_exclude_labels prometheus_emit_stream_label prometheus_emit_input_sequence_length_label prometheus_deployment_and_latency_caller_identity prometheus_emit_rate_limit_labels prometheus_user_budget_label_include_email_alias prometheus_end_user_metrics_max_series_per_metric prometheus_end_user_metrics_ttl_seconds prometheus_end_user_metrics_cleanup_interval_seconds prometheus_metrics_max_series_per_metric prometheus_metrics_ttl_seconds prometheus_metrics_cleanup_interval_seconds",
    client:
      "ssl_verify ssl_certificate force_ipv4 modify_params add_function_to_prompt telemetry disable_add_prefix_to_prompt enable_json_schema_validation aiohttp_trust_env disable_aiohttp_transport disable_hf_tokenizer_download custom_prompt_dict disable_add_transform_inline_image_block disable_aiohttp_trust_env disable_anthropic_gemini_context_caching_transform disable_stop_sequence_limit disable_token_counter enable_azure_ad_token_refresh filter_invalid_headers force_redis_hash_tag_grouping headers http2 include_cost_in_streaming_usage model_cost_map_url network_mock proxy_auth return_response_headers ssl_ecdh_curve ssl_security_level use_aiohttp_transport use_client user_url_allowed_hosts user_url_validation provider_url_destination_allowed_hosts default_redis_batch_cache_expiry anthropic_beta_headers_url blog_posts_url autorouter_presets_url",
    retries: "num_retries_per_request",
    absent:
      "model_alias_map model_group_settings enable_preview_features disable_end_user_cost_tracking datadog_params mcp_aliases public_model_groups forward_traceparent_to_llm_provider disable_copilot_system_to_assistant anthropic_prompt_caching_ttl anthropic_sse_ping_interval_seconds check_provider_endpoint default_vertex_config enable_anthropic_prompt_caching enable_gemini_default_thinking_level_low enable_loadbalancing_on_batch_endpoints global_bitbucket_config global_gitlab_config global_prompt_directory litellm_mode longer_context_model_fallback_dict mcp_semantic_tool_filter mcp_tool_search model_cost model_fallbacks openai_system_messages_first prompt_name_config_map public_agent_groups public_mcp_servers public_model_groups_links require_managed_files safe_memory_mode use_litellm_proxy vector_store_index_registry vector_store_registry responses code_interpreter_interception_params compression_interception_params websearch_interception_params bedrock_neutralize_orphaned_tool_blocks bedrock_request_metadata_fields strip_anthropic_total_tokens gemini_live_defer_setup gemini_include_thoughts_default disable_vertex_batch_output_transformation enable_model_config_credential_overrides public_mcp_hub_strict_whitelist public_skills_index vertex_ai_safety_settings vertex_project vertex_location vector_store_search_failure_mode apply_search_free_tier agent_search_embedding_model skill_search_embedding_model default_mcp_sampling_model vertex_credentials forward_llm_provider_auth_headers",
  }),
  general: table({
    browsers: "cors_allow_credentials cors_allow_methods cors_allow_headers",
    mocks: "dangerously_allow_mock_testing_request_params",
    disconnect: "cancel_on_disconnect",
    client: "provider_url_destination_allowed_hosts user_url_allowed_hosts user_url_validation",
    logging: "disable_requester_ip_address_logging otel tracing transcribe_media_buckets",
    budget:
      "disable_budget_reservation fail_closed_budget_enforcement fail_closed_rate_limit_enforcement spend_capture_rate_check",
    database:
      "database_url database_connection_pool_limit database_connection_timeout store_model_in_db supported_db_objects allow_requests_on_db_unavailable database_type use_redis_transaction_buffer proxy_batch_write_at proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time disable_spend_logs disable_spend_updates disable_error_logs disable_reset_budget maximum_spend_logs_retention_period maximum_spend_logs_retention_interval store_prompts_in_spend_logs disable_prisma_schema_update database_args database_connect_timeout database_connection_pool_timeout database_disable_prepared_statements database_extra_connection_params database_max_idle_connection_lifetime database_socket_timeout maximum_autorouter_session_retention_period maximum_daily_tag_spend_retention_period maximum_health_check_retention_period maximum_spend_logs_cleanup_batch_size maximum_spend_logs_cleanup_batch_timeout maximum_spend_logs_cleanup_cron maximum_spend_logs_cleanup_max_batches maximum_spend_logs_cleanup_run_budget use_spend_logs_partitioning spend_logs_metadata_fields scheduled_job_stagger disable_model_info_refresh proxy_config_reload_interval_seconds",
    access:
      "allowed_ips allowed_routes enable_jwt_auth litellm_jwtauth custom_auth enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings public_routes admin_only_routes use_x_forwarded_for enforced_params enforce_user_param disable_responses_id_security allow_client_side_credentials allow_user_auth allow_public_health_readiness_details agent_access_default_deny custom_auth_run_common_checks dangerously_permit_weak_or_unset_master_key enforce_fallback_model_access enforce_rbac missing_session_id require_end_user_mcp_access_defined require_key_mcp_access_defined role_permissions search_tool_deny_by_default service_account_settings trusted_proxy_ranges user_mcp_management_mode vector_store_deny_by_default use_team_public_model_name failed_login_block_seconds failed_login_window_seconds max_failed_login_attempts_per_source max_failed_login_attempts_per_source_overrides password_policy_check_breached_passwords password_policy_min_length password_policy_require_lowercase password_policy_require_numbers password_policy_require_special_characters password_policy_require_uppercase",
    keys: "ui_access_mode disable_adding_master_key_hash_to_db key_management_system key_management_settings use_google_kms use_azure_key_vault custom_key_generate custom_ui_sso_sign_in_handler user_api_key_cache_ttl reject_clientside_metadata_tags user_header_name user_header_mappings disable_retry_on_max_parallel_request_limit_error default_team_disabled allow_cli_sso_verification_uri_complete apply_user_budget_to_team_keys auto_redirect_ui_login_to_sso control_plane_url custom_key_policy custom_key_update custom_sso custom_team_metadata_validate disable_auto_add_proxy_admin_to_teams disable_custom_api_keys disable_env_credential_login disable_key_generate_for_org_admin disable_password_login_when_sso_enabled hide_default_credentials_hint litellm_license team_metadata_schema team_metadata_validation_error_message team_metadata_validation_timeout user_api_key_cache_max_size token_rate_limit_type",
    alerting:
      "alerting alerting_threshold alert_types alert_to_webhook_url alerting_args spend_report_frequency alert_type_config",
    health:
      "background_health_checks health_check_interval health_check_concurrency health_check_details use_shared_health_check background_health_check_model_groups enable_health_check_routing health_check_ignore_transient_errors health_check_skip_disabled_background_models health_check_staleness_threshold model_list_healthy_only",
    absent:
      "pass_through_endpoints completion_model disable_master_key_return infer_model_from_keys always_include_stream_usage coordination_redis forward_client_headers_to_llm_api forward_openai_org_id forward_llm_provider_auth_headers global_max_parallel_requests max_parallel_requests use_client_credentials_pass_through_routes max_response_size_mb image_generation_model admission_queue_timeout_seconds allow_unmanaged_response_ids allowed_file_extensions blocked_file_extensions claude_code_gateway_managed_settings disable_batch_input_file_rate_limiting disable_bedrock_agent_runtime_passthrough disable_fallbacks_on_per_model_rate_limits drain_endpoint_token enable_claude_code_gateway enable_drain_endpoint enable_mcp_registry enable_openai_websocket_passthrough enable_public_model_hub expose_fallback_errors_to_caller include_call_id_in_error_body max_batch_file_records max_batch_file_size_mb max_batch_file_uploads_per_day max_file_downloads_per_minute max_file_size_mb max_in_flight_requests_per_worker max_queued_requests_per_worker mcp_advertised_versions mcp_allow_all_keys_respects_mcp_scope mcp_allowed_clients mcp_client_id_header mcp_client_side_auth_header_name mcp_disabled_capabilities mcp_internal_ip_ranges mcp_prefer_client_id_metadata_document mcp_require_explicit_server_scope mcp_required_fields mcp_session_token_signing mcp_trusted_proxy_ranges mcp_xff_num_trusted_hops pass_through_request_timeout passthrough_managed_object_ids plugins responses_websocket_session_limit_seconds search_tools skip_batch_input_file_rate_limiting_for_models skip_batch_input_file_rate_limiting_for_providers track_unmanaged_batch_cost",
  }),
  /** Keys of one entry of `model_list`. */
  entry: table({ absent: "access_groups guardrails prompt_id" }),
  deployment: table({
    logging:
      "turn_off_message_logging litellm_disabled_callbacks langfuse_public_key langfuse_secret langfuse_secret_key langfuse_host langsmith_api_key langsmith_project langsmith_base_url",
    timeouts: "timeout_by_service_tier stream_timeout_by_service_tier",
    limits: "itpm otpm default_api_key_rpm_limit default_api_key_tpm_limit",
    absent:
      "silent_model use_in_pass_through use_litellm_proxy mock_timeout merge_reasoning_content_in_choices guardrails adaptive_router_config adaptive_router_default_model auto_router_config auto_router_config_path auto_router_default_model auto_router_embedding_model auto_router_max_input_chars bedrock_tags bucket_name complexity_router_config complexity_router_default_model fireworks_forward_user_id gcs_bucket_name litellm_system_prompt provider_affinity_header quality_router_config quality_router_default_model tag_regex use_chat_completions_api vector_store_id prompt_id prompt_variables prompt_label supports_system_message keepalive_seconds allow_client_keepalive_override max_file_size_mb auto_router_model_compression auto_router_routing_compression s3_access_key_id s3_bucket_name s3_bucket_owner s3_encryption_key_id s3_endpoint_url s3_output_bucket_name s3_region_name s3_secret_access_key output_vector_size prompt_version prompt_environment cache_control_injection_points",
    budget: "max_budget budget_duration",
    retries: "max_retries",
    client:
      "ssl_verify custom_prompt_dict hf_model_name ensure_alternating_roles user_continue_message assistant_continue_message roles bos_token eos_token initial_prompt_value final_prompt_value enable_json_schema_validation",
  }),
  /** Keys of `default_litellm_params`. */
  defaults: table({ retries: "max_retries", absent: "caching_groups" }),
  cache: table({
    caches:
      "similarity_threshold redis_flush_size qdrant_api_base qdrant_api_key qdrant_collection_name qdrant_quantization_config qdrant_semantic_cache_embedding_model redis_semantic_cache_embedding_model redis_semantic_cache_index_name s3_bucket_name s3_region_name s3_api_version s3_use_ssl s3_verify s3_endpoint_url s3_aws_access_key_id s3_aws_secret_access_key s3_aws_session_token s3_path gcs_bucket_name gcs_path_service_account gcs_path disk_cache_dir gcp_service_account azure_account_url azure_blob_container gcp_ssl_ca_certs qdrant_semantic_cache_vector_size s3_config semantic_cache_embedding_max_input_tokens semantic_cache_embedding_timeout semantic_cache_scope valkey_semantic_cache_embedding_model valkey_semantic_cache_index_name",
    client:
      "max_connections socket_timeout ssl_cert_reqs ssl_check_hostname health_check_interval ssl_certfile ssl_keyfile ssl_ca_certs ssl_ca_data ssl_keyfile_password",
  }),
  /** Keys of `model_info` that change LiteLLM's behavior, rather than only appear in `GET /model/info`. */
  modelInfo: table({
    access: "team_id team_public_model_name access_groups access_windows blocked discoverable",
    health: "health_check_model health_check_timeout",
    absent: "enable_tag_filtering allow_fail_open internal_router_model member_auto_router",
  }),
} as const;

/** Keys that LiteLLM itself adds to `model_info`. As with those that users add, `GET /model/info` returns them. */
export const infoKeysOfLitellm: ReadonlySet<string> = new Set([
  "created_at",
  "created_by",
  "db_model",
  "original_model_id",
  "supported_modalities",
  "supported_openai_params",
  "supported_output_modalities",
  "updated_at",
  "updated_by",
]);

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
  cors_allow_origins: "general_settings",
  allowed_hosts: "general_settings",
  routing_strategy: "router_settings",
  routing_strategy_args: "router_settings",
  model_group_alias: "router_settings",
  model_group_retry_policy: "router_settings",
  model_group_settings: "router_settings",
  retry_policy: "router_settings",
  retry_after: "router_settings",
  max_retry_wait: "router_settings",
  conversation_ttl: "router_settings",
  num_retries: "router_settings",
  timeout: "router_settings",
  stream_timeout: "router_settings",
  cooldown_time: "router_settings",
  max_cooldown: "router_settings",
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
  supports_function_calling: "model_info",
  supports_vision: "model_info",
  supports_response_schema: "model_info",
  mode: "model_info",
  max_input_tokens: "model_info",
  max_output_tokens: "model_info",
  api_key: "litellm_params",
  api_base: "litellm_params",
  api_version: "litellm_params",
  model: "litellm_params",
};
