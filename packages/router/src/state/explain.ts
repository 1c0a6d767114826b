import { didYouMean, type Limits } from "@modelyard/core";
import { type AttemptTimeouts, fallbackName, fallbacksFor } from "@modelyard/policies";
import { concreteModel } from "../compile/wildcard.js";
import type { Snapshot } from "../compile/snapshot.js";
import { tierOf } from "./group-runtime.js";

/** One deployment that would serve a name. */
export interface ExplainedDeployment {
  readonly id: string;
  /** Its place in `modelList`. */
  readonly position: number;
  readonly provider: string;
  /** What goes upstream. */
  readonly model: string;
  readonly order: number | undefined;
  readonly weight: number | undefined;
  readonly limits: Limits;
  readonly plainTimeouts: AttemptTimeouts;
  readonly streamTimeouts: AttemptTimeouts;
  /** What is known of its health now. */
  readonly health: string;
}

/** What would serve a name, in which order, and under which rules. */
export interface Explanation {
  readonly name: string;
  readonly found: boolean;
  /** Near names, when nothing was found. */
  readonly hint: string;
  readonly group: string | undefined;
  readonly strategy: string | undefined;
  /** Retries within the group where no policy says otherwise. */
  readonly retries: number;
  /** Retries by class of failure. */
  readonly retryPolicy: unknown;
  /** Lower orders first; within one order the strategy picks. */
  readonly deployments: readonly ExplainedDeployment[];
  /** Groups that follow, by why the first one failed. */
  readonly fallbacks: {
    readonly general: readonly string[];
    readonly contextWindow: readonly string[];
    readonly contentPolicy: readonly string[];
  };
}

/** Says what a configuration means for a name, without calling anybody. */
export function explain(snapshot: Snapshot, name: string, now: number): Explanation {
  const resolved = snapshot.names.resolve(name);
  const group = resolved?.group;
  const next = (kind: "internal_server" | "context_window_exceeded" | "content_policy_violation"): readonly string[] =>
    group === undefined
      ? []
      : fallbacksFor(snapshot.fallbacks, [name, group.name], kind)
          .map(fallbackName)
          .filter((entry) => snapshot.names.resolve(entry) !== undefined);
  const deployments = (group?.members ?? []).map((member): ExplainedDeployment => ({
    id: member.deployment.id,
    position: snapshot.members.indexOf(member),
    provider: member.deployment.provider,
    model: concreteModel(member.deployment, resolved?.captures),
    order: member.deployment.order,
    weight: member.deployment.weight,
    limits: member.deployment.limits,
    plainTimeouts: member.plain,
    streamTimeouts: member.streamed,
    health: member.health.status(now),
  }));
  return {
    name,
    found: group !== undefined,
    hint: group === undefined ? didYouMean(name, snapshot.names.names()).trim() : "",
    group: group?.name,
    strategy: group?.strategy.name,
    retries: group?.options.numRetries ?? snapshot.config.numRetries ?? 2,
    retryPolicy: group?.retryPolicy,
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
