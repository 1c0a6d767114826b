import type { Clock, LimitSpec, ReserveReply } from "@modelyard/core";
import type { LeaseReply } from "./script-replies.js";

/** What a process asks of Redis for its purse: amounts in the order of the limits. */
export interface LeaseStep {
  /** Rises with every step; a step that is sent again is the same one. */
  readonly step: number;
  readonly need: readonly number[];
  readonly want: readonly number[];
  /** Not spent; negative: owed. */
  readonly back: readonly number[];
  /** The windows that `back` belongs to. */
  readonly windows: readonly number[];
}

export interface PurseOptions {
  readonly limits: readonly WindowSpec[];
  readonly clock: Clock;
  /** How many processes share the limits. */
  readonly processes: () => number;
  /** Carries out one step. Rejects when nobody knows whether it was. */
  readonly send: (step: LeaseStep) => Promise<LeaseReply>;
}

export type WindowSpec = Extract<LimitSpec, { readonly kind: "window" }>;

/** A slice is at most this process' share of so much of the window, in milliseconds. */
const sliceMs = 4_000;
/** Below so many requests in a slice, asking for each one costs no more and wastes nothing. */
const fewRequests = 4;
/** Asked for beyond what was spent in the last second, since demand changes. */
const headroom = 4.5;
/** A slice of which less than this part is left is filled up in the background. */
const lowPart = 0.1;

/** What was asked for in the last whole second and in this one. */
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

interface Spent {
  readonly amounts: readonly number[];
  readonly epoch: number;
  until: number;
}

/**
 * A slice of one deployment's windows that this process took in advance and spends without asking. It never outlives
 * the windows that it was taken from, so what all processes spend in a window is never more than the limit.
 */
export class Purse {
  readonly #options: PurseOptions;
  readonly #demand: Demand;
  readonly #spent = new Map<string, Spent>();
  #balance: number[];
  #granted: readonly number[];
  #windows: readonly number[];
  /** Changes with the windows: what was spent in another epoch is not settled in this one. */
  #epoch = 0;
  #until = 0;
  #lastSpent = 0;
  #step = 0;
  /** The last slice was smaller than wanted: what is left is not asked for before it is needed. */
  #scarce = false;
  /** Used up until then: every call asks for itself, and hears when there is more. */
  #emptyUntil = 0;
  /** A step of which nobody knows whether it was carried out: it is sent again before any other. */
  #unsure: { readonly step: LeaseStep; readonly sentAt: number } | undefined;
  #asking: Promise<ReserveReply> | undefined;

  constructor(options: PurseOptions) {
    this.#options = options;
    const none = options.limits.map(() => 0);
    this.#demand = new Demand(none.length);
    this.#balance = none;
    this.#granted = none;
    this.#windows = options.limits.map(() => -1);
  }

  /** Every request is noted, also those that are asked for one by one. */
  note(amounts: readonly number[]): void {
    this.#demand.note(amounts, this.#options.clock.now());
  }

  /** Whether a slice would hold a few requests at least. */
  get worthwhile(): boolean {
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

  /** Spends what is at hand. @returns false, and spends nothing, when it is not enough */
  spend(reservationId: string, amounts: readonly number[], ttlMs: number): boolean {
    const now = this.#options.clock.now();
    if (now >= this.#until) return false;
    for (const [index, amount] of amounts.entries()) if ((this.#balance[index] ?? 0) < amount) return false;
    for (const [index, amount] of amounts.entries()) this.#balance[index] = (this.#balance[index] ?? 0) - amount;
    this.#spent.set(reservationId, { amounts, epoch: this.#epoch, until: now + ttlMs });
    this.#lastSpent = now;
    if (!this.#scarce && this.#low() && this.worthwhile) {
      this.fill(amounts.map(() => 0)).catch(() => undefined);
    }
    return true;
  }

  /** @returns `undefined` when this reservation was not paid from here */
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

  /** Asks for a slice that `amounts` can be paid from; whoever asks meanwhile waits for the same answer. */
  fill(amounts: readonly number[]): Promise<ReserveReply> {
    return this.#alone(() => this.#fill(amounts));
  }

  /** Gives back what nobody spends any more, and forgets calls that never came to an end. */
  async tidy(idleMs: number): Promise<void> {
    const now = this.#options.clock.now();
    for (const [id, spent] of this.#spent) if (spent.until <= now) this.#spent.delete(id);
    if (now - this.#lastSpent < idleMs) return;
    await this.#asking?.catch(() => undefined);
    const something = now < this.#until && this.#balance.some((amount) => amount !== 0);
    // If the last grant is uncertain, repeat the step first, so that the unused part can be returned.
    if (!something && this.#unsure === undefined) return;
    await this.#alone(async () => {
      await this.#carryOut(() => {
        const back = this.#balance;
        this.#balance = back.map(() => 0);
        const none = back.map(() => 0);
        return { need: none, want: none, back, windows: this.#windows };
      });
      return { granted: true };
    });
  }

  /** One step at a time. */
  #alone(act: () => Promise<ReserveReply>): Promise<ReserveReply> {
    this.#asking ??= act().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
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
    // A step that is over grants nothing: each call asks for itself.
    if (reply.kind === "past") return { granted: false, limit: limits[0]?.name ?? "rpm", retryAfterMs: 0 };
    const { retryAfterMs } = reply.refusal;
    this.#emptyUntil = this.#options.clock.now() + (Number.isFinite(retryAfterMs) ? retryAfterMs : 0);
    return reply.refusal;
  }

  async #carryOut(make: (now: number) => Omit<LeaseStep, "step">): Promise<LeaseReply> {
    if (this.#unsure !== undefined) await this.#send(this.#unsure);
    const sentAt = this.#options.clock.now();
    this.#step += 1;
    return this.#send({ step: { ...make(sentAt), step: this.#step }, sentAt });
  }

  async #send(unsure: { readonly step: LeaseStep; readonly sentAt: number }): Promise<LeaseReply> {
    this.#unsure = unsure;
    const reply = await this.#options.send(unsure.step);
    this.#unsure = undefined;
    if (reply.kind === "granted") this.#receive(reply, unsure);
    return reply;
  }

  /** Redis' time was at least that of the sending, so the windows end no earlier than this says. */
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

  #low(): boolean {
    return this.#balance.some((amount, index) => amount < lowPart * (this.#granted[index] ?? 0));
  }
}
