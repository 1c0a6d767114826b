import type { Callback, Clock, Logger, RouterEvent, RouterEventType } from "@modelyard/core";
import type { FaultLog } from "./fault-log.js";

/** How long a shutdown waits for callbacks, in milliseconds. */
const closeTimeoutMs = 5_000;

/** Passes events to the callbacks that listen to them. It never waits for a callback, and catches what they throw. */
export class EventHub {
  readonly #byType = new Map<RouterEventType, Callback[]>();
  #callbacks: readonly Callback[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #faults: FaultLog;
  /** The types of events that a callback listens to. Creating an event of another type would be wasted work. */
  readonly wanted: Pick<ReadonlySet<RouterEventType>, "has"> = this.#byType;
  /** Whether a callback needs complete requests and answers. */
  payload = false;
  /** Replaced callbacks that are being closed. */
  readonly #closing = new Set<Promise<void>>();

  constructor(callbacks: readonly Callback[], clock: Clock, logger: Logger, faults: FaultLog) {
    this.#clock = clock;
    this.#logger = logger;
    this.#faults = faults;
    this.#listen(callbacks);
    for (const callback of callbacks) this.#start(callback);
  }

  /** Passes events to these callbacks from now on. New ones are started; those that are not in the list are flushed and closed. */
  replace(callbacks: readonly Callback[]): void {
    const before = this.#callbacks;
    this.#listen(callbacks);
    for (const callback of callbacks.filter((one) => !before.includes(one))) {
      try {
        this.#start(callback);
      } catch (cause) {
        this.#failed(callback, cause, false);
      }
    }
    for (const callback of before.filter((one) => !callbacks.includes(one))) {
      const closing = this.#close(callback);
      this.#closing.add(closing);
      void closing.finally(() => {
        this.#closing.delete(closing);
      });
    }
  }

  #listen(callbacks: readonly Callback[]): void {
    this.#callbacks = callbacks;
    this.payload = callbacks.some((callback) => callback.payload === true);
    this.#byType.clear();
    for (const callback of callbacks) {
      for (const type of new Set(callback.events)) {
        const listeners = this.#byType.get(type);
        if (listeners === undefined) this.#byType.set(type, [callback]);
        else listeners.push(callback);
      }
    }
  }

  #start(callback: Callback): void {
    callback.start?.((cause) => {
      this.#failed(callback, cause, false);
    });
  }

  emit(event: RouterEvent): void {
    const listeners = this.#byType.get(event.type);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      const silent = event.type === "callback_failed";
      try {
        // The type also allows async functions. If one rejects, the unhandled rejection must not end the process.
        const returned = (listener as { on(event: RouterEvent): unknown }).on(event);
        if (returned instanceof Promise) {
          returned.catch((cause: unknown) => {
            this.#failed(listener, cause, silent);
          });
        }
      } catch (cause) {
        this.#failed(listener, cause, silent);
      }
    }
  }

  /** Flushes and closes all callbacks. Resolves within 5 s, even if a callback hangs. */
  async close(): Promise<void> {
    const closing = Promise.all([...this.#callbacks.map((callback) => this.#close(callback)), ...this.#closing]);
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(resolve, closeTimeoutMs);
    });
    await Promise.race([closing, late]);
    this.#clock.clearTimer(timer);
  }

  async #close(callback: Callback): Promise<void> {
    for (const act of ["flush", "close"] as const) {
      try {
        await callback[act]?.();
      } catch (cause) {
        this.#logger.warn({ callback: callback.name, error: String(cause) }, "a callback failed while closing");
      }
    }
  }

  /** @param silent - whether to emit no event, since it would make the same callback fail again */
  #failed(callback: Callback, cause: unknown, silent: boolean): void {
    const now = this.#clock.now();
    this.#faults.report(callback, { callback: callback.name }, "a callback failed", cause);
    if (!silent) this.emit({ type: "callback_failed", at: now, callback: callback.name, cause });
  }
}
