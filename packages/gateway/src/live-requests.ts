import { type Cancellation, systemClock } from "@modelyard/core";

/** One of them. */
export interface LiveRequest {
  readonly cancellation: Cancellation;
  /** Where it stands in the list. */
  index: number;
}

/**
 * What is being answered right now. A list in which the last takes the place of the one that leaves: sets are made anew
 * now and then, and what the old ones held lives on until the next full collection.
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

  /** Once for each. */
  delete(request: LiveRequest): void {
    const last = this.#all.pop();
    if (last !== undefined && last !== request) {
      last.index = request.index;
      this.#all[request.index] = last;
    }
    if (this.#all.length === 0) this.#tell(true);
  }

  /** Calls everything off. Who waits for the end is told that it did not come by itself. */
  cancel(reason: unknown): void {
    this.#tell(false);
    // What is called off may leave the list at once.
    const all = this.#all.slice();
    for (const request of all) request.cancellation.cancel(reason);
  }

  /** @returns whether nothing was left before `ms` had passed, and nothing called off */
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
