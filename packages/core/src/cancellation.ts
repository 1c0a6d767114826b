/** Called once, with the reason, when the work is called off. */
export type CancelListener = (reason: unknown) => void;

/**
 * Calls work off. It says what an `AbortSignal` says, at a fraction of the cost: most calls are never cancelled, and a
 * real signal is made only for those who ask for {@link Cancellation.signal}.
 */
export class Cancellation {
  /** The first listener has a place of its own: most cancellations never have a second. */
  #first: CancelListener | undefined;
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
    return (this.#first === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** Calls `listener` on cancellation; at once when that has already happened. */
  add(listener: CancelListener): void {
    if (this.#cancelled) {
      listener(this.#reason);
      return;
    }
    if (this.#first === undefined || this.#first === listener) this.#first = listener;
    else {
      this.#others ??= new Set();
      this.#others.add(listener);
    }
  }

  remove(listener: CancelListener): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others?.delete(listener);
  }

  /** The first call counts; later ones change nothing. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const first = this.#first;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    this.#controller?.abort(reason);
    first?.(reason);
    if (others !== undefined) for (const listener of others) listener(reason);
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
