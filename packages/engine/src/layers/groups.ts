import {
  createError,
  didYouMean,
  type ErrorKind,
  type FallbackEntry,
  type MaybePromise,
  type Outcome,
  type ProviderResult,
  RouterError,
} from "@modelyard/core";
import { fallbackName, fallbacksFor, type NextFallbacks, ownChain, ownLists } from "@modelyard/policies";
import type { ResolvedName } from "../plan/name-table.js";
import { concreteModel } from "../plan/wildcard.js";
import type { Call } from "../call/call.js";
import { clientRefusal } from "../call/client-connection.js";
import type { Attempt } from "../attempt/attempt.js";
import { GroupVisit } from "./group-visit.js";
import type { Onward } from "../attempt/onward.js";
import { openStream } from "../stream/open-stream.js";
import { beginAttempt, callVendor, finishAnswer, noteResult } from "../attempt/run-attempt.js";

/** Groups tried after the first when nobody says otherwise; LiteLLM's default. */
const defaultMaxFallbacks = 5;

interface Stop {
  readonly target: ResolvedName;
  /** The name that led there. */
  readonly name: string;
  readonly entry: FallbackEntry | undefined;
}

const none: readonly Stop[] = Object.freeze([]);

/** Names, attempts and fallbacks of one request: the whole way to an answer, the cache apart. */
export async function runChain(call: Call): Promise<Outcome> {
  const way = new Way(call);
  for (;;) {
    try {
      const visit = way.enter();
      for (;;) {
        const selecting = visit.select();
        const reservation = visit.take(selecting instanceof Promise ? await selecting : selecting);
        const attempt = beginAttempt(call, visit.group, reservation);
        try {
          const taking = takeResult(attempt, await callVendor(attempt), way);
          const outcome = taking instanceof Promise ? await taking : taking;
          way.arrive();
          return outcome;
        } catch (thrown) {
          await visit.goOn(attempt.fail(thrown), attempt.runtime);
        }
      }
    } catch (thrown) {
      way.leave(thrown);
    }
  }
}

/**
 * What came of an attempt. For a stream: as soon as there is content. Waits only then: a function that waits keeps what
 * it holds, and one more on the way costs every request.
 * @throws whatever the attempt is to be failed with
 */
function takeResult(attempt: Attempt, result: ProviderResult, onward: Onward): MaybePromise<Outcome> {
  noteResult(attempt, result);
  return result.kind === "stream" ? openStream(attempt, result, onward) : finishAnswer(attempt, result, onward);
}

/** Where a request is on its way from group to group. */
class Way implements Onward {
  readonly #call: Call;
  #here: Stop;
  /** Groups that failed. */
  #left: readonly Stop[] = none;
  /** Where it would go on without another failure. */
  #pending: readonly Stop[] = none;
  #primary: RouterError | undefined = undefined;

  /** @throws `model_not_found`, and `bad_request` for a client's key or address that the group does not take */
  constructor(call: Call) {
    const target = call.snapshot.names.resolve(call.requestedModel);
    if (target === undefined) throw unknownModel(call);
    const refused = refusedByAll(call, target);
    if (refused !== undefined) throw refused;
    this.#call = call;
    this.#here = { target, name: call.requestedModel, entry: undefined };
  }

  /** @throws a failure that was asked for */
  enter(): GroupVisit {
    const call = this.#call;
    const { target, entry } = this.#here;
    call.enter(target.captures, entry);
    if (call.options.mockFailure !== undefined && this.#left.length === 0) {
      call.trail.modelGroup = target.group.name;
      throw mockFailure(call.options.mockFailure);
    }
    return new GroupVisit(call, target.group, this);
  }

  arrive(): void {
    this.#call.served = this.#here;
    this.#tell(this.#primary, true);
  }

  /**
   * Goes on to the next group.
   * @throws the first group's failure when no group is left, and at once whatever is not a failure of a group: a fault in
   * our own code must not look like an outage
   */
  leave(thrown: unknown): void {
    if (!RouterError.isInstance(thrown)) throw thrown;
    const error = thrown;
    const call = this.#call;
    this.#tell(error, false);
    this.#primary ??= error;
    if (call.cancellation.cancelled || error.blame === "caller") throw error;
    if (!call.attemptsLeft) throw this.#primary;
    const [next, ...pending] = this.#after(error.kind);
    if (next === undefined) throw this.#primary;
    call.trail.fallbacks += 1;
    this.#left = [...this.#left, this.#here];
    this.#pending = pending;
    this.#here = next;
  }

