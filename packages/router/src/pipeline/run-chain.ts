import {
  createError,
  didYouMean,
  type ErrorKind,
  type FallbackEntry,
  type Outcome,
  type RouterError,
} from "@modelyard/core";
import { fallbackName, fallbacksFor, ownChain, ownLists } from "@modelyard/policies";
import type { ResolvedName } from "../compile/name-table.js";
import { concreteModel } from "../compile/wildcard.js";
import type { Call } from "../request/call.js";
import { runGroup } from "./run-group.js";

/** Groups tried after the first when nobody says otherwise; LiteLLM's default. */
const defaultMaxFallbacks = 5;

interface Stop {
  readonly target: ResolvedName;
  /** The name that led there. */
  readonly name: string;
  readonly entry: FallbackEntry | undefined;
}

/** Names, attempts and fallbacks of one request: the whole way to an answer, the cache apart. */
export async function runChain(call: Call): Promise<Outcome> {
  const first = call.snapshot.names.resolve(call.requestedModel);
  if (first === undefined) throw unknownModel(call);
  const most = call.options.maxFallbacks ?? call.snapshot.config.maxFallbacks ?? defaultMaxFallbacks;
  const visited = new Set<unknown>();
  const pending: Stop[] = [{ target: first, name: call.requestedModel, entry: undefined }];
  let primary: RouterError | undefined;
  let from: string | undefined;
  let stop = pending.shift();
  while (stop !== undefined) {
    visited.add(identityOf(stop.target));
    const here = stop;
    const further = (error: RouterError): readonly Stop[] =>
      visited.size > most ? [] : stopsAfter(call, here, error.kind, { visited, pending });
    try {
      const outcome = await enter(call, here, primary === undefined, (error) => further(error).length > 0);
      call.served = here;
      if (from !== undefined && primary !== undefined) tellFallback(call, from, here.target.group.name, primary, true);
      return outcome;
    } catch (thrown) {
      const error = thrown as RouterError;
      if (from !== undefined) tellFallback(call, from, here.target.group.name, error, false);
      primary ??= error;
      if (call.cancellation.cancelled || error.blame === "caller") throw error;
      const stops = further(error);
      pending.splice(0, pending.length, ...stops);
      stop = pending.shift();
      if (stop !== undefined) call.trail.fallbacks += 1;
      from = here.target.group.name;
    }
  }
  throw primary ?? unknownModel(call);
}

async function enter(
  call: Call,
  stop: Stop,
  first: boolean,
  fallback: (error: RouterError) => boolean,
): Promise<Outcome> {
  call.enter(stop.target.captures, stop.entry);
  if (first && call.options.mockFailure !== undefined) {
    call.trail.modelGroup = stop.target.group.name;
    throw mockFailure(call.options.mockFailure);
  }
  return runGroup(call, stop.target.group, { fallback });
}

/** What counts as the same group: the names that a pattern covers are as many groups. */
function identityOf({ group, captures }: ResolvedName): unknown {
  return captures === undefined ? group : JSON.stringify([group.name, captures]);
}

function same(left: ResolvedName, right: ResolvedName): boolean {
  return identityOf(left) === identityOf(right);
}

interface Way {
  readonly visited: ReadonlySet<unknown>;
  /** Where it would have gone on without this failure. */
  readonly pending: readonly Stop[];
}

/** The groups that follow a failed one, those visited, missing or too small left out. */
function stopsAfter(call: Call, failed: Stop, kind: ErrorKind, { visited, pending }: Way): readonly Stop[] {
  if (call.options.disableFallbacks === true) return [];
  const stops: Stop[] = [];
  const add = (stop: Stop): void => {
    const known = visited.has(identityOf(stop.target)) || stops.some((other) => same(other.target, stop.target));
    if (!known && !(kind === "context_window_exceeded" && tooSmall(call, stop.target))) stops.push(stop);
  };
  for (const entry of entriesFor(call, failed, kind)) {
    const name = fallbackName(entry);
    const target = call.snapshot.names.resolve(name);
    if (target !== undefined) add({ target, name, entry });
  }
  // What a policy rejected is not offered to the general list, not even to what is left of it.
  if (kind !== "content_policy_violation") for (const stop of pending) add(stop);
  return stops;
}

function entriesFor(call: Call, failed: Stop, kind: ErrorKind): readonly FallbackEntry[] {
  if (kind === "aborted" || kind === "model_not_found") return [];
  const chain = ownChain(call.options, kind);
  // A list in the request stands for the whole chain: it is walked once, from the first group on.
  if (chain !== undefined) return failed.entry === undefined ? chain : [];
  const lists = ownLists(call.options, call.snapshot.fallbacks);
  return fallbacksFor(lists, [failed.name, failed.target.group.name], kind);
}

function tooSmall(call: Call, { group, captures }: ResolvedName): boolean {
  return group.members.every(({ deployment }) => {
    const { maxInputTokens } = call.snapshot.facts.of(deployment, concreteModel(deployment, captures));
    return maxInputTokens !== undefined && maxInputTokens < call.inputTokens;
  });
}

function tellFallback(call: Call, fromGroup: string, toGroup: string, error: RouterError, succeeded: boolean): void {
  const { hub } = call.services;
  if (!hub.wants("fallback")) return;
  hub.emit({
    type: "fallback",
    at: call.tick(),
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    fromGroup,
    toGroup,
    error,
    succeeded,
  });
}

function unknownModel(call: Call): RouterError {
  const names = call.snapshot.names.names();
  const near = didYouMean(call.requestedModel, names);
  const known = names.length <= 10 ? ` Known: ${names.join(", ")}.` : "";
  return createError({
    kind: "model_not_found",
    param: "model",
    message: `There is no model "${call.requestedModel.slice(0, 200)}".${near === "" ? known : near}`,
  });
}

const mockKinds = {
  general: "internal_server",
  context_window: "context_window_exceeded",
  content_policy: "content_policy_violation",
  rate_limit: "rate_limit",
  timeout: "timeout",
} as const satisfies Record<string, ErrorKind>;

function mockFailure(failure: keyof typeof mockKinds): RouterError {
  return createError({
    kind: mockKinds[failure],
    message: `This failure was asked for (${failure}), to see the fallbacks work.`,
  });
}
