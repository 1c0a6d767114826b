import type { Callback, Deployment, EventOf, RouterEvent, RouterEventType } from "@modelyard/core";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export interface PrometheusOptions {
  /** Where the metrics are registered. @defaultValue a registry of its own */
  readonly registry?: Registry;
}

/** A callback whose metrics can be read. */
export interface PrometheusCallback extends Callback {
  readonly registry: Registry;
  /** The metrics as text, with its content type. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

const deploymentLabels = ["litellm_model_name", "model_id", "api_provider"] as const;
const callLabels = ["requested_model", "model", "model_id"] as const;
/** LiteLLM's buckets, in seconds. */
const buckets = [
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

const events = [
  "request_succeeded",
  "request_failed",
  "attempt_succeeded",
  "attempt_failed",
  "deployment_benched",
  "deployment_recovered",
  "fallback",
  "cache_hit",
  "cache_miss",
] as const satisfies readonly RouterEventType[];

type Told = EventOf<(typeof events)[number]>;

function labelsOf({ model, id, provider }: Deployment) {
  return { litellm_model_name: model, model_id: id, api_provider: provider };
}

/** Names of callers' invention are folded into one, or they would make series without end. */
function requested(event: EventOf<"request_succeeded" | "request_failed">): string {
  return event.type === "request_failed" && event.error.kind === "model_not_found" ? "unknown" : event.trail.modelGroup;
}

function makeMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers });
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets, registers });
  const failureLabels = [...deploymentLabels, "exception_status", "exception_class"] as const;
  const fallbackLabels = ["requested_model", "fallback_model", "exception_status", "exception_class"] as const;
  return {
    requests: counter("litellm_proxy_total_requests_metric", "Requests", ["requested_model", "status_code"]),
    failed: counter("litellm_proxy_failed_requests_metric", "Requests that failed", [
      "requested_model",
      "exception_status",
      "exception_class",
    ]),
    spend: counter("litellm_spend_metric", "US dollars", callLabels),
    tokens: counter("litellm_total_tokens_metric", "Tokens in and out", callLabels),
    inputTokens: counter("litellm_input_tokens_metric", "Tokens in", callLabels),
    outputTokens: counter("litellm_output_tokens_metric", "Tokens out", callLabels),
    latency: histogram("litellm_request_total_latency_metric", "Seconds from request to answer", callLabels),
    apiLatency: histogram("litellm_llm_api_latency_metric", "Seconds the vendor took", callLabels),
    firstToken: histogram(
      "litellm_llm_api_time_to_first_token_metric",
      "Seconds to a stream's first token",
      callLabels,
    ),
    state: gauge("litellm_deployment_state", "0 healthy, 1 partial outage, 2 left out", deploymentLabels),
    cooledDown: counter("litellm_deployment_cooled_down", "Times a deployment was left out", [
      ...deploymentLabels,
      "reason",
    ]),
    successes: counter("litellm_deployment_success_responses", "Calls that succeeded", deploymentLabels),
    failures: counter("litellm_deployment_failure_responses", "Calls that failed", failureLabels),
    calls: counter("litellm_deployment_total_requests", "Calls", deploymentLabels),
    perToken: histogram(
      "litellm_deployment_latency_per_output_token",
      "Seconds per token of the answer",
      deploymentLabels,
    ),
    remainingRequests: gauge(
      "litellm_remaining_requests_metric",
      "Requests left, as the vendor says",
      deploymentLabels,
    ),
    remainingTokens: gauge("litellm_remaining_tokens_metric", "Tokens left, as the vendor says", deploymentLabels),
    goodFallbacks: counter("litellm_deployment_successful_fallbacks", "Fallbacks that served", fallbackLabels),
    badFallbacks: counter("litellm_deployment_failed_fallbacks", "Fallbacks that failed", fallbackLabels),
    cacheHits: counter("litellm_cache_hits_metric", "Answers from the cache", ["model"]),
    cacheMisses: counter("litellm_cache_misses_metric", "Answers that were not in the cache", ["model"]),
  };
}

