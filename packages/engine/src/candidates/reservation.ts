import type { SharedState } from "@modelyard/core";
import type { LimitName, LimitSpec, MaybePromise } from "@modelyard/core/kit";
import type { HeldLimits } from "@modelyard/policies";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { Renewable, Renewals } from "../shared/renewals.js";
import { limitReason } from "./reasons.js";

/** Unsettled reservations in shared state expire after this time. Those of longer calls are extended. */
export const reservationTtlMs = 120_000;

/**
 * What one attempt reserves of a deployment: a call in flight, and requests and tokens of the minute, shared or not.
 */
export class Reservation implements HeldLimits, Renewable {
  heldTokens = 0;
  window = -1;
  generation = 0;
  requestStamp = 0;
  tokenStamp = 0;
  /** Whether this call is the probe of a deployment after its cooldown. */
  probe = false;
  #settled = false;
  #renewals: Renewals | undefined;

  constructor(
    readonly runtime: DeploymentRuntime,
    /** Id in shared state; not set if nothing is shared. */
    readonly sharedId: string | undefined,
    readonly state: SharedState | undefined,
    /** Shared state was unreachable. Local limits admitted the call, and its usage is charged afterwards. */
    readonly unreserved = false,
    /** The client's own key or address is used. Such calls use nothing that other callers need. */
    readonly holdsNothing = false,
  ) {}

  /**
   * Returns what was not used. Only the first call has an effect.
   * @param sent - whether the vendor may have seen the call
   * @param tokens - used
   */
  settle(now: number, sent: boolean, tokens: number): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.holdsNothing) return;
    const { runtime } = this;
    runtime.inFlight -= 1;
    runtime.limits.settle(now, this, sent ? 1 : 0, runtime.limits.cap(tokens));
    this.#renewals?.delete(this);
    // The full amount, since by the end of the call the store may be unreachable, and this process limited to its part.
    this.#settleShared(now, sent ? 1 : 0, Math.round(runtime.limits.capOfAll(tokens)), this.unreserved);
  }

  /** Keeps it alive in shared state until it is settled. */
  renewBy(renewals: Renewals): void {
    this.#renewals = renewals;
    renewals.add(this);
  }

  /** The store did not answer. If the reservation arrived anyway, or arrives later, it reserves nothing. */
  disown(now: number): void {
    this.#settleShared(now, 0, 0, true);
  }

  /** For a call that is not made. */
  giveBack(now: number): void {
    if (this.#settled) return;
    this.settle(now, false, 0);
    this.runtime.health.release(this.probe);
  }

  /** Keeps a reservation in shared state alive while the call lasts. */
  extend(now: number): void {
    const { state, sharedId, runtime } = this;
    if (state === undefined || sharedId === undefined || this.#settled) return;
    const deploymentId = runtime.deployment.id;
    quietly(() => state.extend({ deploymentId, reservationId: sharedId, ttlMs: reservationTtlMs, now }));
  }

  #settleShared(now: number, requests: number, tokens: number, unreserved: boolean): void {
    const { runtime, state, sharedId } = this;
    if (state === undefined || sharedId === undefined) return;
    const { specs } = runtime.limits;
    quietly(() =>
      state.settle({
        deploymentId: runtime.deployment.id,
        reservationId: sharedId,
        limits: specs,
        amounts: amounts(specs, requests, tokens),
        unreserved,
        now,
      }),
    );
  }
}

/** A failing store does not fail the call. What is not settled expires there. */
function quietly(act: () => MaybePromise<unknown>): void {
  try {
    const result = act();
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // A failing store does not fail the call.
  }
}

function amounts(specs: readonly LimitSpec[], requests: number, tokens: number): readonly number[] {
  return specs.map((spec) => (spec.name === "tpm" ? tokens : spec.name === "rpm" ? requests : 1));
}

/** Whether health admits another call now, or only this request's own failure keeps others away. */
function isOpen(call: Call, runtime: DeploymentRuntime): boolean {
  const { health } = runtime;
  return health.plain || health.isOpen(call.now) || call.ownFailures?.startedCooldownOf(runtime) === true;
}

/**
 * Reserves from all limits of the deployment, or from none.
 * @returns `undefined` if one of them refuses, or if the deployment is in cooldown by now, since a strategy may take
 * some time
 */
