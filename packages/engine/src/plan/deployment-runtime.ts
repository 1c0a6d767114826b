import type { Candidate, Deployment, JsonObject, OperationName, Provider } from "@modelyard/core";
import type { DropParams, FinishReasons } from "@modelyard/core/kit";
import type {
  AttemptTimeouts,
  DeploymentHealth,
  DeploymentLimits,
  LimitMirror,
  TimeoutSource,
} from "@modelyard/policies";
import type { FieldPath } from "@modelyard/core/settings";

/** The parts of a running deployment that are compiled from the configuration. */
export interface RuntimeParts {
  readonly deployment: Deployment;
  readonly index: number;
  readonly provider: Provider;
  readonly health: DeploymentHealth;
  readonly limits: DeploymentLimits;
  readonly plain: AttemptTimeouts;
  readonly streamed: AttemptTimeouts;
  /** The options that `plain` and `streamed` were computed from, most specific first. */
  readonly timeoutSources: readonly (TimeoutSource | undefined)[];
  /** The default fields of the router and the deployment, if there are any. */
  readonly defaults: JsonObject | undefined;
  readonly dropped: readonly FieldPath[];
  /** The paths of the dropped fields, if there are any. */
  readonly omittedFields: readonly string[] | undefined;
  readonly dropParams: DropParams;
  /** Finish reasons that the deployment or its provider defines, if there are any. */
  readonly finishReasons: FinishReasons | undefined;
}

/** Waits until a deployment has room. */
export interface RoomListener {
  freed(): void;
}

/** The running state of one deployment. All instances have the same shape, because every request reads them. */
export class DeploymentRuntime implements Candidate {
  // The fields that every call reads come first (docs/internals.md, "A call reads few places in memory").
  deployment: Deployment;
  readonly health: DeploymentHealth;
  readonly limits: DeploymentLimits;
  inFlight = 0;
  provider: Provider;
  /** Moving average of answers' tokens, as a whole number (docs/internals.md, "A call reads few places in memory"). */
  expectedOutput = 0;
  plain: AttemptTimeouts;
  streamed: AttemptTimeouts;
  defaults: JsonObject | undefined;
  dropped: readonly FieldPath[];
  omittedFields: readonly string[] | undefined;
  dropParams: DropParams;
  finishReasons: FinishReasons | undefined;
  /** Whether its vendor refused to continue an answer from its beginning, contrary to the settings. */
  refusesPrefix = false;
  readonly index: number;
  timeoutSources: readonly (TimeoutSource | undefined)[];
  /** The requests that other processes reported for the current minute. They affect picks, but not limits. */
  requestsElsewhere = 0;
  tokensElsewhere = 0;
  /** The end of the minute that these two numbers are for. */
  elsewhereUntil = 0;
  /** What is left of the vendor's own limits. `undefined`: it never said. */
  mirror: LimitMirror | undefined = undefined;
  /** Who waits until it has room. `undefined` while nobody does. */
  awaitedBy: Set<RoomListener> | undefined = undefined;

  constructor(parts: RuntimeParts) {
    this.deployment = parts.deployment;
    this.index = parts.index;
    this.provider = parts.provider;
    this.health = parts.health;
    this.limits = parts.limits;
    this.plain = parts.plain;
    this.streamed = parts.streamed;
    this.timeoutSources = parts.timeoutSources;
    this.defaults = parts.defaults;
    this.dropped = parts.dropped;
    this.omittedFields = parts.omittedFields;
    this.dropParams = parts.dropParams;
    this.finishReasons = parts.finishReasons;
  }

  /** Applies a new configuration. Health, limits and counters are kept. */
  configure(parts: RuntimeParts): void {
    this.deployment = parts.deployment;
    this.provider = parts.provider;
    this.plain = parts.plain;
    this.streamed = parts.streamed;
    this.timeoutSources = parts.timeoutSources;
    this.defaults = parts.defaults;
    this.dropped = parts.dropped;
    this.omittedFields = parts.omittedFields;
    this.dropParams = parts.dropParams;
    this.finishReasons = parts.finishReasons;
    this.refusesPrefix = false;
  }

  /** Notifies a listener whenever a call gives back what it reserved. */
  listen(listener: RoomListener): void {
    (this.awaitedBy ??= new Set()).add(listener);
  }

  unlisten(listener: RoomListener): void {
    this.awaitedBy?.delete(listener);
    if (this.awaitedBy?.size === 0) this.awaitedBy = undefined;
  }

  /** A call has given back what it reserved. */
  freed(): void {
    if (this.awaitedBy !== undefined) for (const listener of this.awaitedBy) listener.freed();
  }

  /** Whether its provider serves an operation. Simulated answers exist for all of them. */
  serves(operation: OperationName): boolean {
    return this.deployment.mockResponse !== undefined || this.provider.operations.includes(operation);
  }

  requestsUsed(now: number): number {
    return this.limits.requestsUsed(now) + (this.#isCurrent(now) ? this.requestsElsewhere : 0);
  }

  tokensUsed(now: number): number {
    return this.limits.tokensUsed(now) + (this.#isCurrent(now) ? this.tokensElsewhere : 0);
  }

  /** Whether `now` is in the minute that other processes reported. */
  #isCurrent(now: number): boolean {
    return now < this.elsewhereUntil && now >= this.elsewhereUntil - 60_000;
  }
}
