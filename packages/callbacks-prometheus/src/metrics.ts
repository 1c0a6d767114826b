import type { Registry } from "prom-client";
import { counters, gauges, histograms } from "./families.js";

/** LiteLLM's labels of a deployment. */
export const deploymentLabels = ["litellm_model_name", "model_id", "api_base", "api_provider"] as const;
/** Labels of calls: the model group that served, the vendor's model, and the id of the deployment. */
export const callLabels = ["requested_model", "model", "model_id"] as const;
/** Labels of a deployment and its group. */
export const groupedLabels = ["model_group", ...deploymentLabels] as const;
const exceptionLabels = ["exception_status", "exception_class"] as const;

/** Bounds of LiteLLM's buckets, in seconds. */
const seconds = [
  0.005,
  0.00625,
  0.0125,
  0.025,
  0.05,
  0.1,
  ...Array.from({ length: 20 }, (_, index) => (index + 1) / 2),
  15,
  20,
  25,
  30,
  60,
  120,
  180,
  240,
  300,
];
/** Finer bounds, since the time that the router adds is far below LiteLLM's first bucket. */
const fineSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...seconds];
const perTokenSeconds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * State of a deployment: 0 healthy, 1 the last call failed, 2 in cooldown. It is computed when it is read, since no event
 * marks the end of a cooldown.
 */
export class DeploymentState {
  failing = false;
  cooldownUntil = 0;

  constructor(private readonly now: () => number) {}

  get value(): 0 | 1 | 2 {
    if (this.cooldownUntil > this.now()) return 2;
    return this.failing ? 1 : 0;
  }
}

const zero = (): { value: number } => ({ value: 0 });

/**
 * Creates all metrics. Names and labels are LiteLLM's, except that there are none for keys, teams and users, and
 * `operation`, e.g. `chat`, is there instead of `route`. Metrics that LiteLLM does not have begin with `modelyard_`.
 */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the names and labels below are the type
