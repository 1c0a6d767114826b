import type { SharedState } from "@modelyard/core";
import type { LimitName, LimitSpec, MaybePromise } from "@modelyard/core/kit";
import type { HeldLimits, MirroredCall } from "@modelyard/policies";
import { type Call, isApart } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { Renewable, Renewals } from "../shared/renewals.js";
import { limitReason } from "./reasons.js";

/** Unsettled reservations in shared state expire after this time. Those of longer calls are extended. */
export const reservationTtlMs = 120_000;

/** The part of a deployment's limits that one attempt has reserved: a parallel call, a request and tokens. */
export class Reservation implements HeldLimits, Renewable {
  heldTokens = 0;
  window = -1;
  generation = 0;
  requestStamp = 0;
  tokenStamp = 0;
  /** Whether this call is the probe that tests whether the deployment has recovered. */
  probe = false;
  /** What it takes of the vendor's own limits, if those are known. Only then does the object have this field. */
  declare mirrored?: MirroredCall;
  #settled = false;
  #renewals: Renewals | undefined;

  constructor(
    readonly runtime: DeploymentRuntime,
    /** The reservation's id in shared state, or `undefined` if nothing is shared. */
    readonly sharedId: string | undefined,
    readonly state: SharedState | undefined,
    /** Whether shared state was unavailable, so that local limits decided and the usage is charged afterwards. */
    readonly unreserved = false,
    /** Whether the call does not count against any limit. */
    readonly holdsNothing = false,
  ) {}

  /**
   * Gives back the reserved amounts that were not used. Only the first call has an effect.
   * @param sent - whether the vendor may have received the request
   * @param tokens - the tokens that were used
   */
  settle(now: number, sent: boolean, tokens: number): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.holdsNothing) return;
    const { runtime } = this;
    runtime.inFlight -= 1;
    runtime.limits.settle(now, this, sent ? 1 : 0, runtime.limits.cap(tokens));
    if (!sent && this.mirrored !== undefined) runtime.mirror?.giveBack(now, this.mirrored);
    this.#renewals?.delete(this);
    // Capped by the whole limit, because the local one may be just this process's part, if the store became
    // unreachable.
    this.#settleShared(now, sent ? 1 : 0, Math.round(runtime.limits.capOfAll(tokens)), this.unreserved);
    if (runtime.awaitedBy !== undefined) runtime.freed();
  }

  /** Keeps the reservation alive in shared state until it is settled. */
  renewBy(renewals: Renewals): void {
    this.#renewals = renewals;
    renewals.add(this);
  }

  /** Releases the reservation in shared state after the store did not answer, since it may have been made anyway. */
  releaseShared(now: number): void {
    this.#settleShared(now, 0, 0, true);
  }

  /** Gives back everything, for a call that is not made after all. */
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

/** Ignores errors of the store, because unsettled reservations expire there. */
function quietly(act: () => MaybePromise<unknown>): void {
  try {
    const result = act();
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // The same as for a rejected promise.
  }
}

function amounts(specs: readonly LimitSpec[], requests: number, tokens: number): readonly number[] {
  return specs.map((spec) => (spec.name === "tpm" ? tokens : spec.name === "rpm" ? requests : 1));
}

/**
 * Whether the deployment's health allows another call now. A cooldown that this request itself started does not matter.
 */
function isOpen(call: Call, runtime: DeploymentRuntime): boolean {
  const { health } = runtime;
  return health.plain || health.isOpen(call.now) || call.ownFailures?.startedCooldownOf(runtime) === true;
}

/**
 * Reserves all of the deployment's limits, or nothing.
 * @returns `undefined` if a limit is reached, or if the deployment is in cooldown, which may have started while an
 * asynchronous strategy was picking
 */
export function reserve(call: Call, runtime: DeploymentRuntime): MaybePromise<Reservation | undefined> {
  if (!isOpen(call, runtime)) return undefined;
  const { sharedState } = call.services;
  const { specs, closed } = runtime.limits;
  if (closed !== undefined) {
    limitReached(call, runtime, closed, Number.POSITIVE_INFINITY);
    return undefined;
  }
  if (isApart(call)) return new Reservation(runtime, undefined, undefined, false, true);
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
    // While the store is unreachable, every process uses its part of the limits.
    runtime.limits.divide(Math.max(1, sharedState.processes ?? 1));
    return reserveHere(call, runtime, tokens, new Reservation(runtime, sharedId, sharedState, true));
  };
  if (!sharedState.available) return alone();
  runtime.limits.divide(1);
  const reservation = new Reservation(runtime, sharedId, sharedState);
  // Counted before the store answers, so that other calls of this process see it at once.
  hold(call, reservation, tokens);
  const failed = (): Reservation | undefined => {
    release(call, reservation);
    const own = isOpen(call, runtime) ? alone() : undefined;
    if (own === undefined) reservation.releaseShared(call.now);
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
    const handleReply = (answer: Awaited<typeof reply>): Reservation | undefined => {
      if (answer.granted) {
        reservation.renewBy(call.services.renewals);
        return reservation;
      }
      release(call, reservation);
      limitReached(call, runtime, answer.limit, answer.retryAfterMs);
      return undefined;
    };
    return reply instanceof Promise ? reply.then(handleReply, failed) : handleReply(reply);
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
  if (runtime.mirror !== undefined) reservation.mirrored = runtime.mirror.take(call.now, tokens);
  if (!runtime.health.plain) reservation.probe = runtime.health.begin(call.now);
  if (reservation.probe && call.services.hub.wanted.has("deployment_probing")) {
    call.services.hub.emit({ type: "deployment_probing", at: call.now, deployment: runtime.deployment });
  }
}

/** Undoes {@link hold} in this process. There is nothing to give back in shared state. */
function release(call: Call, reservation: Reservation): void {
  const { runtime } = reservation;
  runtime.inFlight -= 1;
  runtime.limits.settle(call.now, reservation, 0, 0);
  if (reservation.mirrored !== undefined) runtime.mirror?.giveBack(call.now, reservation.mirrored);
  runtime.health.release(reservation.probe);
}

function limitReached(call: Call, runtime: DeploymentRuntime, limit: LimitName, retryAfterMs: number): void {
  const reason = limitReason(runtime, limit, retryAfterMs);
  call.trail.reject(runtime.deployment, reason.text);
  call.refusals ??= new Map();
  call.refusals.set(runtime, reason);
  // While requests wait, the first of them asks again and again.
  if (runtime.awaitedBy !== undefined || !call.services.hub.wanted.has("limit_reached")) return;
  call.services.hub.emit({ type: "limit_reached", at: call.now, deployment: runtime.deployment, limit, retryAfterMs });
}
