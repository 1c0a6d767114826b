import type { SettleRequest } from "@modelyard/core";

export interface Settlement {
  readonly request: SettleRequest;
  /** When it happened, by the clock of this process. */
  readonly at: number;
}

/** Most settlements that are remembered; the oldest go first, and with them what they would have given back. */
const mostRemembered = 10_000;
/** After this long, in milliseconds, nothing of a settlement is left to do: windows and reservations are over. */
const worthMs = 120_000;

/** Settlements that Redis could not be told of, until it can. */
export class Settlements {
  readonly #waiting = new Map<string, Settlement>();

  get size(): number {
    return this.#waiting.size;
  }

  add(settlement: Settlement): void {
    this.#waiting.set(settlement.request.reservationId, settlement);
    if (this.#waiting.size <= mostRemembered) return;
    const oldest = this.#waiting.keys().next();
    if (oldest.done !== true) this.#waiting.delete(oldest.value);
  }

  /** Takes out the oldest that are still worth telling, at most `count`. */
  take(count: number, now: number): readonly Settlement[] {
    const taken: Settlement[] = [];
    for (const [id, settlement] of this.#waiting) {
      if (taken.length === count) break;
      this.#waiting.delete(id);
      if (now - settlement.at < worthMs) taken.push(settlement);
    }
    return taken;
  }
}