export function makeMetrics(registry: Registry, now: () => number) {
  const counter = <const Name extends string>(name: string, help: string, labels: readonly Name[]) =>
    counters(registry, { name: `${name}_total`, help, labels });
  const gauge = <const Name extends string>(name: string, help: string, labels: readonly Name[]) =>
    gauges(registry, { name, help, labels }, zero);
  const histogram = <const Name extends string>(
    name: string,
    help: string,
    labels: readonly Name[],
    bounds: readonly number[] = seconds,
  ) => histograms(registry, { name, help, labels }, bounds);
  const fallbackLabels = ["requested_model", "fallback_model", ...exceptionLabels] as const;
  return {
    requests: counter("litellm_proxy_total_requests_metric", "Requests, by status code", [
      "requested_model",
      "operation",
      "status_code",
      "model_id",
    ]),
    failed: counter("litellm_proxy_failed_requests_metric", "Requests that failed for the caller", [
      "requested_model",
      "operation",
      ...exceptionLabels,
      "model_id",
    ]),
    spend: counter("litellm_spend_metric", "Cost in US dollars, of models whose price is known", callLabels),
    tokens: counter("litellm_total_tokens_metric", "Input and output tokens, as reported by vendors", callLabels),
    inputTokens: counter("litellm_input_tokens_metric", "Input tokens", callLabels),
    outputTokens: counter("litellm_output_tokens_metric", "Output tokens", callLabels),
    latency: histogram(
      "litellm_request_total_latency_metric",
      "Seconds from the request to the end of the answer",
      callLabels,
    ),
    apiLatency: histogram(
      "litellm_llm_api_latency_metric",
      "Seconds from the vendor's request to the end of its answer",
      callLabels,
    ),
    firstToken: histogram(
      "litellm_llm_api_time_to_first_token_metric",
      "Seconds to the first content of a stream",
      callLabels,
    ),
    overhead: histogram(
      "litellm_overhead_latency_metric",
      "Seconds of a request outside of vendor calls: routing and waits between attempts",
      groupedLabels,
      fineSeconds,
    ),
    remainingRequests: gauge(
      "litellm_remaining_requests_metric",
      "Remaining requests, as reported by the vendor",
      groupedLabels,
    ),
    remainingTokens: gauge(
      "litellm_remaining_tokens_metric",
      "Remaining tokens, as reported by the vendor",
      groupedLabels,
    ),
    state: gauges(
      registry,
      {
        name: "litellm_deployment_state",
        help: "0 healthy, 1 the last call failed, 2 in cooldown",
        labels: deploymentLabels,
      },
      () => new DeploymentState(now),
    ),
    tpmLimit: gauge("litellm_deployment_tpm_limit", "Configured tokens per minute", deploymentLabels),
    rpmLimit: gauge("litellm_deployment_rpm_limit", "Configured requests per minute", deploymentLabels),
    cooledDown: counter("litellm_deployment_cooled_down", "Cooldowns of a deployment", [
      ...deploymentLabels,
      "exception_status",
      "reason",
    ]),
    calls: counter("litellm_deployment_total_requests", "Calls that ended", ["requested_model", ...deploymentLabels]),
    successes: counter("litellm_deployment_success_responses", "Calls that succeeded", [
      "requested_model",
      ...deploymentLabels,
    ]),
    failures: counter("litellm_deployment_failure_responses", "Calls that failed", [
      "requested_model",
      ...deploymentLabels,
      ...exceptionLabels,
    ]),
    perToken: histogram(
      "litellm_deployment_latency_per_output_token",
      "Seconds per output token",
      deploymentLabels,
      perTokenSeconds,
    ),
    goodFallbacks: counter("litellm_deployment_successful_fallbacks", "Fallbacks that succeeded", fallbackLabels),
    badFallbacks: counter("litellm_deployment_failed_fallbacks", "Fallbacks that failed", fallbackLabels),
    cacheHits: counter("litellm_cache_hits_metric", "Answers from the response cache", ["model"]),
    cacheMisses: counter("litellm_cache_misses_metric", "Cache lookups that found no answer", ["model"]),
    cachedTokens: counter("litellm_cached_tokens_metric", "Tokens of answers from the response cache", ["model"]),
    callbackFailures: counter(
      "litellm_callback_logging_failures_metric",
      "Events that a callback failed to handle or deliver",
      ["callback_name"],
    ),
    inFlight: gauge("modelyard_deployment_in_flight", "Calls in progress, streams included", deploymentLabels),
    aborted: counter(
      "modelyard_deployment_aborted_calls",
      "Aborted calls: the caller disconnected, or another attempt was faster",
      deploymentLabels,
    ),
    limits: counter("modelyard_deployment_limit_reached", "Calls refused by a configured limit", [
      ...deploymentLabels,
      "limit",
    ]),
    limitWaits: counter(
      "modelyard_limit_waits",
      "Requests that waited for limits, by whether a deployment admitted them",
      ["requested_model", "admitted"],
    ),
    limitWaitSeconds: counter("modelyard_limit_wait_seconds", "Seconds that requests waited for limits", [
      "requested_model",
      "admitted",
    ]),
    sharedState: gauge("modelyard_shared_state_available", "1 limits are shared, 0 limits are local", ["state"]),
    strategyFailures: counter(
      "modelyard_strategy_failures",
      "Picks made by the default strategy because the configured one failed",
      ["strategy"],
    ),
    sessionRequests: counter(
      "modelyard_affinity_requests",
      "Requests of sessions, by whether they went where their prompts are cached, and why not",
      ["requested_model", "key", "choice", "reason"],
    ),
    wantedTokens: counter("modelyard_affinity_wanted_tokens", "Prompt tokens that a vendor's cache should have", [
      "requested_model",
    ]),
    obtainedTokens: counter(
      "modelyard_affinity_cached_tokens",
      "Prompt tokens of sessions that were read from a cache",
      ["requested_model"],
    ),
    savedUsd: counter("modelyard_affinity_saved_usd", "US dollars that reading them from a cache saved", [
      "requested_model",
    ]),
    retriesRefused: counter("modelyard_retries_refused", "Retries refused by the retry budget", ["requested_model"]),
  };
}

export type Metrics = ReturnType<typeof makeMetrics>;
