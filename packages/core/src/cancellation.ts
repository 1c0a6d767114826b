/** Called once, with the reason, when the work is called off. */
export type CancelListener = (reason: unknown) => void;

/**
 * Calls work off. It says what an `AbortSignal` says, at a fraction of the cost: most calls are never cancelled, and a
 * real signal is made only for those who ask for {@link Cancellation.signal}.
 */
export class Cancellation {
  #listeners: Set<CancelListener> | undefined;
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
    return this.#listeners?.size ?? 0;
  }

  /** Calls `listener` on cancellation; at once when that has already happened. */
  add(listener: CancelListener): void {
    if (this.#cancelled) {
      listener(this.#reason);
      return;
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  remove(listener: CancelListener): void {
    this.#listeners?.delete(listener);
  }

  /** The first call counts; later ones change nothing. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
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
export function linkSignal(signal: AbortSignal, cancellation: Pick<Cancellation, "cancel">): () => void {
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
