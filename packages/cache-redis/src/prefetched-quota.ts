import type { Clock } from "@modelyard/core";
import type { LimitSpec, ReserveReply } from "@modelyard/core/kit";
import type { LeaseReply } from "./script-replies.js";

/** One request of a process to Redis. Amounts are in the order of the limits. */
export interface LeaseStep {
  /** Increases with every step. A step that is sent again keeps its number. */
  readonly step: number;
  /** The least to grant. A step whose need cannot be met is refused. */
  readonly need: readonly number[];
  /** The most to grant. */
  readonly want: readonly number[];
  /** What was not spent and is returned. Negative: more was spent than was granted. */
  readonly back: readonly number[];
  /** The windows that `back` was granted in. */
  readonly windows: readonly number[];
}

export interface PrefetchedQuotaOptions {
  readonly limits: readonly WindowSpec[];
  readonly clock: Clock;
  /** How many processes share the limits. */
  readonly processes: () => number;
  /** Carries out one step. Rejects when it is unknown whether the step was carried out. */
  readonly send: (step: LeaseStep) => Promise<LeaseReply>;
}

export type WindowSpec = Extract<LimitSpec, { readonly kind: "window" }>;

/** The most to prefetch, in milliseconds of the window, at this process's share of the limit. */
const sliceMs = 4_000;
/** If the share would hold fewer requests than this, each request is reserved by itself. */
const fewRequests = 4;
/** Multiple of the last second's demand that is prefetched, since demand changes. */
const headroom = 4.5;
/** A quota is refilled in the background once less than this part of it is left. */
const lowPart = 0.1;

/** The demand of the last whole second and of the current one. */
class Demand {
  #second = -1;
  #now: { count: number; readonly amounts: number[] };
  #before: { count: number; readonly amounts: number[] };

  constructor(private readonly limits: number) {
    this.#now = this.#empty();
    this.#before = this.#empty();
  }

  note(amounts: readonly number[], now: number): void {
    this.#turn(now);
    this.#now.count += 1;
    for (const [index, amount] of amounts.entries())
      this.#now.amounts[index] = (this.#now.amounts[index] ?? 0) + amount;
  }

  requests(now: number): number {
    this.#turn(now);
    return Math.max(this.#now.count, this.#before.count);
  }

  amount(index: number): number {
    return Math.max(this.#now.amounts[index] ?? 0, this.#before.amounts[index] ?? 0);
  }

  #turn(now: number): void {
    const second = Math.floor(now / 1_000);
    if (second === this.#second) return;
    this.#before = second === this.#second + 1 ? this.#now : this.#empty();
    this.#now = this.#empty();
    this.#second = second;
  }

  #empty(): { count: number; readonly amounts: number[] } {
    return { count: 0, amounts: Array.from({ length: this.limits }, () => 0) };
  }
}

interface SpentReservation {
  readonly amounts: readonly number[];
  readonly epoch: number;
  until: number;
}

/**
 * Part of one deployment's window limits, which this process took from Redis in advance and spends without asking. It
 * never outlives the windows that it was taken from, so all processes together never exceed a limit.
 */
export class PrefetchedQuota {
  readonly #options: PrefetchedQuotaOptions;
  readonly #demand: Demand;
  readonly #spent = new Map<string, SpentReservation>();
  #balance: number[];
  #granted: readonly number[];
  #windows: readonly number[];
  /** Changes with the windows. What was spent in an earlier epoch is not settled in this one. */
  #epoch = 0;
  #until = 0;
  #lastSpent = 0;
  #step = 0;
  /** The last grant was smaller than wanted, so the quota is not refilled before it is needed. */
  #scarce = false;
  /** The limit is used up until this time, so each call reserves by itself and learns when there is more. */
  #emptyUntil = 0;
  /** A step that may or may not have been carried out. It is sent again before any other. */
  #unconfirmed: { readonly step: LeaseStep; readonly sentAt: number } | undefined;
  #pending: Promise<ReserveReply> | undefined;

  constructor(options: PrefetchedQuotaOptions) {
    this.#options = options;
    const none = options.limits.map(() => 0);
    this.#demand = new Demand(none.length);
    this.#balance = none;
    this.#granted = none;
    this.#windows = options.limits.map(() => -1);
  }

  /** Records the demand of a request, also of one that is reserved by itself. */
  note(amounts: readonly number[]): void {
    this.#demand.note(amounts, this.#options.clock.now());
  }

  /** Whether prefetching pays off: a share holds at least {@link fewRequests} requests. */
  get paysOff(): boolean {
    const now = this.#options.clock.now();
    const requests = this.#demand.requests(now);
    if (requests < fewRequests || now < this.#emptyUntil) return false;
    return this.#options.limits.every(
      (_, index) => this.#share(index) >= (fewRequests * this.#demand.amount(index)) / requests,
    );
  }

  knows(reservationId: string): boolean {
    return this.#spent.has(reservationId);
  }

