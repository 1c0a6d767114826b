import type { Candidate, Deployment, JsonObject, Provider } from "@modelyard/core";
import type { DropParams, FinishReasons } from "@modelyard/core/kit";
import type { AttemptTimeouts, DeploymentHealth, DeploymentLimits, TimeoutSource } from "@modelyard/policies";
import type { FieldPath } from "@modelyard/core/settings";

/** What a deployment needs in addition to its settings, compiled when the configuration is read. */
export interface RuntimeParts {
  readonly deployment: Deployment;
  readonly index: number;
  readonly provider: Provider;
  readonly health: DeploymentHealth;
  readonly limits: DeploymentLimits;
  readonly plain: AttemptTimeouts;
  readonly streamed: AttemptTimeouts;
  /** The settings that both come from, the narrowest first. */
  readonly timeoutSources: readonly (TimeoutSource | undefined)[];
  /** The router's and the deployment's default fields, if any. */
  readonly defaults: JsonObject | undefined;
  readonly dropped: readonly FieldPath[];
  /** Their paths, if any. */
  readonly omittedFields: readonly string[] | undefined;
  readonly dropParams: DropParams;
  /** Words of the deployment and its provider, if any. */
  readonly finishReasons: FinishReasons | undefined;
}

/** One deployment while the router runs: one object of one shape, read on every request. */
export class DeploymentRuntime implements Candidate {
  // What every call reads comes first (docs/internals.md, "A call reads few places in memory").
  deployment: Deployment;
  readonly health: DeploymentHealth;
  readonly limits: DeploymentLimits;
  inFlight = 0;
  provider: Provider;
  /** Average tokens of recent answers, as a whole number (docs/internals.md, "A call reads few places in memory"). */
  expectedOutput = 0;
  plain: AttemptTimeouts;
  streamed: AttemptTimeouts;
  defaults: JsonObject | undefined;
  dropped: readonly FieldPath[];
  omittedFields: readonly string[] | undefined;
  dropParams: DropParams;
  finishReasons: FinishReasons | undefined;
  /** Whether its vendor refused to continue an answer from its beginning, although the settings say it can. */
  refusesPrefix = false;
  readonly index: number;
  timeoutSources: readonly (TimeoutSource | undefined)[];
  /** What other processes admitted in this minute, as far as they reported it; for picks, not for limits. */
  requestsElsewhere = 0;
  tokensElsewhere = 0;
  /** End of the minute that both belong to. */
  elsewhereUntil = 0;

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

  /** Applies a new configuration. What was learned and counted is kept. */
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

  requestsUsed(now: number): number {
    return this.limits.requestsUsed(now) + (this.#hears(now) ? this.requestsElsewhere : 0);
  }

  tokensUsed(now: number): number {
    return this.limits.tokensUsed(now) + (this.#hears(now) ? this.tokensElsewhere : 0);
  }

  /** Whether `now` is in the minute that other processes reported. */
  #hears(now: number): boolean {
    return now < this.elsewhereUntil && now >= this.elsewhereUntil - 60_000;
  }
}
