import type { RouterError } from "@modelyard/core";
import type { MaybePromise } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { OwnFailures } from "../call/own-failures.js";
import { noDeployment } from "../candidates/no-deployment.js";
import type { Reservation } from "../candidates/reservation.js";
import { type Exclusions, select } from "../candidates/select.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { attemptsBefore, type Decision, nothingBefore } from "./decide.js";

/** The attempts within one group. */
export class GroupVisit {
  readonly call: Call;
  readonly group: GroupRuntime;
  exclusions: Exclusions;
  /** The last failure in this group. */
  #lastError: RouterError | undefined;
  /** Whether the next attempt is a retry of one that was made in this group before a stream broke. */
  #resumed: boolean;

  /** @throws the error that broke a stream, if no deployment of this group may continue it */
  constructor(call: Call, group: GroupRuntime) {
    const { breakError } = call;
    const { exclusions, retries, broke } =
      breakError === undefined ? nothingBefore : attemptsBefore(call, group, breakError);
    this.call = call;
    this.group = group;
    this.exclusions = exclusions;
    this.#lastError = broke;
    this.#resumed = retries > 0;
    call.ownFailures = undefined;
    call.attempt = 1 + retries;
    call.retries = retries;
    call.trail.modelGroup = group.name;
  }

  /** The reservation of the next deployment; `undefined` if there is none. */
  select(): MaybePromise<Reservation | undefined> {
    this.call.cancellation.throwIfCancelled();
    return select(this.call, this.group, this.exclusions);
  }

  /** An attempt at the selected deployment begins. */
  begin(): void {
    if (this.#resumed) this.call.trail.retries += 1;
    this.#resumed = false;
  }

  /** Records a failure, before deciding what follows. */
  failed(error: RouterError, deployment: DeploymentRuntime): void {
    const { call } = this;
    this.#lastError = error;
    if (call.cancellation.cancelled || error.blame === "caller") return;
    call.ownFailures ??= new OwnFailures();
    call.ownFailures.add(deployment, call.startedCooldown, call.tick() + (error.retryAfterMs ?? 0));
  }

  /** Moves on to the next attempt. */
  retry({ exclusions, isRetry }: Extract<Decision, { readonly isRetry: boolean }>): void {
    this.exclusions = exclusions;
    this.call.attempt += 1;
    if (isRetry) this.call.countRetry();
  }

  /** Looks for what the request refers to in another account. @returns whether there is one */
  searchOn(error: RouterError): boolean {
    const { call } = this;
    if (call.stored?.searches !== true || call.cancellation.cancelled || error.blame === "caller") return false;
    if (!call.attemptsLeft || !call.stored.searchOn(error)) return false;
    this.exclusions = nothingBefore.exclusions;
    this.#lastError = undefined;
    call.attempt += 1;
    return true;
  }

  /** The error of the group if no deployment is left: the last failure, or that there was no deployment at all. */
  exhausted(): RouterError {
    return this.#lastError ?? noDeployment(this.call, this.group);
  }
}
