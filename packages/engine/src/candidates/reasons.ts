import type { CallOptions, Filter, JsonObject, PickContext } from "@modelyard/core";
import { type ContinuationWay, isJsonObject, type LimitName, showInstant } from "@modelyard/core/kit";
import { kindOf } from "@modelyard/core/options";
import { concreteModel } from "../plan/wildcard.js";
import type { OwnFailures } from "../call/own-failures.js";
import type { Services } from "../call/services.js";
import type { Snapshot } from "../plan/snapshot.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { clientRefusal } from "../call/client-connection.js";
import type { Reason } from "../call/reason.js";
import type { RequestTrail } from "../call/request-trail.js";

/**
 * The facts of a request that decide which deployments may serve it. A call has them all; for a sample, they are filled
 * in.
 */
export interface Requirements {
  readonly snapshot: Pick<Snapshot, "config" | "facts">;
  readonly services: Pick<Services, "faults" | "filters" | "sharedState">;
  readonly options: Pick<CallOptions, "allowedRegions" | "clientAuth">;
  readonly request: JsonObject;
  readonly tags: readonly string[];
  /** What filters may see. */
  readonly facts: PickContext;
  readonly now: number;
  readonly inputTokens: number;
  /** What the `*`s of the current pattern stand for. */
  readonly captures: readonly string[] | undefined;
  /** How an answer that broke is to be continued, and whose stream broke; not set if none did. */
  readonly continues: ContinuationWay | undefined;
  readonly broken: readonly DeploymentRuntime[];
  readonly ownFailures: OwnFailures | undefined;
  /** Tokens to reserve with a deployment. */
  estimate(runtime: DeploymentRuntime): number;
}

function healthReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { health } = runtime;
  const status = health.status(call.now);
  if (status === "probing")
    return { kind: "health", text: "one call is out to see whether it recovered", passesMs: 1_000 };
  if (status !== "cooling" && status !== "quarantined") return undefined;
  if (call.ownFailures?.startedCooldownOf(runtime) === true) return undefined;
  const limited = health.reason === "rate_limit";
  return {
    kind: limited ? "limit" : "health",
    text: `${status} until ${showInstant(health.until)} after ${String(health.reason)}`,
    passesMs: Math.max(0, health.until - call.now),
  };
}

function hasImages(message: unknown): boolean {
  const content = isJsonObject(message) ? message["content"] : undefined;
  return (
    Array.isArray(content) &&
    content.some((part) => isJsonObject(part) && (part["type"] === "image_url" || part["type"] === "input_image"))
  );
}

/** Requests that were searched for images, since every deployment without vision asks at every attempt. */
const seen = new WeakMap<JsonObject, boolean>();

function needsVision(request: JsonObject): boolean {
  let needed = seen.get(request);
  if (needed === undefined) {
    const { messages } = request;
    needed = Array.isArray(messages) && messages.some(hasImages);
    seen.set(request, needed);
  }
  return needed;
}

function needsJsonSchema(request: JsonObject): boolean {
  const format = request["response_format"];
  return isJsonObject(format) && format["type"] === "json_schema";
}

function hasTools(request: JsonObject): boolean {
  const listed = request["tools"] ?? request["functions"];
  return Array.isArray(listed) && listed.length > 0;
}

function checkReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { deployment } = runtime;
  const { maxInputTokens, capabilities } = call.snapshot.facts.of(deployment, concreteModel(deployment, call.captures));
  if (maxInputTokens !== undefined && call.inputTokens > maxInputTokens) {
    const text = `about ${String(call.inputTokens)} tokens do not fit its window of ${String(maxInputTokens)}`;
    return { kind: "context", text, passesMs: undefined };
  }
  const lacking =
    capabilities.tools === false && hasTools(call.request)
      ? "tools"
      : capabilities.vision === false && needsVision(call.request)
        ? "vision"
        : capabilities.jsonSchema === false && needsJsonSchema(call.request)
          ? "JSON schemas"
          : undefined;
  return lacking === undefined
    ? undefined
    : { kind: "capability", text: `its model has no ${lacking}`, passesMs: undefined };
}

