import type { CallOptions, Filter, JsonObject, PickContext } from "@modelyard/core";
import { type ContinuationWay, type LimitName, type OperationRow, showInstant } from "@modelyard/core/kit";
import { kindOf } from "@modelyard/core/options";
import { concreteModel } from "../plan/wildcard.js";
import type { OwnFailures } from "../call/own-failures.js";
import type { Services } from "../call/services.js";
import type { Snapshot } from "../plan/snapshot.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { clientRefusal } from "../call/client-connection.js";
import { isApart } from "../call/call.js";
import type { Reason } from "../call/reason.js";
import type { StoredNames } from "../call/stored-names.js";
import type { RequestTrail } from "../call/request-trail.js";

/**
 * The facts about a request that decide which deployments may serve it. `Call` implements it; samples are built to
 * match.
 */
export interface Requirements {
  readonly snapshot: Pick<Snapshot, "config" | "facts">;
  readonly services: Pick<Services, "faults" | "filters" | "sharedState">;
  readonly options: Pick<CallOptions, "allowedRegions" | "clientAuth" | "mockResponse">;
  readonly request: JsonObject;
  readonly row: Pick<OperationRow, "apart" | "name" | "needs" | "path" | "stored">;
  readonly tags: readonly string[];
  /** The view of the call for filters. */
  readonly facts: PickContext;
  readonly now: number;
  readonly inputTokens: number;
  /** The parts of the model's name that the `*`s of the group's pattern matched. */
  readonly captures: readonly string[] | undefined;
  /** How a broken answer is to be continued, if one broke. */
  readonly continues: ContinuationWay | undefined;
  /** The deployments whose stream broke. */
  readonly broken: readonly DeploymentRuntime[];
  readonly ownFailures: OwnFailures | undefined;
  readonly stored?: StoredNames | undefined;
  readonly waitsForVendors?: boolean;
  /** Tokens to reserve with a deployment. */
  estimate(runtime: DeploymentRuntime): number;
}

function healthReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { health } = runtime;
  const status = health.status(call.now);
  if (status === "probing")
    return { kind: "health", text: "a probe is testing whether it has recovered", passesMs: 1_000 };
  if (status !== "cooling" && status !== "quarantined") return undefined;
  if (call.ownFailures?.startedCooldownOf(runtime) === true) return undefined;
  const limited = health.reason === "rate_limit";
  return {
    kind: limited ? "limit" : "health",
    text: `${status} until ${showInstant(health.until)} after ${String(health.reason)}`,
    passesMs: Math.max(0, health.until - call.now),
    isFixed: true,
  };
}

/** Remembers which requests contain images, because every deployment without vision checks that at every attempt. */
const knownNeeds = new WeakMap<JsonObject, { readonly path: string | undefined }>();

function needsVision({ request, row }: Requirements): string | undefined {
  let needed = knownNeeds.get(request);
  if (needed === undefined) {
    needed = { path: row.needs.vision(request) };
    knownNeeds.set(request, needed);
  }
  return needed.path;
}

function checkReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { deployment } = runtime;
  const { maxInputTokens, capabilities } = call.snapshot.facts.of(deployment, concreteModel(deployment, call.captures));
  if (maxInputTokens !== undefined && call.inputTokens > maxInputTokens) {
    const text = `about ${String(call.inputTokens)} tokens do not fit its window of ${String(maxInputTokens)}`;
    return { kind: "context", text, passesMs: undefined };
  }
  const { needs } = call.row;
  return (
    lacks("tools", capabilities.tools === false ? needs.tools(call.request) : undefined) ??
    lacks("vision", capabilities.vision === false ? needsVision(call) : undefined) ??
    lacks("JSON schemas", capabilities.jsonSchema === false ? needs.jsonSchema(call.request) : undefined)
  );
}

/** @param path - of what needs the capability. `undefined`: nothing does, or the model has it */
function lacks(capability: string, path: string | undefined): Reason | undefined {
  if (path === undefined) return undefined;
  const text = `its model does not support ${capability}, which ${path} needs`;
  return { kind: "capability", text, passesMs: undefined, path };
}

