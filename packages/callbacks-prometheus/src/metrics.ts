import type { Registry } from "prom-client";
import { counters, gauges, histograms } from "./families.js";

/** Which deployment: LiteLLM's set. */
export const deploymentLabels = ["litellm_model_name", "model_id", "api_base", "api_provider"] as const;
/** Which deployment, for whom: the group that served, the vendor's model, the deployment's id. */
export const callLabels = ["requested_model", "model", "model_id"] as const;
/** A deployment within its group. */
export const memberLabels = ["model_group", ...deploymentLabels] as const;
const exceptionLabels = ["exception_status", "exception_class"] as const;

/** LiteLLM's buckets, in seconds. */
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
/** What the router adds is far below LiteLLM's first bucket. */
const fineSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...seconds];
const perTokenSeconds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** 0 healthy, 1 failed last, 2 left out; judged when it is read, since a cooldown ends without an event. */
export class StateReading {
  failing = false;
  benchedUntil = 0;

  constructor(private readonly now: () => number) {}

  get value(): 0 | 1 | 2 {
    if (this.benchedUntil > this.now()) return 2;
    return this.failing ? 1 : 0;
  }
}

const zero = (): { value: number } => ({ value: 0 });

/**
 * Every metric there is. Names and labels are LiteLLM's, those of keys, teams and users left out; ours begin with
 * `modelyard_`.
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
    requests: counter("litellm_proxy_total_requests_metric", "Requests, by how they ended", [
      "requested_model",
      "status_code",
      "model_id",
    ]),
    failed: counter("litellm_proxy_failed_requests_metric", "Requests that failed for the caller", [
      "requested_model",
      ...exceptionLabels,
      "model_id",
    ]),
    spend: counter("litellm_spend_metric", "US dollars, where the price is known", callLabels),
    tokens: counter("litellm_total_tokens_metric", "Tokens in and out, as vendors count them", callLabels),
    inputTokens: counter("litellm_input_tokens_metric", "Tokens of prompts", callLabels),
    outputTokens: counter("litellm_output_tokens_metric", "Tokens of answers", callLabels),
    latency: histogram("litellm_request_total_latency_metric", "Seconds from request to whole answer", callLabels),
    apiLatency: histogram("litellm_llm_api_latency_metric", "Seconds the vendor took for a whole answer", callLabels),
    firstToken: histogram(
      "litellm_llm_api_time_to_first_token_metric",
      "Seconds to the first content of a stream",
      callLabels,
    ),
    overhead: histogram(
      "litellm_overhead_latency_metric",
      "Seconds of a request in which no vendor worked on it: routing and waits between attempts",
      memberLabels,
      fineSeconds,
    ),
    remainingRequests: gauge("litellm_remaining_requests_metric", "Requests left, as the vendor says", memberLabels),
    remainingTokens: gauge("litellm_remaining_tokens_metric", "Tokens left, as the vendor says", memberLabels),
    state: gauges(
      registry,
      {
        name: "litellm_deployment_state",
        help: "0 healthy, 1 the last call failed, 2 left out until its cooldown ends",
        labels: deploymentLabels,
      },
      () => new StateReading(now),
    ),
    tpmLimit: gauge("litellm_deployment_tpm_limit", "Configured tokens a minute", deploymentLabels),
    rpmLimit: gauge("litellm_deployment_rpm_limit", "Configured requests a minute", deploymentLabels),
    cooledDown: counter("litellm_deployment_cooled_down", "Times a deployment was left out", [
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
      "Seconds per token of the answer",
      deploymentLabels,
      perTokenSeconds,
    ),
    goodFallbacks: counter("litellm_deployment_successful_fallbacks", "Fallbacks that served", fallbackLabels),
    badFallbacks: counter("litellm_deployment_failed_fallbacks", "Fallbacks that failed too", fallbackLabels),
    cacheHits: counter("litellm_cache_hits_metric", "Answers from the response cache", ["model"]),
    cacheMisses: counter("litellm_cache_misses_metric", "Lookups that found no answer", ["model"]),
    cachedTokens: counter("litellm_cached_tokens_metric", "Tokens of answers from the response cache", ["model"]),
    callbackFailures: counter("litellm_callback_logging_failures_metric", "Events that a callback lost", [
      "callback_name",
    ]),
    inFlight: gauge("modelyard_deployment_in_flight", "Calls in progress, streams included", deploymentLabels),
    aborted: counter(
      "modelyard_deployment_aborted_calls",
      "Calls that were called off: the caller left, or another was quicker",
      deploymentLabels,
    ),
    limits: counter("modelyard_deployment_limit_reached", "Times a configured limit refused a call", [
      ...deploymentLabels,
      "limit",
    ]),
    sharedState: gauge("modelyard_shared_state_available", "1: shared limits hold; 0: local ones do", ["state"]),
    strategyFailures: counter("modelyard_strategy_failures", "Picks that the default strategy made instead", [
      "strategy",
    ]),
    retriesRefused: counter("modelyard_retries_refused", "Retries that the retry budget did not allow", [
      "requested_model",
    ]),
  };
}

export type Metrics = ReturnType<typeof makeMetrics>;
