import type { SettleRequest } from "@modelyard/core/kit";

export interface Settlement {
  readonly request: SettleRequest;
  /** When the call ended, by the clock of this process. */
  readonly at: number;
}

/** Most settlements that are stored. Beyond it the oldest is dropped, and what it would have returned stays charged. */
const mostStored = 10_000;
/** After this long, in milliseconds, a settlement has no effect: its window and its reservation have ended. */
const worthMs = 120_000;

/** Settlements that could not be sent to Redis yet. */
export class Settlements {
  readonly #waiting = new Map<string, Settlement>();

  get size(): number {
    return this.#waiting.size;
  }

  add(settlement: Settlement): void {
    this.#waiting.set(settlement.request.reservationId, settlement);
    if (this.#waiting.size <= mostStored) return;
    const oldest = this.#waiting.keys().next();
    if (oldest.done !== true) this.#waiting.delete(oldest.value);
  }

  /** Removes and returns the oldest settlements that still have an effect, at most `count`. */
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
