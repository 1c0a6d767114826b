import type { Clock, LimitSpec, MaybePromise, ReserveReply, ReserveRequest, SettleRequest } from "@modelyard/core";
import type { RedisConnection } from "./connection.js";
import { type LeaseStep, Purse, type WindowSpec } from "./purse.js";
import { type LeaseReply, readLease } from "./script-replies.js";

/** What is not spent for so long goes back, in milliseconds. */
const idleMs = 1_000;
/** A call waits for the filling of a purse at most so often before it asks for itself. */
const mostFills = 3;
/** Most deployments with a purse; those that are not used any more go. */
const mostPurses = 1_000;

interface Held {
  readonly limits: readonly LimitSpec[];
  readonly purse: Purse;
}

/** Purses of this process, by deployment. */
export class Leases {
  readonly #redis: RedisConnection;
  readonly #process: string;
  readonly #clock: Clock;
  readonly #processes: () => number | undefined;
  readonly #purses = new Map<string, Held>();
  #made = 0;

  constructor(redis: RedisConnection, process: string, clock: Clock, processes: () => number | undefined) {
    this.#redis = redis;
    this.#process = process;
    this.#clock = clock;
    this.#processes = processes;
  }

  /** From the purse where that is worthwhile, else by `ask`. */
  reserve(request: ReserveRequest, ask: () => Promise<ReserveReply>): MaybePromise<ReserveReply> | undefined {
    const purse = this.#purseFor(request);
    if (purse === undefined) return undefined;
    const { reservationId, amounts, ttlMs } = request;
    if (purse.knows(reservationId)) return { granted: true };
    purse.note(amounts);
    if (purse.spend(reservationId, amounts, ttlMs)) return { granted: true };
    return purse.worthwhile ? fillAndSpend(purse, request, ask) : ask();
  }

  settle({ deploymentId, reservationId, amounts }: SettleRequest): boolean | undefined {
    return this.#purses.get(deploymentId)?.purse.settle(reservationId, amounts);
  }

  extend(deploymentId: string, reservationId: string, ttlMs: number): boolean {
    return this.#purses.get(deploymentId)?.purse.extend(reservationId, ttlMs) ?? false;
  }

  /** Gives back what is idle. */
  async tidy(afterMs = idleMs): Promise<void> {
    await Promise.allSettled([...this.#purses.values()].map(({ purse }) => purse.tidy(afterMs)));
  }

  #purseFor({ deploymentId, limits }: ReserveRequest): Purse | undefined {
    const known = this.#purses.get(deploymentId);
    if (known !== undefined && sameLimits(known.limits, limits)) return known.purse;
    const processes = this.#processes();
    if (processes === undefined || !limits.every(isWindow)) return undefined;
    const oldest = this.#purses.size >= mostPurses ? this.#purses.keys().next().value : undefined;
    this.#drop(known === undefined ? oldest : deploymentId);
    this.#made += 1;
    // Steps are counted by purse: each has a key of its own.
    const key = this.#redis.key(deploymentId, `lease:${this.#process}-${String(this.#made)}`);
    const purse = new Purse({
      limits,
      clock: this.#clock,
      processes: () => Math.max(1, this.#processes() ?? processes),
      send: (step) => this.#send([this.#redis.key(deploymentId, "limits"), key], limits, step),
    });
    this.#purses.set(deploymentId, { limits, purse });
    return purse;
  }

  /** What is left of its slice goes back. */
  #drop(deploymentId: string | undefined): void {
    const dropped = deploymentId === undefined ? undefined : this.#purses.get(deploymentId);
    if (deploymentId === undefined || dropped === undefined) return;
    this.#purses.delete(deploymentId);
    dropped.purse.tidy(0).catch(() => undefined);
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
  purse: Purse,
  { reservationId, amounts, ttlMs }: ReserveRequest,
  ask: () => Promise<ReserveReply>,
): Promise<ReserveReply> {
  for (let fills = 0; fills < mostFills; fills += 1) {
    const reply = await purse.fill(amounts);
    if (purse.spend(reservationId, amounts, ttlMs)) return { granted: true };
    if (!reply.granted) return ask();
  }
  return ask();
}

/** The router hands over the same array until the configuration changes. */
function sameLimits(known: readonly LimitSpec[], limits: readonly LimitSpec[]): boolean {
  return known === limits || JSON.stringify(known) === JSON.stringify(limits);
}

function isWindow(spec: LimitSpec): spec is WindowSpec {
  return spec.kind === "window" && spec.limit > 0;
}
