/** Something that can be cancelled, such as a {@link Cancellation}. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/** Called once, with the reason, on cancellation. An object saves a closure (docs/internals.md, "Objects instead of closures"). */
export type CancelListener = ((reason: unknown) => void) | Cancellable;

function tell(listener: CancelListener, reason: unknown): void {
  if (typeof listener === "function") listener(reason);
  else listener.cancel(reason);
}

/**
 * Calls work off. It says what an `AbortSignal` says, at a fraction of the cost: most calls are never cancelled, and a
 * real signal is made only for those who ask for {@link Cancellation.signal}.
 */
export class Cancellation implements Cancellable {
  /** Two listeners have places of their own: most cancellations never have a third. */
  #first: CancelListener | undefined;
  #second: CancelListener | undefined;
  #others: Set<CancelListener> | undefined;
  #controller: AbortController | undefined;
  #cancelled = false;
  #reason: unknown;

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Why; `undefined` until cancelled. */
  get reason(): unknown {
    return this.#reason;
  }

  /** The same as a standard signal, for code that wants one. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Listeners waiting; 0 when nothing is pending. */
  get listenerCount(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#second === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** Tells `listener` on cancellation; at once when that has already happened. */
  add(listener: CancelListener): void {
    if (this.#cancelled) {
      tell(listener, this.#reason);
      return;
    }
    // Once, however often it is added: the places are looked through before a free one is taken.
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

  /** The first call counts; later ones change nothing. */
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
    if (first !== undefined) tell(first, reason);
    if (second !== undefined) tell(second, reason);
    if (others !== undefined) for (const listener of others) tell(listener, reason);
  }

  /**
   * `promise`, or the reason as soon as there is one: whatever is waited for, nobody waits longer.
   * @param late - gets a value that comes after the cancellation
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
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on as it came
          reject(error);
        },
      );
    });
  }

  /** @throws the reason, when cancelled. */
  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#reason;
  }
}

/**
 * Cancels `cancellation` when `signal` aborts. Call the returned function when the work is over: it takes the listener
 * off the signal, so that a signal which outlives thousands of calls keeps none of them.
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
