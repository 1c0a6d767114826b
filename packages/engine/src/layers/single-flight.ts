import { type CallOptions, RouterError } from "@modelyard/core";
import { canonicalJson, type Outcome } from "@modelyard/core/kit";
import { rowsAt } from "@modelyard/core/settings";
import type { Call } from "../call/call.js";
import { identityOf, targetOf } from "./cache-key.js";
import type { Layer, Next } from "./layer.js";

interface Flight {
  readonly call: Call;
  readonly outcome: Promise<Outcome>;
}

/**
 * Identical plain calls in flight, which share one call. A caller that aborts, or whose deadline passes, does not
 * affect the others: the next caller that waits makes the call. Streams are not shared, since their readers would have
 * to read at the same pace.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

  readonly layer: Layer = (call, next) => {
    const target = isShared(call) ? targetOf(call) : undefined;
    if (target === undefined) return next(call);
    const join = (identity: string | undefined): Promise<Outcome> =>
      identity === undefined ? next(call) : this.#join(call, identity, next);
    const identity = call.identity ?? identityOf(call, target);
    return identity instanceof Promise ? identity.then(join) : join(identity);
  };

  /** Joins an identical call in flight, or makes the call that others may join. */
  async #join(call: Call, identity: string, next: Next): Promise<Outcome> {
    const key = `${identity}\n${effort(call)}`;
    for (let flight = this.#flights.get(key); flight !== undefined; flight = this.#flights.get(key)) {
      try {
        return shared(call, await call.cancellation.race(flight.outcome));
      } catch (thrown) {
        call.cancellation.throwIfCancelled();
        if (!flight.call.cancellation.cancelled) throw ownCopy(thrown);
      }
    }
    const outcome = next(call);
    this.#flights.set(key, { call, outcome });
    try {
      return await outcome;
    } finally {
      this.#flights.delete(key);
    }
  }
}

/** Whether a call may join others, or be joined. A mocked one may not. */
function isShared({ stream, options, snapshot }: Call): boolean {
  const { cache, mockFailure, mockResponse } = options;
  if (stream || mockFailure !== undefined || mockResponse !== undefined) return false;
  return snapshot.config.cache.singleFlight && cache?.noCache !== true;
}

/** The options that decide how many attempts an answer may take. */
const effortOptions = rowsAt("call").flatMap(([name, { call }]) =>
  call?.flight === "effort" && !name.includes(".") ? [name as keyof CallOptions] : [],
);

/** The effort that a call allows. Only calls that allow the same effort share a failure. */
function effort({ options, retriesByClient }: Call): string {
  const said: Record<string, unknown> = { retriesByClient };
  for (const name of effortOptions) said[name] = options[name];
  return canonicalJson(said);
}

/** Another caller's answer, as a separate copy for this call. */
function shared(call: Call, outcome: Outcome): Outcome {
  const { trail } = call;
  trail.cache = "shared";
  trail.modelGroup = outcome.trail.modelGroup;
  trail.deploymentId = outcome.trail.deploymentId;
  trail.usage = outcome.trail.usage;
  trail.costUsd = 0;
  if (outcome.kind !== "answer") return outcome;
  return { ...outcome, value: JSON.parse(JSON.stringify(outcome.value)) as typeof outcome.value, trail };
}

/** Errors have the trail of their request, so every request needs a separate one. */
function ownCopy(thrown: unknown): unknown {
  if (!RouterError.isInstance(thrown)) return thrown;
  const copy: unknown = Object.create(
    Object.getPrototypeOf(thrown) as object,
    Object.getOwnPropertyDescriptors(thrown),
  );
  return copy;
}
