import { type ErrorKind, errorKinds, type RouterError } from "@modelyard/core";
import { createError, didYouMean } from "@modelyard/core/kit";
import { fallbacksFor, type NextFallbacks, requestFallbacks, requestFallbackLists } from "@modelyard/policies";
import type { Call } from "../call/call.js";
import { clientRefusal } from "../call/client-connection.js";
import type { ResolvedName } from "../plan/name-table.js";
import { concreteModel } from "../plan/wildcard.js";

/** A group that failed, and the fallback entry that led to it. */
interface FailedStep {
  readonly target: ResolvedName;
  readonly name: string;
  readonly entry: unknown;
}

/** The fallback entries to try after a failure of this kind. */
export function entriesFor(call: Call, failed: FailedStep, kind: ErrorKind): NextFallbacks {
  if (errorKinds[kind].blame === "caller" || kind === "model_not_found") return { entries: [], common: false };
  const chain = requestFallbacks(call.options, kind);
  // A list in the request is the whole chain, which is followed once, after the first group.
  if (chain !== undefined) return { entries: failed.entry === undefined ? chain : [], common: false };
  const lists = requestFallbackLists(call.options, call.snapshot.fallbacks);
  return fallbacksFor(lists, [failed.name, failed.target.group.name], kind);
}

/** Whether the prompt does not fit the context window of any deployment of a group. */
export function tooSmall(call: Call, { group, captures }: ResolvedName): boolean {
  return group.runtimes.every(({ deployment }) => {
    const { maxInputTokens } = call.snapshot.facts.of(deployment, concreteModel(deployment, captures));
    return maxInputTokens !== undefined && maxInputTokens < call.inputTokens;
  });
}

/** The refusal of the client's key or address, if no deployment of a group accepts it. */
export function refusedByAll({ options: { clientAuth } }: Call, { group }: ResolvedName): RouterError | undefined {
  if (clientAuth === undefined) return undefined;
  let first: RouterError | undefined;
  for (const { deployment } of group.runtimes) {
    const refusal = clientRefusal(clientAuth, deployment);
    if (refusal === undefined) return undefined;
    first ??= refusal;
  }
  return first;
}

/** Whether no deployment of a group can read what the request refers to. */
export function isStoredElsewhere({ stored }: Call, { group }: ResolvedName): boolean {
  return stored?.account !== undefined && group.runtimes.every((runtime) => stored.excludes(runtime));
}

export function unknownModel(call: Call): RouterError {
  const names = call.snapshot.names.names();
  const near = didYouMean(call.requestedModel, names);
  const known = names.length <= 10 ? ` Known: ${names.join(", ")}.` : "";
  return createError({
    kind: "model_not_found",
    param: "model",
    message: `The model "${call.requestedModel.slice(0, 200)}" does not exist.${near === "" ? known : near}`,
  });
}

const mockKinds = {
  general: "internal_server",
  context_window: "context_window_exceeded",
  content_policy: "content_policy_violation",
  rate_limit: "rate_limit",
  timeout: "timeout",
} as const satisfies Record<string, ErrorKind>;

/** The failure that a `mock_testing` field requests. */
export function mockFailure(failure: keyof typeof mockKinds): RouterError {
  return createError({
    kind: mockKinds[failure],
    message: `Simulated failure (${failure}), requested by a mock_testing field.`,
  });
}
