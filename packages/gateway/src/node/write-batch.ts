import type { LiveRequests } from "../live-requests.js";

/** An answer, or a piece of one, that is ready to be sent. */
export interface PendingWrite {
  /** Writes it to its client. Never throws. */
  flush(): void;
}

/** The most writes that wait for each other. With more, the first ones would wait too long. */
const mostTogether = 32;

/**
 * Collects the writes that become ready in one turn of the event loop and sends them together at its end.
 *
 * A client on the same machine falls asleep between answers that arrive one by one, and waking it up costs the sender
 * more than the rest of a write. Sending all writes of a turn at once wakes it up only once.
 */
export class WriteBatch {
  readonly #live: LiveRequests;
  #pending: PendingWrite[] = [];
  #scheduled = false;

  constructor(live: LiveRequests) {
    this.#live = live;
  }

  /** Whether waiting can pay off, because other requests are being answered at the same time. */
  get waits(): boolean {
    return this.#live.size > 1;
  }

  add(write: PendingWrite): void {
    if (this.#pending.push(write) >= mostTogether) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const write of pending) write.flush();
  }
}