const storedElsewhere: Reason = {
  kind: "stored",
  text: "it does not hold what the request refers to",
  passesMs: undefined,
};

/** Why a deployment cannot serve this call at all, apart from its current health and limits. */
export function staticReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { allowedRegions, clientAuth } = call.options;
  const { region } = runtime.deployment;
  if (!runtime.serves(call.row.name) && call.options.mockResponse === undefined) {
    const text = `${runtime.deployment.provider} does not serve ${call.row.path}`;
    return { kind: "operation", text, passesMs: undefined };
  }
  if (call.stored?.excludes(runtime) === true) return storedElsewhere;
  if (allowedRegions !== undefined && (region === undefined || !allowedRegions.includes(region))) {
    return { kind: "region", text: `its region is ${region ?? "unknown"}`, passesMs: undefined };
  }
  const refusal = clientAuth === undefined ? undefined : clientRefusal(clientAuth, runtime.deployment);
  if (refusal !== undefined)
    return { kind: "client", text: `it does not accept the client's ${String(refusal.param)}`, passesMs: undefined };
  const broke = call.continues === undefined ? undefined : continuationReason(call, runtime, call.continues);
  if (broke !== undefined) return broke;
  const checked = call.snapshot.config.enablePreCallChecks ? checkReason(call, runtime) : undefined;
  if (checked !== undefined) return checked;
  for (const filter of call.services.filters) {
    const text = ask(filter, call, runtime);
    if (text !== undefined) return { kind: "filter", text: `${filter.name}: ${text}`, passesMs: undefined };
  }
  return undefined;
}

/** Why a deployment cannot continue a broken answer, or `undefined` if it can. */
function continuationReason(call: Requirements, runtime: DeploymentRuntime, way: ContinuationWay): Reason | undefined {
  const text = call.broken.includes(runtime)
    ? "its stream broke in the middle"
    : way === "prefix" && !continuesFromPrefix(call, runtime)
      ? "it cannot continue an answer from its beginning"
      : undefined;
  return text === undefined ? undefined : { kind: "capability", text, passesMs: undefined };
}

/** Whether a model can continue from the beginning of an answer, according to its settings or else its provider. */
function continuesFromPrefix(call: Requirements, { deployment, provider, refusesPrefix }: DeploymentRuntime): boolean {
  if (refusesPrefix) return false;
  const { capabilities, continuation, baseModel } = deployment;
  if (capabilities.prefix !== undefined) return capabilities.prefix;
  const known = provider.continuesFromPrefix ?? false;
  if (continuation !== undefined) return true;
  if (typeof known !== "function") return known;
  const model = concreteModel(deployment, call.captures);
  const { name } = call.row;
  const wire = provider.wireOf?.(name, { deployment, model, request: call.request as never });
  return known(baseModel ?? model, wire?.operation ?? name);
}

/** Asks a filter. If it throws or returns an invalid value, the deployment is rejected, to be on the safe side. */
function ask(filter: Filter, call: Requirements, runtime: DeploymentRuntime): string | undefined {
  const report = (problem: string, cause: unknown): void => {
    const message = `${problem}, so the deployment is rejected`;
    call.services.faults.report(filter, { filter: filter.name }, message, cause);
  };
  try {
    const text: unknown = filter.reject(runtime, call.facts);
    if (text === undefined || typeof text === "string") return text;
    // Filters in plain JavaScript may return these instead of `undefined`.
    if (text === null || text === false) return undefined;
    if (text instanceof Promise) text.catch(() => undefined);
    const answer = text instanceof Promise ? "a promise" : kindOf(text);
    report(
      `a filter returned ${answer} instead of a string or undefined`,
      new TypeError("reject() must return a string or undefined"),
    );
    return "it returned an invalid value";
  } catch (cause) {
    report("a filter threw", cause);
    return "it threw";
  }
}

