import {
  type ErrorKindRow,
  errorKinds,
  type AllowedFailsPolicy,
  type DeploymentOptions,
  type FallbackEntry,
  type FallbackMap,
  type GroupOptions,
  type JsonObject,
  type OperationName,
  type RetryPolicy,
  type RouterConfig,
} from "@modelyard/core";
import { cacheParameters } from "./cache-settings.js";
import type { CacheParams, ConfigFile, RouterSettings } from "./schema.js";
import type { callTypes } from "./schema-cache.js";
import { given, ms, phaseTimeouts } from "./to-deployments.js";

type Policy = Readonly<Record<string, unknown>>;

/** LiteLLM writes `TimeoutErrorRetries`, and `Timeout` where it names the class. */
function className(key: string, suffix: string): string {
  const name = key.endsWith(suffix) ? key.slice(0, -suffix.length) : key;
  return name === "TimeoutError" ? "Timeout" : name;
}

/** The classes that `DefaultRetries` stands for: those where the next answer may be another, and nothing else is said. */
function defaultClasses(policy: Policy): readonly string[] {
  const written = new Set(Object.keys(policy).map((key) => className(key, "Retries")));
  return Object.values<ErrorKindRow>(errorKinds)
    .filter(({ blame }) => blame !== "request" && blame !== "router" && blame !== "caller")
    .filter((row) => ![row.className, ...row.parents].some((name) => written.has(name)))
    .map((row) => row.className);
}

function retryPolicy(policy: Policy | undefined): RetryPolicy | undefined {
  if (policy === undefined) return undefined;
  const { DefaultRetries: byDefault, ...classes } = policy;
  const retries = (value: unknown): unknown =>
    typeof value === "number" ? value : { maxRetries: (value as { readonly max_retries: number }).max_retries };
  return Object.fromEntries([
    ...(byDefault === undefined ? [] : defaultClasses(classes).map((name) => [name, retries(byDefault)])),
    ...Object.entries(classes).map(([key, value]) => [className(key, "Retries"), retries(value)]),
  ]) as RetryPolicy;
}

function allowedFailsPolicy(policy: Policy | undefined): AllowedFailsPolicy | undefined {
  if (policy === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(policy).map(([key, value]) => [className(key, "AllowedFails"), value as number]),
  );
}

type RawEntry = string | ({ readonly model: string } & Readonly<Record<string, unknown>>);

function fallbackEntry(entry: RawEntry): FallbackEntry {
  if (typeof entry === "string") return entry;
  const { model, ...others } = entry;
  const fields = Object.entries(others);
  return {
    model,
    set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
    unset: fields.filter(([, value]) => value === null).map(([key]) => key),
  };
}

type RawFallbacks = readonly Readonly<Record<string, readonly RawEntry[]>>[];

/** A list that says something wins outright; the two sections are not mixed, as in LiteLLM. */
function fallbackLists(
  first: RawFallbacks | undefined,
  second: RawFallbacks | undefined,
): readonly FallbackMap[] | undefined {
  const chosen = first !== undefined && first.length > 0 ? first : second;
  return chosen?.map((map) =>
    Object.fromEntries(Object.entries(map).map(([group, entries]) => [group, entries.map(fallbackEntry)])),
  );
}

function groupOptions(
  settings: NonNullable<NonNullable<ConfigFile["router_settings"]>["model_group_settings"]>,
): Readonly<Record<string, GroupOptions>> {
  return Object.fromEntries(
    Object.entries(settings).map(([group, entry]) => [
      group,
      given<GroupOptions>({
        numRetries: entry.num_retries,
        retryPolicy: retryPolicy(entry.retry_policy),
        timeoutMs: ms(entry.timeout),
        streamTimeoutMs: ms(entry.stream_timeout),
        timeouts: phaseTimeouts(entry),
        cooldownMs: ms(entry.cooldown_time),
      }),
    ]),
  );
}

/** What LiteLLM calls our operations; others of its names stand for what is not served here. */
const operationOf: Readonly<Partial<Record<(typeof callTypes)[number], OperationName>>> = {
  completion: "chat",
  acompletion: "chat",
  text_completion: "text_completion",
  atext_completion: "text_completion",
  embedding: "embeddings",
  aembedding: "embeddings",
};

function operationsOf(names: CacheParams["supported_call_types"]): readonly OperationName[] | undefined {
  return names === undefined ? undefined : [...new Set(names.flatMap((name) => operationOf[name] ?? []))];
}

