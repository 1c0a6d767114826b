import type { Clock } from "@modelyard/core";
import type { LimitSpec, MaybePromise, ReserveReply, ReserveRequest, SettleRequest } from "@modelyard/core/kit";
import type { RedisConnection } from "./connection.js";
import { type LeaseStep, PrefetchedQuota, type WindowSpec } from "./prefetched-quota.js";
import { type LeaseReply, readLease } from "./script-replies.js";

/** A quota that has not been spent from for this long is returned, in milliseconds. */
const idleMs = 1_000;
/** How often a call waits for a refill before it reserves on its own. */
const mostFills = 3;
/** Most deployments with a prefetched quota. Beyond it the oldest is returned. */
const mostQuotas = 1_000;

interface LeaseEntry {
  readonly limits: readonly LimitSpec[];
  readonly quota: PrefetchedQuota;
}

/** The quotas that this process has prefetched, by deployment. */
export class Leases {
  readonly #redis: RedisConnection;
  readonly #process: string;
  readonly #clock: Clock;
  readonly #processes: () => number | undefined;
  readonly #entries = new Map<string, LeaseEntry>();
  #created = 0;

  constructor(redis: RedisConnection, process: string, clock: Clock, processes: () => number | undefined) {
    this.#redis = redis;
    this.#process = process;
    this.#clock = clock;
    this.#processes = processes;
  }

  /**
   * Reserves from the prefetched quota if that pays off, otherwise by `ask`.
   * @returns `undefined` if these limits cannot be prefetched
   */
  reserve(request: ReserveRequest, ask: () => Promise<ReserveReply>): MaybePromise<ReserveReply> | undefined {
    const quota = this.#quotaFor(request);
    if (quota === undefined) return undefined;
    const { reservationId, amounts, ttlMs } = request;
    if (quota.knows(reservationId)) return { granted: true };
    quota.note(amounts);
    if (quota.spend(reservationId, amounts, ttlMs)) return { granted: true };
    return quota.paysOff ? fillAndSpend(quota, request, ask) : ask();
  }

  settle({ deploymentId, reservationId, amounts }: SettleRequest): boolean | undefined {
    return this.#entries.get(deploymentId)?.quota.settle(reservationId, amounts);
  }

  extend(deploymentId: string, reservationId: string, ttlMs: number): boolean {
    return this.#entries.get(deploymentId)?.quota.extend(reservationId, ttlMs) ?? false;
  }

  /** Returns quotas that have been idle for `afterMs` milliseconds. */
  async releaseIdle(afterMs = idleMs): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ quota }) => quota.releaseIdle(afterMs)));
  }

  #quotaFor({ deploymentId, limits }: ReserveRequest): PrefetchedQuota | undefined {
    const known = this.#entries.get(deploymentId);
    if (known !== undefined && sameLimits(known.limits, limits)) return known.quota;
    const processes = this.#processes();
    if (processes === undefined || !limits.every(isWindow)) return undefined;
    const oldest = this.#entries.size >= mostQuotas ? this.#entries.keys().next().value : undefined;
    this.#drop(known === undefined ? oldest : deploymentId);
    this.#created += 1;
    // Each quota counts its own steps, so each needs a separate key.
    const key = this.#redis.key(deploymentId, `lease:${this.#process}-${String(this.#created)}`);
    const quota = new PrefetchedQuota({
      limits,
      clock: this.#clock,
      processes: () => Math.max(1, this.#processes() ?? processes),
      send: (step) => this.#send([this.#redis.key(deploymentId, "limits"), key], limits, step),
    });
    this.#entries.set(deploymentId, { limits, quota });
    return quota;
  }

  /** Forgets a deployment's quota and returns what is left of it. */
  #drop(deploymentId: string | undefined): void {
    const dropped = deploymentId === undefined ? undefined : this.#entries.get(deploymentId);
    if (deploymentId === undefined || dropped === undefined) return;
    this.#entries.delete(deploymentId);
    dropped.quota.releaseIdle(0).catch(() => undefined);
  }

  async #send(keys: readonly string[], limits: readonly WindowSpec[], step: LeaseStep): Promise<LeaseReply> {
    const args: (string | number)[] = ["", step.step, this.#processes() ?? 1];
    for (const [index, { name, limit, windowMs }] of limits.entries()) {
      const { need, want, back, windows } = step;
      args.push(name, limit, windowMs, need[index] ?? 0, want[index] ?? 0, back[index] ?? 0, windows[index] ?? -1);
    }
    return this.#redis.run({ name: "lease", keys, args }, (reply) => readLease(reply, limits));
  }
}

async function fillAndSpend(
  quota: PrefetchedQuota,
  { reservationId, amounts, ttlMs }: ReserveRequest,
  ask: () => Promise<ReserveReply>,
): Promise<ReserveReply> {
  for (let fills = 0; fills < mostFills; fills += 1) {
    const reply = await quota.fill(amounts);
    if (quota.spend(reservationId, amounts, ttlMs)) return { granted: true };
    if (!reply.granted) return ask();
  }
  return ask();
}

/** The router passes the same array until the configuration changes, so comparing contents is rarely needed. */
function sameLimits(known: readonly LimitSpec[], limits: readonly LimitSpec[]): boolean {
  return known === limits || JSON.stringify(known) === JSON.stringify(limits);
}

function isWindow(spec: LimitSpec): spec is WindowSpec {
  return spec.kind === "window" && spec.limit > 0;
}