/**
 * Why a deployment cannot serve a call at this moment: its health or its limits. A slow start only reduces its traffic.
 */
export function currentReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const health = healthReason(call, runtime);
  if (health !== undefined) return health;
  const { closed } = runtime.limits;
  if (closed !== undefined) return limitReason(runtime, closed, Number.POSITIVE_INFINITY);
  if (isApart(call)) return undefined;
  const full = call.waitsForVendors === true ? vendorReason(call, runtime) : undefined;
  if (full !== undefined || call.services.sharedState?.available === true) return full;
  const tokens = call.estimate(runtime);
  const limit = runtime.limits.refusal(call.now, tokens, runtime.inFlight);
  return limit === undefined ? undefined : limitReason(runtime, limit, runtime.limits.waitMs(call.now, tokens));
}

/** Why the vendor would refuse the call, as far as its headers say. `undefined`: it would not. */
function vendorReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const passesMs = vendorWaitMs(call, runtime);
  if (passesMs === 0) return undefined;
  return { kind: "limit", text: "its vendor's limit is used up", passesMs, isFixed: true };
}

/** Milliseconds until the vendor's own limits admit the call, as far as its headers say; 0: now. */
export function vendorWaitMs(call: Pick<Requirements, "estimate" | "now">, runtime: DeploymentRuntime): number {
  return runtime.mirror === undefined ? 0 : runtime.mirror.waitMs(call.now, call.estimate(runtime));
}

/** The reason that stands for an exhausted limit. */
export function limitReason(runtime: DeploymentRuntime, limit: LimitName, waitMs: number): Reason {
  if (runtime.limits.closed === limit) return { kind: "limit", text: `its ${limit} limit is 0`, passesMs: waitMs };
  if (limit !== "parallel")
    return { kind: "limit", text: `its ${limit} is used up`, passesMs: waitMs, isFixed: limit === "rpm" };
  const { maxParallelRequests } = runtime.deployment.limits;
  return {
    kind: "parallel",
    text: `its limit of ${String(maxParallelRequests)} parallel calls is reached`,
    passesMs: undefined,
  };
}

/** Records the deployments that tags exclude. */
export function rejectByTags(
  call: { readonly trail: RequestTrail },
  group: GroupRuntime,
  allowed: readonly DeploymentRuntime[],
): void {
  if (allowed === group.runtimes) return;
  for (const runtime of group.runtimes)
    if (!allowed.includes(runtime)) call.trail.reject(runtime.deployment, tagsReason.text);
}

export const tagsReason: Reason = { kind: "tags", text: "its tags do not match", passesMs: undefined };

/**
 * The deployments that the call's tags allow: those with one of its tags (or all of them), or else those tagged
 * `default`. A call without tags gets the `default` deployments, or all of them if there are none.
 */
export function allowedByTags(call: Requirements, group: GroupRuntime): readonly DeploymentRuntime[] {
  const { config } = call.snapshot;
  if (!config.enableTagFiltering) return group.runtimes;
  const ordinary = group.runtimes.filter((runtime) => runtime.deployment.tags.includes("default"));
  if (call.tags.length === 0) return ordinary.length > 0 ? ordinary : group.runtimes;
  const any = config.tagFilteringMatchAny;
  const matching = group.runtimes.filter(({ deployment }) =>
    any
      ? call.tags.some((tag) => deployment.tags.includes(tag))
      : call.tags.every((tag) => deployment.tags.includes(tag)),
  );
  return matching.length > 0 ? matching : ordinary;
}

/** For every deployment of a group, the reason why it cannot serve this call now, or `undefined` if it can. */
export function reasonsOf(call: Requirements, group: GroupRuntime): readonly (Reason | undefined)[] {
  const allowed = new Set(allowedByTags(call, group));
  return group.runtimes.map((runtime) =>
    allowed.has(runtime) ? (staticReason(call, runtime) ?? currentReason(call, runtime)) : tagsReason,
  );
}
