import {
  type Callback,
  type Clock,
  type Deployment,
  errorKinds,
  type EventOf,
  type RouterEvent,
  type RouterEventType,
  type Trail,
} from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { checkOptions, choice, list, part, shape } from "@modelyard/core/options";
import { Registry } from "prom-client";
import { DeploymentSeries, exceptionClass, none } from "./deployment-series.js";
import { makeMetrics, type Metrics } from "./metrics.js";

export interface PrometheusOptions {
  /**
   * The registry to register the metrics in.
   * @defaultValue a new registry
   */
  readonly registry?: Registry;
  /**
   * The outcomes that are counted, as in LiteLLM's `success_callback` and `failure_callback`. Cooldowns, limits, cache
   * and calls in flight are always counted.
   * @defaultValue both
   */
  readonly on?: readonly ("success" | "failure")[];
  /**
   * Decides whether a cooldown is over at the time of a scrape. Pass the clock of the router if it is not the default.
   * @defaultValue the system clock
   */
  readonly clock?: Pick<Clock, "now">;
}

const ownOptions = shape<PrometheusOptions>({
  registry: part<Registry>({ what: "a registry", example: "new Registry()", methods: ["registerMetric", "metrics"] }),
  on: list(choice(["success", "failure"])),
  clock: part<Clock>({ what: "a clock", example: "systemClock", methods: ["now"] }),
});

/** A callback that collects metrics. */
export interface PrometheusCallback extends Callback {
  readonly registry: Registry;
  /** The metrics in the Prometheus text format, with the content type to serve them with. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * The label for all model names that are not in the configuration. Otherwise, callers could create any number of
 * series.
 */
const unknown = "unknown";

const outcomes: Readonly<Record<"success" | "failure", readonly RouterEventType[]>> = {
  success: ["request_succeeded"],
  failure: ["request_failed"],
};
const always: readonly RouterEventType[] = [
  "attempt_started",
  "attempt_succeeded",
  "attempt_failed",
  "attempt_aborted",
  "deployment_cooldown",
  "deployment_recovered",
  "limit_reached",
  "limit_waited",
  "fallback",
  "cache_hit",
  "cache_miss",
  "shared_state_lost",
  "shared_state_restored",
  "strategy_failed",
  "session_routed",
  "retry_refused",
  "callback_failed",
  "configuration_changed",
];

/** Updates the metrics from events. */
class EventCounter {
  readonly #metrics: Metrics;
  readonly #successes: boolean;
  readonly #failures: boolean;
  readonly #deployments = new Map<string, DeploymentSeries>();
  /** Groups that are known to exist, since one of their deployments was called. */
  readonly #groups = new Set<string>();

  constructor(metrics: Metrics, on: readonly ("success" | "failure")[]) {
    this.#metrics = metrics;
    this.#successes = on.includes("success");
    this.#failures = on.includes("failure");
  }

