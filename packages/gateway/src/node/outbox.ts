import type { LiveRequests } from "../live-requests.js";

/** Something that is ready to leave for a client. */
export interface Parcel {
  /** Never throws. */
  leave(): void;
}

/** Parcels that wait for each other at most: with more, those that came first would wait too long. */
const mostTogether = 32;

/**
 * What is ready in one turn of the event loop leaves together at its end.
 *
 * A client on the same machine falls asleep between answers that come one by one, and waking it up costs the sender
 * more than the rest of a write. When the work of a turn is done first and all its writes follow at once, it wakes up
 * once for all of them.
 */
export class Outbox {
  readonly #live: LiveRequests;
  #parcels: Parcel[] = [];
  #due = false;

  constructor(live: LiveRequests) {
    this.#live = live;
  }

  /** Whether there may be others to leave with. */
  get waits(): boolean {
    return this.#live.size > 1;
  }

  add(parcel: Parcel): void {
    if (this.#parcels.push(parcel) >= mostTogether) this.#empty();
    else if (!this.#due) {
      this.#due = true;
      setImmediate(() => {
        this.#due = false;
        this.#empty();
      });
    }
  }

  #empty(): void {
    const parcels = this.#parcels;
    this.#parcels = [];
    for (const parcel of parcels) parcel.leave();
  }
}
