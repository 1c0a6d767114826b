import type { Deployment, OperationName, RouterError, Usage } from "@modelyard/core";
import type { Buckets, Cell, Labels } from "./families.js";
import type { callLabels, deploymentLabels, groupedLabels, Metrics, DeploymentState } from "./metrics.js";

/** LiteLLM's label value for "none". */
export const none = "None";

/** Origin and path of a URL. The user, password and query are omitted, since they may be secrets. */
function addressOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return none;
  const { origin, pathname } = new URL(baseUrl);
  return pathname === "/" ? origin : `${origin}${pathname}`;
}

/** The class of an error in LiteLLM's notation, for example `Openai.RateLimitError`. */
export function exceptionClass({ provider, name }: RouterError): string {
  return provider === undefined ? name : `${provider.charAt(0).toUpperCase()}${provider.slice(1)}.${name}`;
}

/** The series of one deployment, so that an event does not have to look them up. */
export class DeploymentSeries {
  readonly labels: Labels<(typeof deploymentLabels)[number]>;
  readonly calls: Cell;
  readonly successes: Cell;
  readonly aborted: Cell;
  readonly inFlight: Cell;
  readonly state: DeploymentState;
  readonly spend: Cell;
  readonly tokens: Cell;
  readonly inputTokens: Cell;
  readonly outputTokens: Cell;
  readonly latency: Buckets;
  readonly apiLatency: Buckets;
  readonly overhead: Buckets;
  readonly #metrics: Metrics;
  readonly #call: Labels<(typeof callLabels)[number]>;
  readonly #groupedLabels: Labels<(typeof groupedLabels)[number]>;
  /** By operation, then by the model group that was requested. */
  readonly #served = new Map<OperationName, Map<string, Cell>>();
  #firstToken: Buckets | undefined;
  #perToken: Buckets | undefined;
  #remainingRequests: Cell | undefined;
  #remainingTokens: Cell | undefined;

  constructor(metrics: Metrics, deployment: Deployment) {
    const { id, group, model, provider, connection, limits } = deployment;
    const labels = {
      litellm_model_name: model,
      model_id: id,
      api_base: addressOf(connection.baseUrl),
      api_provider: provider,
    };
    const call = { requested_model: group, model, model_id: id };
    this.#metrics = metrics;
    this.#call = call;
    this.labels = labels;
    this.#groupedLabels = { model_group: group, ...labels };
    const requested = { requested_model: group, ...labels };
    this.calls = metrics.calls.of(requested);
    this.successes = metrics.successes.of(requested);
    this.aborted = metrics.aborted.of(labels);
    this.inFlight = metrics.inFlight.of(labels);
    this.state = metrics.state.of(labels);
    this.spend = metrics.spend.of(call);
    this.tokens = metrics.tokens.of(call);
    this.inputTokens = metrics.inputTokens.of(call);
    this.outputTokens = metrics.outputTokens.of(call);
    this.latency = metrics.latency.of(call);
    this.apiLatency = metrics.apiLatency.of(call);
    this.overhead = metrics.overhead.of(this.#groupedLabels);
    if (limits.tpm !== undefined) metrics.tpmLimit.of(labels).value = limits.tpm;
    if (limits.rpm !== undefined) metrics.rpmLimit.of(labels).value = limits.rpm;
  }

  /** Counts the requests for the model group `requested` that this deployment answered. */
  served(requested: string, operation: OperationName): Cell {
    let cells = this.#served.get(operation);
    if (cells === undefined) {
      cells = new Map();
      this.#served.set(operation, cells);
    }
    let cell = cells.get(requested);
    if (cell === undefined) {
      cell = this.#metrics.requests.of({
        requested_model: requested,
        operation,
        status_code: "200",
        model_id: this.labels.model_id,
      });
      cells.set(requested, cell);
    }
    return cell;
  }

  failures(error: RouterError): Cell {
    return this.#metrics.failures.of({
      requested_model: this.#groupedLabels.model_group,
      ...this.labels,
      exception_status: String(error.status),
      exception_class: exceptionClass(error),
    });
  }

  /** Adds the usage of a call, whether it succeeded, failed or was aborted. */
  used(usage: Usage | undefined, costUsd: number | undefined): void {
    if (costUsd !== undefined) this.spend.value += costUsd;
    if (usage === undefined) return;
    this.tokens.value += usage.total_tokens;
    this.inputTokens.value += usage.prompt_tokens;
    this.outputTokens.value += usage.completion_tokens;
  }

  firstToken(seconds: number): void {
    this.#firstToken ??= this.#metrics.firstToken.of(this.#call);
    this.#firstToken.observe(seconds);
  }

  perToken(seconds: number): void {
    this.#perToken ??= this.#metrics.perToken.of(this.labels);
    this.#perToken.observe(seconds);
  }

  remaining(requests: number | undefined, tokens: number | undefined): void {
    if (requests !== undefined) {
      this.#remainingRequests ??= this.#metrics.remainingRequests.of(this.#groupedLabels);
      this.#remainingRequests.value = requests;
    }
    if (tokens !== undefined) {
      this.#remainingTokens ??= this.#metrics.remainingTokens.of(this.#groupedLabels);
      this.#remainingTokens.value = tokens;
    }
  }
}
