import type { Limits, Prices } from "@modelyard/core";
import { type Capabilities, didYouMean } from "@modelyard/core/kit";
import { type ExplainedSetting, explainedSettings } from "@modelyard/core/settings";
import { type AttemptTimeouts, fallbackName, fallbacksFor } from "@modelyard/policies";
import {
  concreteModel,
  type DeploymentRuntime,
  type ExplainedSession,
  type ExplainedWire,
  type ExplainSample,
  explainWires,
  sampleRejections,
  sampleSession,
  type Services,
  type Snapshot,
  tierOf,
} from "@modelyard/engine";
import { healthNames } from "./state-view.js";

/** One deployment that would serve a name. */
export interface ExplainedDeployment {
  readonly id: string;
  /** Its position in `modelList`. */
  readonly position: number;
  readonly provider: string;
  /** The model that is sent to the vendor. */
  readonly model: string;
  readonly order: number | undefined;
  readonly weight: number | undefined;
  readonly limits: Limits;
  readonly plainTimeouts: AttemptTimeouts;
  readonly streamTimeouts: AttemptTimeouts;
  /** Retries after a failure of this deployment, or `undefined` if its group decides. */
  readonly numRetries: number | undefined;
  /** How long a cooldown lasts. Milliseconds. */
  readonly cooldownMs: number;
  readonly tags: readonly string[];
  readonly region: string | undefined;
  /** The longest prompt, in tokens, or `undefined` if it is unknown. */
  readonly maxInputTokens: number | undefined;
  readonly capabilities: Capabilities;
  readonly prices: Prices;
  /** The effective value of every setting that a deployment may have. */
  readonly settings: readonly ExplainedSetting[];
  /** For calls of each API that the provider decides about: which of the vendor's APIs serves them, and why. */
  readonly wires: Readonly<Record<string, ExplainedWire>>;
  /** Its current health. */
  readonly health: string;
  /** Why it would not serve a call now, or `undefined` if it would. */
  readonly rejection: string | undefined;
}

/** What would serve a model name, in which order, and with which settings. */
export interface Explanation {
  readonly name: string;
  readonly found: boolean;
  /** Suggests similar names if nothing was found, otherwise empty. */
  readonly hint: string;
  readonly group: string | undefined;
  readonly strategy: string | undefined;
  /** Retries within the group, unless the retry policy says otherwise. */
  readonly retries: number;
  /** Retries by error class. */
  readonly retryPolicy: unknown;
  /** How many groups may be tried after the first one. */
  readonly maxFallbacks: number;
  /** The limit for calls to deployments in total, or `undefined` if there is none. */
  readonly maxAttempts: number | undefined;
  /** The time limit for the whole call, in milliseconds, or `undefined` if there is none. */
  readonly deadlineMs: number | undefined;
  /** Failures per minute that are allowed before a cooldown, or `undefined` if the failure rate decides. */
  readonly allowedFails: number | undefined;
  readonly disableCooldowns: boolean;
  /** How long answers are cached, in milliseconds, or `undefined` if they are not. */
  readonly cacheTtlMs: number | undefined;
  /** The effective value of every setting of the router and the group, except for those in other fields. */
  readonly settings: readonly ExplainedSetting[];
  /** How the session of the sample call would be routed. `undefined`: it has none, or `affinity` is off. */
  readonly session: ExplainedSession | undefined;
  /** Deployments with a lower order come first. Within one order, the strategy picks. */
  readonly deployments: readonly ExplainedDeployment[];
  /** The groups that follow a failure of the first one, by kind of failure. */
  readonly fallbacks: {
    readonly general: readonly string[];
    readonly contextWindow: readonly string[];
    readonly contentPolicy: readonly string[];
  };
}

/** Explains what a configuration means for a model name, without calling a vendor. */
export function explain(snapshot: Snapshot, services: Services, name: string, sample: ExplainSample = {}): Explanation {
  const now = services.clock.now();
  const { config } = snapshot;
  const resolved = snapshot.names.resolve(name);
  const group = resolved?.group;
  const next = (kind: "internal_server" | "context_window_exceeded" | "content_policy_violation"): readonly string[] =>
    group === undefined
      ? []
      : fallbacksFor(snapshot.fallbacks, [name, group.name], kind)
          .entries.map(fallbackName)
          .filter((entry) => snapshot.names.resolve(entry) !== undefined);
  const factsOf = ({ deployment }: DeploymentRuntime) => {
    const { maxInputTokens, capabilities, prices } = snapshot.facts.of(
      deployment,
      concreteModel(deployment, resolved?.captures),
    );
    return { maxInputTokens, capabilities, prices };
  };
  const written = { group: group?.options, router: snapshot.written };
  const rejected = resolved === undefined ? [] : sampleRejections(snapshot, services, resolved, sample);
  const deployments = (group?.runtimes ?? []).map((runtime, index): ExplainedDeployment => ({
    id: runtime.deployment.id,
    position: snapshot.runtimes.indexOf(runtime),
    provider: runtime.deployment.provider,
    model: concreteModel(runtime.deployment, resolved?.captures),
    order: runtime.deployment.order,
    weight: runtime.deployment.weight,
    limits: runtime.deployment.limits,
    plainTimeouts: runtime.plain,
    streamTimeouts: runtime.streamed,
    numRetries: runtime.deployment.numRetries,
    cooldownMs: runtime.health.cooldownMs,
    tags: runtime.deployment.tags,
    region: runtime.deployment.region,
    ...factsOf(runtime),
    settings: explainedSettings({
      ...written,
      deployment: snapshot.written.modelList[snapshot.runtimes.indexOf(runtime)],
    }),
    wires: explainWires(runtime, concreteModel(runtime.deployment, resolved?.captures), sample.request ?? {}),
    health: healthNames[runtime.health.status(now)],
    rejection: rejected[index],
  }));
  return {
    name,
    found: group !== undefined,
    hint: group === undefined ? didYouMean(name, snapshot.names.names()).trim() : "",
    group: group?.name,
    strategy: group?.strategy.name,
    retries: group?.options.numRetries ?? config.numRetries,
    retryPolicy: group?.retryPolicy,
    maxFallbacks: config.maxFallbacks,
    maxAttempts: config.maxAttempts,
    deadlineMs: config.deadlineMs,
    allowedFails: config.allowedFails,
    disableCooldowns: config.disableCooldowns,
    cacheTtlMs: services.responseCache !== undefined && config.cacheResponses ? config.cache.ttlMs : undefined,
    settings: explainedSettings(written),
    session: resolved && sampleSession(snapshot, services, resolved, { ...sample, rejections: rejected }),
    deployments: group === undefined ? [] : deployments.toSorted((left, right) => rank(left.order) - rank(right.order)),
    fallbacks: {
      general: next("internal_server"),
      contextWindow: next("context_window_exceeded"),
      contentPolicy: next("content_policy_violation"),
    },
  };
}

function rank(order: number | undefined): number {
  return tierOf({ order });
}
