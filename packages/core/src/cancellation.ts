/** Something that can be cancelled, such as a {@link Cancellation}. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/**
 * Called once, with the reason, on cancellation. An object saves a closure (docs/internals.md, "Objects instead of
 * closures").
 */
export type CancelListener = ((reason: unknown) => void) | Cancellable;

function notify(listener: CancelListener, reason: unknown): void {
  if (typeof listener === "function") listener(reason);
  else listener.cancel(reason);
}

/**
 * Cancels work, like an `AbortController` and its signal, at a fraction of the cost: most calls are never cancelled,
 * and a real signal is only created for code that reads {@link Cancellation.signal}.
 */
export class Cancellation implements Cancellable {
  /** The first two listeners are kept in fields, since most cancellations never have a third. */
  #first: CancelListener | undefined;
  #second: CancelListener | undefined;
  #others: Set<CancelListener> | undefined;
  #controller: AbortController | undefined;
  #cancelled = false;
  #reason: unknown;

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** The reason for the cancellation. `undefined` until then. */
  get reason(): unknown {
    return this.#reason;
  }

  /** A standard signal for code that needs one. Created on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The number of listeners. 0 if nothing is pending. */
  get listenerCount(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#second === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** Calls `listener` on cancellation, or at once if that has already happened. */
  add(listener: CancelListener): void {
    if (this.#cancelled) {
      notify(listener, this.#reason);
      return;
    }
    // A listener is called once, however often it is added.
    if (this.#first === listener || this.#second === listener || this.#others?.has(listener) === true) return;
    if (this.#first === undefined) this.#first = listener;
    else if (this.#second === undefined) this.#second = listener;
    else {
      this.#others ??= new Set();
      this.#others.add(listener);
    }
  }

  remove(listener: CancelListener): void {
    if (this.#first === listener) this.#first = undefined;
    else if (this.#second === listener) this.#second = undefined;
    else this.#others?.delete(listener);
  }

  /** Only the first call has an effect. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const first = this.#first;
    const second = this.#second;
    const others = this.#others;
    this.#first = undefined;
    this.#second = undefined;
    this.#others = undefined;
    this.#controller?.abort(reason);
    if (first !== undefined) notify(first, reason);
    if (second !== undefined) notify(second, reason);
    if (others !== undefined) for (const listener of others) notify(listener, reason);
  }

  /**
   * Settles as `promise` does, or rejects with the reason as soon as this is cancelled.
   * @param late - receives a value that arrives after the cancellation
   */
  race<Value>(promise: Promise<Value>, late?: (value: Value) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.add(reject);
      promise.then(
        (value) => {
          if (this.#cancelled) late?.(value);
          else {
            this.remove(reject);
            resolve(value);
          }
        },
        (error: unknown) => {
          this.remove(reject);
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on unchanged
          reject(error);
        },
      );
    });
  }

  /** @throws the reason, if cancelled */
  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#reason;
  }
}

/**
 * Cancels `cancellation` when `signal` aborts.
 * @returns a function to call when the work is over. It removes the listener, so that a signal that outlives thousands
 * of calls does not keep them in memory
 */
export function linkSignal(signal: AbortSignal, cancellation: Cancellable): () => void {
  if (signal.aborted) {
    cancellation.cancel(signal.reason);
    return () => undefined;
  }
  const onAbort = (): void => {
    cancellation.cancel(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    signal.removeEventListener("abort", onAbort);
  };
}