type Metrics = ReturnType<typeof makeMetrics>;
type Handlers = { readonly [Type in Told["type"]]: (event: EventOf<Type>) => void };

function makeHandlers(metrics: Metrics): Handlers {
  return {
    request_succeeded: (event) => {
      const model = event.trail.attempts.at(-1)?.model ?? event.trail.modelGroup;
      const labels = { requested_model: requested(event), model, model_id: event.trail.deploymentId ?? "None" };
      metrics.requests.inc({ requested_model: labels.requested_model, status_code: "200" });
      metrics.latency.observe(labels, event.durationMs / 1000);
      const { usage, costUsd } = event.trail;
      if (costUsd !== undefined) metrics.spend.inc(labels, costUsd);
      if (usage === undefined) return;
      metrics.tokens.inc(labels, usage.total_tokens);
      metrics.inputTokens.inc(labels, usage.prompt_tokens);
      metrics.outputTokens.inc(labels, usage.completion_tokens);
    },
    request_failed: (event) => {
      const status = String(event.error.status);
      metrics.requests.inc({ requested_model: requested(event), status_code: status });
      metrics.failed.inc({
        requested_model: requested(event),
        exception_status: status,
        exception_class: event.error.name,
      });
    },
    attempt_succeeded: (event) => {
      const deployment = labelsOf(event.deployment);
      const labels = { requested_model: event.group, model: event.deployment.model, model_id: event.deployment.id };
      metrics.calls.inc(deployment);
      metrics.successes.inc(deployment);
      metrics.state.set(deployment, 0);
      metrics.apiLatency.observe(labels, event.durationMs / 1000);
      if (event.firstTokenMs !== undefined) metrics.firstToken.observe(labels, event.firstTokenMs / 1000);
      const out = event.usage?.completion_tokens ?? 0;
      if (out > 0) metrics.perToken.observe(deployment, event.durationMs / 1000 / out);
      if (event.remainingRequests !== undefined) metrics.remainingRequests.set(deployment, event.remainingRequests);
      if (event.remainingTokens !== undefined) metrics.remainingTokens.set(deployment, event.remainingTokens);
    },
    attempt_failed: (event) => {
      const deployment = labelsOf(event.deployment);
      metrics.calls.inc(deployment);
      metrics.failures.inc({
        ...deployment,
        exception_status: String(event.error.status),
        exception_class: event.error.name,
      });
      metrics.state.set(deployment, 1);
    },
    deployment_benched: (event) => {
      const deployment = labelsOf(event.deployment);
      metrics.state.set(deployment, 2);
      metrics.cooledDown.inc({ ...deployment, reason: event.reason });
    },
    deployment_recovered: (event) => {
      metrics.state.set(labelsOf(event.deployment), 0);
    },
    fallback: (event) => {
      const labels = {
        requested_model: event.fromGroup,
        fallback_model: event.toGroup,
        exception_status: String(event.error.status),
        exception_class: event.error.name,
      };
      (event.succeeded ? metrics.goodFallbacks : metrics.badFallbacks).inc(labels);
    },
    cache_hit: (event) => {
      metrics.cacheHits.inc({ model: event.group });
    },
    cache_miss: (event) => {
      metrics.cacheMisses.inc({ model: event.group });
    },
  };
}

/** Metrics under LiteLLM's names, with a fixed set of labels. */
export function prometheusCallback(options: PrometheusOptions = {}): PrometheusCallback {
  const registry = options.registry ?? new Registry();
  const handlers = makeHandlers(makeMetrics(registry));
  return {
    name: "prometheus",
    events,
    registry,
    on(event: RouterEvent) {
      const handle = (handlers as Partial<Record<RouterEventType, (event: never) => void>>)[event.type];
      handle?.(event as never);
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
