import type { Cancellation } from "@modelyard/core";

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
  #onEmpty: (() => void) | undefined;

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
    if (this.#all.length === 0) this.#onEmpty?.();
  }

  /** Calls everything off. */
  cancel(reason: unknown): void {
    // What is called off may leave the list at once.
    const all = this.#all.slice();
    for (const request of all) request.cancellation.cancel(reason);
  }

  /** @returns whether nothing was left before `ms` had passed */
  emptied(ms: number): Promise<boolean> {
    if (this.#all.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#onEmpty = undefined;
        resolve(false);
      }, ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