  /** Spends from the quota. @returns false, without spending anything, if the quota is too small */
  spend(reservationId: string, amounts: readonly number[], ttlMs: number): boolean {
    const now = this.#options.clock.now();
    if (now >= this.#until) return false;
    for (const [index, amount] of amounts.entries()) if ((this.#balance[index] ?? 0) < amount) return false;
    for (const [index, amount] of amounts.entries()) this.#balance[index] = (this.#balance[index] ?? 0) - amount;
    this.#spent.set(reservationId, { amounts, epoch: this.#epoch, until: now + ttlMs });
    this.#lastSpent = now;
    if (!this.#scarce && this.#isLow() && this.paysOff) {
      this.fill(amounts.map(() => 0)).catch(() => undefined);
    }
    return true;
  }

  /** @returns `undefined` if the reservation was not paid from this quota */
  settle(reservationId: string, amounts: readonly number[]): boolean | undefined {
    const spent = this.#spent.get(reservationId);
    if (spent === undefined) return undefined;
    this.#spent.delete(reservationId);
    if (spent.epoch !== this.#epoch) return true;
    for (const [index, reserved] of spent.amounts.entries()) {
      this.#balance[index] = (this.#balance[index] ?? 0) + reserved - (amounts[index] ?? 0);
    }
    return true;
  }

  extend(reservationId: string, ttlMs: number): boolean {
    const spent = this.#spent.get(reservationId);
    if (spent === undefined) return false;
    spent.until = this.#options.clock.now() + ttlMs;
    return true;
  }

  /** Requests a grant that covers `amounts`. Calls that arrive meanwhile wait for the same reply. */
  fill(amounts: readonly number[]): Promise<ReserveReply> {
    return this.#oneAtATime(() => this.#fill(amounts));
  }

  /** Returns a quota that has been idle for `idleMs`, and forgets reservations that have expired. */
  async releaseIdle(idleMs: number): Promise<void> {
    const now = this.#options.clock.now();
    for (const [id, spent] of this.#spent) if (spent.until <= now) this.#spent.delete(id);
    if (now - this.#lastSpent < idleMs) return;
    await this.#pending?.catch(() => undefined);
    const something = now < this.#until && this.#balance.some((amount) => amount !== 0);
    // If the last step is unconfirmed, repeat it first, so that the unused part can be returned.
    if (!something && this.#unconfirmed === undefined) return;
    await this.#oneAtATime(async () => {
      await this.#carryOut(() => {
        const back = this.#balance;
        this.#balance = back.map(() => 0);
        const none = back.map(() => 0);
        return { need: none, want: none, back, windows: this.#windows };
      });
      return { granted: true };
    });
  }

  /** Runs one step at a time. */
  #oneAtATime(act: () => Promise<ReserveReply>): Promise<ReserveReply> {
    this.#pending ??= act().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fill(amounts: readonly number[]): Promise<ReserveReply> {
    const { limits } = this.#options;
    const reply = await this.#carryOut((now) => {
      const have = limits.map((_, index) => (now < this.#until ? (this.#balance[index] ?? 0) : 0));
      const need = amounts.map((amount, index) => Math.max(0, Math.ceil(amount - (have[index] ?? 0))));
      const want = limits.map((_, index) => {
        const slice = Math.min(this.#share(index), headroom * this.#demand.amount(index));
        return Math.max(need[index] ?? 0, Math.floor(slice - (have[index] ?? 0)));
      });
      return { need, want, back: limits.map(() => 0), windows: this.#windows };
    });
    if (reply.kind === "granted") return { granted: true };
    // An outdated step grants nothing, so each call reserves by itself.
    if (reply.kind === "past") return { granted: false, limit: limits[0]?.name ?? "rpm", retryAfterMs: 0 };
    const { retryAfterMs } = reply.refusal;
    this.#emptyUntil = this.#options.clock.now() + (Number.isFinite(retryAfterMs) ? retryAfterMs : 0);
    return reply.refusal;
  }

  async #carryOut(make: (now: number) => Omit<LeaseStep, "step">): Promise<LeaseReply> {
    if (this.#unconfirmed !== undefined) await this.#send(this.#unconfirmed);
    const sentAt = this.#options.clock.now();
    this.#step += 1;
    return this.#send({ step: { ...make(sentAt), step: this.#step }, sentAt });
  }

  async #send(unconfirmed: { readonly step: LeaseStep; readonly sentAt: number }): Promise<LeaseReply> {
    this.#unconfirmed = unconfirmed;
    const reply = await this.#options.send(unconfirmed.step);
    this.#unconfirmed = undefined;
    if (reply.kind === "granted") this.#receive(reply, unconfirmed);
    return reply;
  }

  /** The time of Redis was at least that of sending, so the windows do not end before `sentAt + lastsMs`. */
  #receive(
    reply: Extract<LeaseReply, { kind: "granted" }>,
    { step, sentAt }: { readonly step: LeaseStep; readonly sentAt: number },
  ): void {
    const windows = reply.windows.map(({ window }) => window);
    const grants = reply.windows.map(({ grant }) => grant);
    if (windows.some((window, index) => window !== this.#windows[index])) {
      this.#windows = windows;
      this.#balance = grants;
      this.#epoch += 1;
    } else this.#balance = this.#balance.map((amount, index) => amount + (grants[index] ?? 0));
    this.#granted = this.#balance.slice();
    this.#scarce = grants.some((grant, index) => grant < (step.want[index] ?? 0));
    this.#until = sentAt + reply.lastsMs;
  }

  #share(index: number): number {
    const spec = this.#options.limits[index];
    if (spec === undefined) return 0;
    return Math.floor((spec.limit * sliceMs) / spec.windowMs / this.#options.processes());
  }

  #isLow(): boolean {
    return this.#balance.some((amount, index) => amount < lowPart * (this.#granted[index] ?? 0));
  }
}