  take(event: RouterEvent): void {
    switch (event.type) {
      case "attempt_started":
        this.#seriesOf(event.deployment).inFlight.value += 1;
        break;
      case "attempt_succeeded":
        this.#attemptSucceeded(event);
        break;
      case "attempt_failed":
        this.#attemptFailed(event);
        break;
      case "attempt_aborted": {
        const series = this.#seriesOf(event.deployment);
        series.inFlight.value -= 1;
        series.aborted.value += 1;
        if (this.#failures) series.used(event.usage, event.costUsd);
        break;
      }
      case "request_succeeded":
        this.#requestSucceeded(event);
        break;
      case "request_failed":
        this.#requestFailed(event);
        break;
      case "fallback":
        this.#fallback(event);
        break;
      default:
        this.#onRareEvent(event);
    }
  }

  #onRareEvent(event: RouterEvent): void {
    const metrics = this.#metrics;
    switch (event.type) {
      case "deployment_cooldown": {
        const { labels, state } = this.#seriesOf(event.deployment);
        state.cooldownUntil = event.until;
        state.failing = false;
        const status = event.reason === "shared" ? none : String(errorKinds[event.reason].status);
        metrics.cooledDown.of({ ...labels, exception_status: status, reason: event.reason }).value += 1;
        break;
      }
      case "deployment_recovered":
        this.#seriesOf(event.deployment).state.cooldownUntil = 0;
        break;
      case "limit_reached":
        metrics.limits.of({ ...this.#seriesOf(event.deployment).labels, limit: event.limit }).value += 1;
        break;
      case "limit_waited": {
        const labels = { requested_model: event.group, admitted: String(event.admitted) };
        metrics.limitWaits.of(labels).value += 1;
        metrics.limitWaitSeconds.of(labels).value += event.waitedMs / 1_000;
        break;
      }
      case "cache_hit":
        metrics.cacheHits.of({ model: event.group }).value += 1;
        break;
      case "cache_miss":
        metrics.cacheMisses.of({ model: event.group }).value += 1;
        break;
      case "shared_state_lost":
      case "shared_state_restored":
        metrics.sharedState.of({ state: event.state }).value = event.type === "shared_state_restored" ? 1 : 0;
        break;
      case "strategy_failed":
        metrics.strategyFailures.of({ strategy: event.strategy }).value += 1;
        break;
      case "session_routed":
        this.#sessionRouted(event);
        break;
      case "retry_refused":
        metrics.retriesRefused.of({ requested_model: event.group }).value += 1;
        break;
      case "callback_failed":
        metrics.callbackFailures.of({ callback_name: event.callback }).value += 1;
        break;
      case "configuration_changed":
        for (const id of event.removed) this.#forget(id);
        break;
      default:
    }
  }

  #sessionRouted(event: EventOf<"session_routed">): void {
    const { group, key, reason = none, wantedTokens, cachedTokens = 0, savedUsd = 0 } = event;
    const metrics = this.#metrics;
    const model = { requested_model: group };
    metrics.sessionRequests.of({ ...model, key, choice: event.choice, reason }).value += 1;
    metrics.wantedTokens.of(model).value += wantedTokens;
    metrics.obtainedTokens.of(model).value += cachedTokens;
    metrics.savedUsd.of(model).value += savedUsd;
  }

  #seriesOf(deployment: Deployment): DeploymentSeries {
    let series = this.#deployments.get(deployment.id);
    if (series === undefined) {
      series = new DeploymentSeries(this.#metrics, deployment);
      this.#deployments.set(deployment.id, series);
      this.#groups.add(deployment.group);
    }
    return series;
  }

  /** Removes all series of a deployment that is no longer configured. A deployment with a changed key has a new id. */
  #forget(id: string): void {
    this.#deployments.delete(id);
    for (const family of Object.values(this.#metrics)) family.drop("model_id", id);
  }

  #attemptSucceeded(event: EventOf<"attempt_succeeded">): void {
    const series = this.#seriesOf(event.deployment);
    series.inFlight.value -= 1;
    if (!this.#successes) return;
    series.calls.value += 1;
    series.successes.value += 1;
    series.state.failing = false;
    const { durationMs, firstTokenMs, usage } = event;
    series.apiLatency.observe(durationMs / 1000);
    if (firstTokenMs !== undefined) series.firstToken(firstTokenMs / 1000);
    const out = usage?.completion_tokens ?? 0;
    if (out > 0) series.perToken(durationMs / 1000 / out);
    series.remaining(event.remainingRequests, event.remainingTokens);
    series.used(usage, event.costUsd);
  }

  #attemptFailed(event: EventOf<"attempt_failed">): void {
    const series = this.#seriesOf(event.deployment);
    series.inFlight.value -= 1;
    if (!this.#failures) return;
    series.calls.value += 1;
    series.failures(event.error).value += 1;
    series.state.failing = true;
    series.used(event.usage, event.costUsd);
  }

  #requestSucceeded({ trail, durationMs, operation }: EventOf<"request_succeeded">): void {
    const requested = this.#requested(trail, false);
    const { deploymentId, usage, cache } = trail;
    if (cache === "hit" && usage !== undefined)
      this.#metrics.cachedTokens.of({ model: requested }).value += usage.total_tokens;
    const series = deploymentId === undefined ? undefined : this.#deployments.get(deploymentId);
    if (series === undefined) {
      // The answer was cached by another process, and this one has not called the deployment yet.
      this.#metrics.requests.of({
        requested_model: requested,
        operation,
        status_code: "200",
        model_id: none,
      }).value += 1;
      return;
    }
    series.served(requested, operation).value += 1;
    series.latency.observe(durationMs / 1000);
    if (cache === "hit" || cache === "shared") return;
    series.overhead.observe(Math.max(0, durationMs - attemptsMs(trail)) / 1000);
  }

  #requestFailed({ error, trail, operation }: EventOf<"request_failed">): void {
    const requested = this.#requested(trail, error.kind === "no_deployment_available");
    const status = String(error.status);
    const id = trail.deploymentId ?? none;
    this.#metrics.requests.of({ requested_model: requested, operation, status_code: status, model_id: id }).value += 1;
    this.#metrics.failed.of({
      requested_model: requested,
      operation,
      exception_status: status,
      exception_class: exceptionClass(error),
      model_id: id,
    }).value += 1;
  }

  #fallback({ fromGroup, toGroup, error, succeeded }: EventOf<"fallback">): void {
    if (succeeded ? !this.#successes : !this.#failures) return;
    (succeeded ? this.#metrics.goodFallbacks : this.#metrics.badFallbacks).of({
      requested_model: fromGroup,
      fallback_model: toGroup,
      exception_status: String(error.status),
      exception_class: exceptionClass(error),
    }).value += 1;
  }

  /** The model group that was requested. It is known to exist once it was called or had a cached answer. */
  #requested(trail: Trail, exists: boolean): string {
    const first = trail.attempts[0];
    if (first !== undefined) return first.group;
    const known = exists || trail.cache === "hit" || trail.cache === "shared" || this.#groups.has(trail.modelGroup);
    return known ? trail.modelGroup : unknown;
  }
}

/** Milliseconds that the attempts of a request took. */
function attemptsMs(trail: Trail): number {
  let ms = 0;
  for (const attempt of trail.attempts) ms += attempt.durationMs;
  return ms;
}

/** Resolves in the next turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Creates a callback that collects metrics under LiteLLM's names, with fixed sets of labels.
 * @throws `invalid_option`
 */
export function prometheusCallback(options: PrometheusOptions = {}): PrometheusCallback {
  checkOptions(options, ownOptions, "prometheus");
  const { registry = new Registry(), on = ["success", "failure"], clock = systemClock } = options;
  const counter = new EventCounter(
    makeMetrics(registry, () => clock.now()),
    on,
  );
  return {
    name: "prometheus",
    events: [...always, ...on.flatMap((outcome) => outcomes[outcome])],
    registry,
    on(event: RouterEvent) {
      counter.take(event);
    },
    async render() {
      const parts: string[] = [];
      for (const { name: metric } of registry.getMetricsAsArray()) {
        parts.push(await registry.getSingleMetricAsString(metric));
        // Formatting thousands of series takes long, so other calls get a turn after each metric.
        await nextTurn();
      }
      return { contentType: registry.contentType, body: `${parts.join("\n\n")}\n` };
    },
  };
}