/** Why a deployment does not fit this call, regardless of its limits. */
export function staticReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const { allowedRegions, clientAuth } = call.options;
  const { region } = runtime.deployment;
  if (allowedRegions !== undefined && (region === undefined || !allowedRegions.includes(region))) {
    return { kind: "region", text: `its region is ${region ?? "unknown"}`, passesMs: undefined };
  }
  const refusal = clientAuth === undefined ? undefined : clientRefusal(clientAuth, runtime.deployment);
  if (refusal !== undefined)
    return { kind: "client", text: `it takes no such ${String(refusal.param)} of a client`, passesMs: undefined };
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
    : way === "prefix" && !continuesFromPrefix(runtime, concreteModel(runtime.deployment, call.captures))
      ? "it cannot continue an answer from its beginning"
      : undefined;
  return text === undefined ? undefined : { kind: "capability", text, passesMs: undefined };
}

/** Whether a model can continue from the beginning of an answer: as configured, or else as its provider says. */
function continuesFromPrefix({ deployment, provider, refusesPrefix }: DeploymentRuntime, model: string): boolean {
  if (refusesPrefix) return false;
  const { capabilities, continuation, baseModel } = deployment;
  const known = provider.continuesFromPrefix ?? false;
  return (
    capabilities.prefix ??
    (continuation !== undefined || (typeof known === "function" ? known(baseModel ?? model) : known))
  );
}

/** A filter that throws, or returns something other than a string or `undefined`, excludes the deployment. */
function ask(filter: Filter, call: Requirements, runtime: DeploymentRuntime): string | undefined {
  const left = "and leaves out whom it was asked about";
  const tell = (deed: string, cause: unknown): void => {
    call.services.faults.tell(filter, { filter: filter.name }, deed, cause);
  };
  try {
    const text: unknown = filter.reject(runtime, call.facts);
    if (text === undefined || typeof text === "string") return text;
    // Filters written without types return these values for "no objection".
    if (text === null || text === false) return undefined;
    if (text instanceof Promise) text.catch(() => undefined);
    const answer = text instanceof Promise ? "a promise" : kindOf(text);
    tell(
      `a filter answered with ${answer} in the place of words, ${left}`,
      new TypeError("reject() gives a text or undefined"),
    );
    return "it gave no words";
  } catch (cause) {
    tell(`a filter threw, ${left}`, cause);
    return "it failed";
  }
}

/** What prevents a call right now: health and limits. Slow starts do not; they only reduce the traffic. */
export function currentReason(call: Requirements, runtime: DeploymentRuntime): Reason | undefined {
  const health = healthReason(call, runtime);
  if (health !== undefined) return health;
  const { closed } = runtime.limits;
  if (closed !== undefined) return limitReason(runtime, closed, Number.POSITIVE_INFINITY);
  if (call.options.clientAuth !== undefined || call.services.sharedState?.available === true) return undefined;
  const tokens = call.estimate(runtime);
  const limit = runtime.limits.refusal(call.now, tokens, runtime.inFlight);
  return limit === undefined ? undefined : limitReason(runtime, limit, runtime.limits.waitMs(call.now, tokens));
}

/** A limit that prevents a call, as text. */
export function limitReason(runtime: DeploymentRuntime, limit: LimitName, waitMs: number): Reason {
  if (runtime.limits.closed === limit) return { kind: "limit", text: `its ${limit} limit is 0`, passesMs: waitMs };
  if (limit !== "parallel") return { kind: "limit", text: `its ${limit} is used up`, passesMs: waitMs };
  const { maxParallelRequests } = runtime.deployment.limits;
  return { kind: "parallel", text: `its ${String(maxParallelRequests)} parallel calls are taken`, passesMs: undefined };
}

/** Records the deployments that tags exclude. */
export function rejectByTags(
  call: { readonly trail: RequestTrail },
  group: GroupRuntime,
  allowed: readonly DeploymentRuntime[],
): void {
  if (allowed === group.runtimes) return;
  for (const runtime of group.runtimes)
    if (!allowed.includes(runtime)) call.trail.reject(runtime.deployment.id, tagsReason.text);
}

export const tagsReason: Reason = { kind: "tags", text: "its tags do not fit", passesMs: undefined };

/**
 * The deployments that tags allow: those that share a tag with the call (or have all of its tags), or else those tagged
 * `default`. For calls without tags, those tagged `default` if there are any, or else all.
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

/** For every deployment of a group, why it cannot serve this call now; `undefined` if it can. */
export function reasonsOf(call: Requirements, group: GroupRuntime): readonly (Reason | undefined)[] {
  const allowed = new Set(allowedByTags(call, group));
  return group.runtimes.map((runtime) =>
    allowed.has(runtime) ? (staticReason(call, runtime) ?? currentReason(call, runtime)) : tagsReason,
  );
}