export function reserve(call: Call, runtime: DeploymentRuntime): MaybePromise<Reservation | undefined> {
  if (!isOpen(call, runtime)) return undefined;
  const { sharedState } = call.services;
  const { specs, closed } = runtime.limits;
  if (closed !== undefined) {
    limitReached(call, runtime, closed, Number.POSITIVE_INFINITY);
    return undefined;
  }
  if (call.options.clientAuth !== undefined) return new Reservation(runtime, undefined, undefined, false, true);
  const tokens = call.estimate(runtime);
  if (sharedState === undefined || specs.length === 0) {
    return reserveHere(call, runtime, tokens, new Reservation(runtime, undefined, undefined));
  }
  return reserveShared(call, runtime, tokens, sharedState);
}

function reserveShared(
  call: Call,
  runtime: DeploymentRuntime,
  tokens: number,
  sharedState: SharedState,
): MaybePromise<Reservation | undefined> {
  const { specs } = runtime.limits;
  const sharedId = call.services.random.id();
  const alone = (): Reservation | undefined => {
    // Other processes continue too, each with its part of the limit, until the store is reachable again.
    runtime.limits.divide(Math.max(1, sharedState.processes ?? 1));
    return reserveHere(call, runtime, tokens, new Reservation(runtime, sharedId, sharedState, true));
  };
  if (!sharedState.available) return alone();
  runtime.limits.divide(1);
  const reservation = new Reservation(runtime, sharedId, sharedState);
  // This is counted before the store answers, since other calls of this process must see it at once.
  hold(call, reservation, tokens);
  const failed = (): Reservation | undefined => {
    release(call, reservation);
    const own = isOpen(call, runtime) ? alone() : undefined;
    if (own === undefined) reservation.disown(call.now);
    return own;
  };
  try {
    const reply = sharedState.reserve({
      deploymentId: runtime.deployment.id,
      reservationId: sharedId,
      limits: specs,
      amounts: amounts(specs, 1, Math.round(reservation.heldTokens)),
      ttlMs: reservationTtlMs,
      now: call.now,
    });
    const judge = (answer: Awaited<typeof reply>): Reservation | undefined => {
      if (answer.granted) {
        reservation.renewBy(call.services.renewals);
        return reservation;
      }
      release(call, reservation);
      limitReached(call, runtime, answer.limit, answer.retryAfterMs);
      return undefined;
    };
    return reply instanceof Promise ? reply.then(judge, failed) : judge(reply);
  } catch {
    return failed();
  }
}

function reserveHere(
  call: Call,
  runtime: DeploymentRuntime,
  tokens: number,
  reservation: Reservation,
): Reservation | undefined {
  const refusal = runtime.limits.refusal(call.now, tokens, runtime.inFlight);
  if (refusal !== undefined) {
    limitReached(call, runtime, refusal, runtime.limits.waitMs(call.now, tokens));
    return undefined;
  }
  hold(call, reservation, tokens);
  return reservation;
}

function hold(call: Call, reservation: Reservation, tokens: number): void {
  const { runtime } = reservation;
  runtime.inFlight += 1;
  runtime.limits.take(call.now, tokens, reservation);
  if (!runtime.health.plain) reservation.probe = runtime.health.begin(call.now);
  if (reservation.probe && call.services.hub.wanted.has("deployment_probing")) {
    call.services.hub.emit({ type: "deployment_probing", at: call.now, deployment: runtime.deployment });
  }
}

/** Undoes {@link hold} in this process. There is nothing to return elsewhere. */
function release(call: Call, reservation: Reservation): void {
  const { runtime } = reservation;
  runtime.inFlight -= 1;
  runtime.limits.settle(call.now, reservation, 0, 0);
  runtime.health.release(reservation.probe);
}

function limitReached(call: Call, runtime: DeploymentRuntime, limit: LimitName, retryAfterMs: number): void {
  const reason = limitReason(runtime, limit, retryAfterMs);
  call.trail.reject(runtime.deployment.id, reason.text);
  call.refusals ??= new Map();
  call.refusals.set(runtime, reason);
  if (!call.services.hub.wanted.has("limit_reached")) return;
  call.services.hub.emit({ type: "limit_reached", at: call.now, deployment: runtime.deployment, limit, retryAfterMs });
}