  fallback(error: RouterError): boolean {
    return this.#call.attemptsLeft && this.#after(error.kind, 1).length > 0;
  }

  /**
   * The groups that may follow a failed one, without those that were visited, do not exist, are too small or refuse the
   * client's key. Each entry costs the same, however many there are.
   * @param enough - the search ends after this many groups
   */
  #after(kind: ErrorKind, enough = Number.POSITIVE_INFINITY): readonly Stop[] {
    const call = this.#call;
    const most = call.options.maxFallbacks ?? call.snapshot.config.maxFallbacks ?? defaultMaxFallbacks;
    if (this.#left.length >= most || call.options.disableFallbacks === true) return none;
    const seen = new Set([...this.#left, this.#here].map(({ target }) => keyOf(target)));
    const stops: Stop[] = [];
    const add = (stop: Stop): void => {
      const key = keyOf(stop.target);
      if (seen.has(key)) return;
      seen.add(key);
      if (kind === "context_window_exceeded" && tooSmall(call, stop.target)) return;
      if (refusedByAll(call, stop.target) !== undefined) return;
      stops.push(stop);
    };
    const { entries, common } = entriesFor(call, this.#here, kind);
    // What a policy rejected is not offered to the general list, not even to what is left of it.
    const pending = kind === "content_policy_violation" ? none : this.#pending;
    if (common) for (const stop of pending) add(stop);
    for (const entry of entries) {
      if (stops.length >= enough) return stops;
      const name = fallbackName(entry);
      const target = call.snapshot.names.resolve(name);
      if (target !== undefined) add({ target, name, entry });
    }
    for (const stop of pending) add(stop);
    return stops;
  }

  /** Tells of a step from one group to the next. */
  #tell(error: RouterError | undefined, succeeded: boolean): void {
    const call = this.#call;
    const from = this.#left.at(-1);
    if (from === undefined || error === undefined || !call.services.hub.wants("fallback")) return;
    call.services.hub.emit({
      type: "fallback",
      at: call.tick(),
      callId: call.trail.callId,
      operation: call.operation,
      stream: call.stream,
      requestedModel: call.requestedModel,
      fromGroup: from.target.group.name,
      toGroup: this.#here.target.group.name,
      error,
      succeeded,
    });
  }
}

/** Equal for targets that count as the same group: each name that a pattern covers is a group of its own. */
function keyOf({ group, captures }: ResolvedName): unknown {
  return captures === undefined ? group : JSON.stringify([group.name, captures]);
}

function entriesFor(call: Call, failed: Stop, kind: ErrorKind): NextFallbacks {
  if (kind === "aborted" || kind === "model_not_found") return { entries: [], common: false };
  const chain = ownChain(call.options, kind);
  // A list in the request stands for the whole chain: it is walked once, from the first group on.
  if (chain !== undefined) return { entries: failed.entry === undefined ? chain : [], common: false };
  const lists = ownLists(call.options, call.snapshot.fallbacks);
  return fallbacksFor(lists, [failed.name, failed.target.group.name], kind);
}

function tooSmall(call: Call, { group, captures }: ResolvedName): boolean {
  return group.members.every(({ deployment }) => {
    const { maxInputTokens } = call.snapshot.facts.of(deployment, concreteModel(deployment, captures));
    return maxInputTokens !== undefined && maxInputTokens < call.inputTokens;
  });
}

/** Why no deployment of a group takes what the client brings; `undefined`: one does, or the client brings nothing. */
function refusedByAll({ options: { clientAuth } }: Call, { group }: ResolvedName): RouterError | undefined {
  if (clientAuth === undefined) return undefined;
  let first: RouterError | undefined;
  for (const { deployment } of group.members) {
    const refusal = clientRefusal(clientAuth, deployment);
    if (refusal === undefined) return undefined;
    first ??= refusal;
  }
  return first;
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
    message: `Simulated failure (${failure}), requested by a mock_testing field.`,
  });
}
