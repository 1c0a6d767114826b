import { type CallOptions, RouterError } from "@modelyard/core";
import { canonicalJson, decodeInTurns, isLong, nextTurn, type Outcome, writeJson } from "@modelyard/core/kit";
import { rowsAt } from "@modelyard/core/settings";
import type { Call } from "../call/call.js";
import { identityOf, targetOf } from "./cache-key.js";
import type { Layer, Next } from "./layer.js";

interface Flight {
  readonly call: Call;
  readonly result: Promise<FlightResult>;
  /** Whether other calls wait for the outcome. */
  joined: boolean;
}

interface FlightResult {
  readonly outcome: Outcome;
  /** The JSON of a long answer that other calls wait for, written before its own caller can change it. */
  readonly json: Uint8Array | undefined;
}

/**
 * Lets concurrent identical plain calls share one attempt at an answer. If the caller that makes the call aborts it or
 * exceeds its deadline, one of the waiting callers takes over. Streams are not shared, because all readers would have
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

  /** Joins an identical running call, or makes the call that others may join. */
  async #join(call: Call, identity: string, next: Next): Promise<Outcome> {
    const key = `${identity}\n${effortKey(call)}`;
    for (let flight = this.#flights.get(key); flight !== undefined; flight = this.#flights.get(key)) {
      flight.joined = true;
      try {
        return await shared(call, await call.cancellation.race(flight.result));
      } catch (thrown) {
        call.cancellation.throwIfCancelled();
        if (!flight.call.cancellation.cancelled) throw ownCopy(thrown);
      }
    }
    const outcome = next(call);
    const flight: Flight = { call, joined: false, result: outcome.then((value) => resultOf(flight, value)) };
    this.#flights.set(key, flight);
    try {
      return (await flight.result).outcome;
    } finally {
      this.#flights.delete(key);
    }
  }
}

async function resultOf(flight: Flight, outcome: Outcome): Promise<FlightResult> {
  const isWritten = flight.joined && outcome.kind === "answer" && isLong(outcome.value);
  return { outcome, json: isWritten ? await writeJson(outcome.value).catch(() => undefined) : undefined };
}

/** Whether a call may join others or be joined. Mocked calls may not. */
function isShared({ stream, options, snapshot }: Call): boolean {
  const { cache, mockFailure, mockResponse } = options;
  if (stream || mockFailure !== undefined || mockResponse !== undefined) return false;
  return snapshot.config.cache.singleFlight && cache?.noCache !== true;
}

/** The options that decide how much the router does to get an answer, e.g. the number of retries. */
const effortOptions = rowsAt("call").flatMap(([name, { call }]) =>
  call?.flight === "effort" && !name.includes(".") ? [name as keyof CallOptions] : [],
);

/**
 * A key of these options. Only calls with the same ones are shared, because the others might not fail in the same case.
 */
function effortKey({ options, retriesByClient }: Call): string {
  const chosen: Record<string, unknown> = { retriesByClient };
  for (const name of effortOptions) chosen[name] = options[name];
  return canonicalJson(chosen);
}

/**
 * Copies another call's outcome for this call, so that its caller may modify it. A long answer is decoded and parsed in
 * turns of the event loop.
 */
async function shared(call: Call, { outcome, json }: FlightResult): Promise<Outcome> {
  const { trail } = call;
  trail.cache = "shared";
  trail.modelGroup = outcome.trail.modelGroup;
  trail.deploymentId = outcome.trail.deploymentId;
  trail.usage = outcome.trail.usage;
  trail.costUsd = 0;
  if (outcome.kind !== "answer") return outcome;
  const text = json === undefined ? JSON.stringify(outcome.value) : await decodeInTurns(json);
  if (json !== undefined) await nextTurn();
  return { ...outcome, value: JSON.parse(text) as typeof outcome.value, trail };
}

/** Copies an error, because every error carries the trail of its own request. */
function ownCopy(thrown: unknown): unknown {
  if (!RouterError.isInstance(thrown)) return thrown;
  const copy: unknown = Object.create(
    Object.getPrototypeOf(thrown) as object,
    Object.getOwnPropertyDescriptors(thrown),
  );
  return copy;
}
