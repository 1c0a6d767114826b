import type { Cancellation } from "@modelyard/core";

/** What is being answered right now. */
export class LiveRequests {
  readonly #all = new Set<Cancellation>();
  #onEmpty: (() => void) | undefined;

  add(request: Cancellation): void {
    this.#all.add(request);
  }

  delete(request: Cancellation): void {
    this.#all.delete(request);
    if (this.#all.size === 0) this.#onEmpty?.();
  }

  /** Calls everything off. */
  cancel(reason: unknown): void {
    for (const request of this.#all) request.cancel(reason);
  }

  /** @returns whether nothing was left before `ms` had passed */
  emptied(ms: number): Promise<boolean> {
    if (this.#all.size === 0) return Promise.resolve(true);
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
