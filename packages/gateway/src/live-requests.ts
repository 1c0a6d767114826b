import { type Cancellation, systemClock } from "@modelyard/core";

/** A request that is being answered. */
export interface LiveRequest {
  readonly cancellation: Cancellation;
  /** Its position in the list. */
  index: number;
}

/**
 * The requests that are being answered. A list in which the last one moves into the gap that a removed one leaves. A
 * `Set` is rebuilt now and then, and what its old table held survives until the next full garbage collection.
 */
export class LiveRequests {
  readonly #all: LiveRequest[] = [];
  readonly #waiting = new Set<(clean: boolean) => void>();

  get size(): number {
    return this.#all.length;
  }

  add(cancellation: Cancellation): LiveRequest {
    const request = { cancellation, index: this.#all.length };
    this.#all.push(request);
    return request;
  }

  /** To be called once for each request. */
  delete(request: LiveRequest): void {
    const last = this.#all.pop();
    if (last !== undefined && last !== request) {
      last.index = request.index;
      this.#all[request.index] = last;
    }
    if (this.#all.length === 0) this.#tell(true);
  }

  /** Cancels all requests. Callers of `emptied` get `false`. */
  cancel(reason: unknown): void {
    this.#tell(false);
    // A cancelled request may leave the list at once.
    const all = this.#all.slice();
    for (const request of all) request.cancellation.cancel(reason);
  }

  /** @returns whether all requests ended within `ms`, without being cancelled */
  emptied(ms: number): Promise<boolean> {
    if (this.#all.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (clean: boolean): void => {
        systemClock.clearTimer(timer);
        this.#waiting.delete(done);
        resolve(clean);
      };
      const timer = systemClock.setTimer(() => {
        done(false);
      }, ms);
      this.#waiting.add(done);
    });
  }

  #tell(clean: boolean): void {
    for (const done of this.#waiting) done(clean);
  }
}
