import type { MaybePromise, Timer } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import type { Reservation } from "./reservation.js";
import { roomAhead } from "./room-ahead.js";
import { type Exclusions, select } from "./select.js";

/** The most requests that wait for the same group. */
export const mostWaiting = 1_000;
/** How often the first in the queue asks for a slot that only the shared store counts, in milliseconds. */
const pollMs = 100;

const nothing: readonly DeploymentRuntime[] = Object.freeze([]);
const queues = new WeakMap<GroupRuntime, LimitQueue>();

/** As {@link waitForRoom}, if an asynchronous selection finds no deployment. */
export function orWait(
  selecting: Promise<Reservation | undefined>,
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
): Promise<Reservation | undefined> {
  if (call.limitWaitMs(group) <= 0) return selecting;
  return selecting.then((reservation) => reservation ?? waitForRoom(call, group, exclusions));
}

/**
 * Waits until a deployment admits a call that none admits now, if the settings say so and only limits are in the way.
 * @returns `undefined` if there is none in time
 */
export function waitForRoom(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
): MaybePromise<Reservation | undefined> {
  const waitMs = call.limitWaitMs(group);
  if (waitMs <= 0) return undefined;
  let queue = queues.get(group);
  if (queue === undefined) {
    queue = new LimitQueue(group);
    queues.set(group, queue);
  }
  const now = call.tick();
  const until = Math.min(now + waitMs, call.deadlineAt);
  const { soonestMs, isCertain, runtimes } = roomAhead(call, group, exclusions, queue.claimed);
  if (runtimes.length === 0 || (isCertain && now + soonestMs > until)) return undefined;
  return queue.join(call, exclusions, until, runtimes);
}

/** A request that waits. */
interface Waiter {
  readonly call: Call;
  readonly exclusions: Exclusions;
  readonly until: number;
  /** Ends the wait: with a reservation, with `undefined` if there is none in time, or with an error. */
  readonly settle: (reservation: Reservation | undefined, error?: unknown) => void;
}

/**
 * The requests that wait until a deployment of a group admits them, in the order in which they came. It has one timer, and
 * neither a timer nor a listener while it is empty.
 */
class LimitQueue {
  /** What those in the queue wait for, which others must not take. */
  claimed: readonly DeploymentRuntime[] = nothing;
  readonly #group: GroupRuntime;
  readonly #waiters = new Set<Waiter>();
  #timer: Timer = undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isPlanned = false;
  #isServing = false;
  /** Whether a deployment may have got room meanwhile. */
  #mustServe = false;

  constructor(group: GroupRuntime) {
    this.#group = group;
  }

  /** @param runtimes - the deployments that it waits for */
  join(
    call: Call,
    exclusions: Exclusions,
    until: number,
    runtimes: readonly DeploymentRuntime[],
  ): MaybePromise<Reservation | undefined> {
    if (this.#waiters.size >= mostWaiting) return undefined;
    const isCovered = this.claimed.length >= this.#group.runtimes.length;
    if (!isCovered) this.claimed = [...new Set([...this.claimed, ...runtimes])];
    return new Promise((resolve, reject) => {
      const { now, cancellation } = call;
      const leave = (reason: unknown): void => {
        waiter.settle(undefined, reason);
      };
      const waiter: Waiter = {
        call,
        exclusions,
        until,
        settle: (reservation, error) => {
          if (!this.#leave(waiter)) {
            reservation?.giveBack(call.tick());
            return;
          }
          cancellation.remove(leave);
          report(call, this.#group, call.tick() - now, reservation !== undefined);
          if (error === undefined) resolve(reservation);
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on unchanged
          else reject(error);
        },
      };
      this.#waiters.add(waiter);
      this.#group.queue = this;
      if (this.#waiters.size === 1) for (const runtime of this.#group.runtimes) runtime.listen(this);
      cancellation.add(leave);
      if (isCovered) this.#wakeAt(until);
      else this.freed();
    });
  }

  /** A deployment may have room. Those that wait are asked when what is happening now is over. */
  freed(): void {
    if (this.#isPlanned || this.#waiters.size === 0) return;
    this.#isPlanned = true;
    void Promise.resolve().then(() => this.#serve());
  }

  /** Serves the requests in order, as far as there is room. */
  async #serve(): Promise<void> {
    this.#isPlanned = false;
    this.#mustServe = this.#isServing;
    if (this.#isServing) return;
    this.#isServing = true;
    const claimed = new Set<DeploymentRuntime>();
    let next = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) {
      const { call, until } = waiter;
      if (claimed.size < this.#group.runtimes.length) {
        const soonestMs = await this.#ask(waiter, claimed);
        next = Math.min(next, call.now + soonestMs);
      }
      if (call.tick() >= until) waiter.settle(undefined);
      next = Math.min(next, until);
    }
    this.claimed = [...claimed];
    this.#isServing = false;
    if (this.#mustServe) this.freed();
    else this.#wakeAt(next);
  }

  /**
   * Tries to serve one request.
   * @returns the milliseconds until it is worth another try; `Infinity` if it has left the queue
   */
  async #ask(waiter: Waiter, claimed: Set<DeploymentRuntime>): Promise<number> {
    const { call, exclusions, until, settle } = waiter;
    try {
      const taken = [...claimed];
      const selecting = select(call, this.#group, exclusions, taken);
      const reservation = selecting instanceof Promise ? await selecting : selecting;
      if (reservation !== undefined) {
        settle(reservation);
        return Number.POSITIVE_INFINITY;
      }
      const { soonestMs, isCertain, runtimes } = roomAhead(call, this.#group, exclusions, taken);
      if (runtimes.length === 0 || call.now >= until || (isCertain && call.now + soonestMs > until)) {
        settle(undefined);
        return Number.POSITIVE_INFINITY;
      }
      for (const runtime of runtimes) claimed.add(runtime);
      return Math.max(1, call.services.sharedState?.available === true ? Math.min(soonestMs, pollMs) : soonestMs);
    } catch (thrown) {
      settle(undefined, thrown);
      return Number.POSITIVE_INFINITY;
    }
  }

  /** @returns whether the request was in the queue */
  #leave(waiter: Waiter): boolean {
    if (!this.#waiters.delete(waiter)) return false;
    if (this.#waiters.size > 0) {
      this.freed();
      return true;
    }
    this.claimed = nothing;
    this.#group.queue = undefined;
    for (const runtime of this.#group.runtimes) runtime.unlisten(this);
    this.#stopTimer(waiter.call);
    return true;
  }

  #wakeAt(at: number): void {
    const first: Waiter | undefined = this.#waiters.values().next().value;
    if (first === undefined || at >= this.#timerAt || at === Number.POSITIVE_INFINITY) return;
    this.#stopTimer(first.call);
    const { clock } = first.call.services;
    this.#timerAt = at;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.freed();
      },
      Math.max(0, at - clock.now()),
    );
  }

  #stopTimer({ services }: Call): void {
    if (this.#timer !== undefined) services.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}

function report(call: Call, group: GroupRuntime, waitedMs: number, admitted: boolean): void {
  call.trail.limitWaitMs = (call.trail.limitWaitMs ?? 0) + waitedMs;
  const { hub } = call.services;
  if (!hub.wanted.has("limit_waited")) return;
  hub.emit({
    type: "limit_waited",
    at: call.now,
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    group: group.name,
    waitedMs,
    admitted,
  });
}