function cacheOptions(file: ConfigFile): RouterConfig["cache"] {
  const router = file.router_settings ?? {};
  const litellm = file.litellm_settings ?? {};
  const parameters = cacheParameters(file);
  const redis = parameters.type === "redis";
  const ttl = redis
    ? (parameters.default_redis_ttl ?? parameters.ttl ?? litellm.default_redis_ttl)
    : (parameters.default_in_memory_ttl ?? parameters.ttl ?? litellm.default_in_memory_ttl);
  return given<NonNullable<RouterConfig["cache"]>>({
    ttlMs: ms(ttl ?? router.default_cache_time_seconds),
    namespace: parameters.namespace,
    shared: parameters.shared,
    singleFlight: parameters.single_flight,
    mode: parameters.mode,
    operations: operationsOf(parameters.supported_call_types),
    groups: router.caching_groups,
    lookupTimeoutMs: ms(parameters.lookup_timeout),
  });
}

function defaultParams(fields: RouterSettings["default_litellm_params"]): JsonObject | undefined {
  if (fields === undefined) return undefined;
  const { extra_body: extra, ...others } = fields;
  return { ...others, ...extra };
}

/** The routing part of a checked file. */
export function toRouterConfig(file: ConfigFile, modelList: readonly DeploymentOptions[]): RouterConfig {
  const router = file.router_settings ?? {};
  const litellm = file.litellm_settings ?? {};
  const groupPolicies = Object.entries(router.model_group_retry_policy ?? {}).map(
    ([group, policy]) => [group, retryPolicy(policy) ?? {}] as const,
  );
  const { retry_budget: budget } = router;
  return given<RouterConfig>({
    modelList,
    modelGroupAlias: router.model_group_alias as RouterConfig["modelGroupAlias"],
    groups: router.model_group_settings === undefined ? undefined : groupOptions(router.model_group_settings),
    routingGroups:
      router.routing_groups === undefined
        ? undefined
        : Object.fromEntries(router.routing_groups.map((entry) => [entry.group_name, entry.models])),
    fallbacks: fallbackLists(router.fallbacks, litellm.fallbacks),
    contextWindowFallbacks: fallbackLists(router.context_window_fallbacks, litellm.context_window_fallbacks),
    contentPolicyFallbacks: fallbackLists(router.content_policy_fallbacks, litellm.content_policy_fallbacks),
    defaultFallbacks: (router.default_fallbacks ?? litellm.default_fallbacks)?.map(fallbackEntry),
    maxFallbacks: router.max_fallbacks ?? litellm.max_fallbacks,
    numRetries: router.num_retries ?? litellm.num_retries,
    retryPolicy: retryPolicy(router.retry_policy),
    modelGroupRetryPolicy: groupPolicies.length === 0 ? undefined : Object.fromEntries(groupPolicies),
    maxAttempts: router.max_attempts,
    retryAfterMs: ms(router.retry_after),
    maxRetryWaitMs: ms(router.max_retry_wait),
    retryBudget:
      budget === undefined || budget === false
        ? budget
        : given({ share: budget.share, floorPerSecond: budget.floor_per_second }),
    timeoutMs: ms(router.timeout ?? litellm.request_timeout),
    streamTimeoutMs: ms(router.stream_timeout),
    timeouts: phaseTimeouts(router),
    deadlineMs: ms(router.deadline),
    allowedFails: router.allowed_fails ?? litellm.allowed_fails,
    allowedFailsPolicy: allowedFailsPolicy(router.allowed_fails_policy),
    cooldownMs: ms(router.cooldown_time),
    maxCooldownMs: ms(router.max_cooldown),
    disableCooldowns: router.disable_cooldowns,
    slowStartMs: ms(router.slow_start),
    enablePreCallChecks: router.enable_pre_call_checks,
    enableTagFiltering: router.enable_tag_filtering,
    tagFilteringMatchAny: router.tag_filtering_match_any,
    defaultParams: defaultParams(router.default_litellm_params),
    defaultMaxParallelRequests: router.default_max_parallel_requests,
    limitAlgorithm: router.limit_algorithm,
    dropParams: litellm.drop_params,
    additionalDropParams: litellm.additional_drop_params,
    cacheResponses: router.cache_responses ?? litellm.cache ?? false,
    cache: cacheOptions(file),
    midStreamFallback: router.mid_stream_fallback,
    holdBackEvents: router.hold_back_events,
  });
}
