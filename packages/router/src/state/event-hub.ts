import type { Callback, Clock, Logger, RouterEvent, RouterEventType } from "@modelyard/core";

/** How long a shutdown waits for callbacks, in milliseconds. */
const patienceMs = 5_000;
/** A callback that fails all the time is logged this seldom, in milliseconds. */
const quietMs = 60_000;

/** What is known of a callback that failed. */
interface Failures {
  loggedAt: number;
  unlogged: number;
}

/** Hands events to those who want them. Asks nobody to wait and lets nobody throw. */
export class EventHub {
  readonly #byType = new Map<RouterEventType, Callback[]>();
  readonly #callbacks: readonly Callback[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #failures = new Map<Callback, Failures>();
  /** Whether some callback wants whole answers. */
  readonly payload: boolean;

  constructor(callbacks: readonly Callback[], clock: Clock, logger: Logger) {
    this.#callbacks = callbacks;
    this.#clock = clock;
    this.#logger = logger;
    this.payload = callbacks.some((callback) => callback.payload === true);
    for (const callback of callbacks) {
      for (const type of new Set(callback.events)) {
        const listeners = this.#byType.get(type);
        if (listeners === undefined) this.#byType.set(type, [callback]);
        else listeners.push(callback);
      }
      callback.start?.((cause) => {
        this.#failed(callback, cause, false);
      });
    }
  }

  /** Whether it is worth making an event of this type. */
  wants(type: RouterEventType): boolean {
    return this.#byType.has(type);
  }

  emit(event: RouterEvent): void {
    const listeners = this.#byType.get(event.type);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      const silent = event.type === "callback_failed";
      try {
        // An async function passes for one that returns nothing; what it rejects with must not end the process.
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

  /** Lets callbacks send what they hold back, and closes them. Resolves within 5 s, whatever they do. */
  async close(): Promise<void> {
    const closing = Promise.all(this.#callbacks.map((callback) => this.#close(callback)));
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(resolve, patienceMs);
    });
    await Promise.race([closing, late]);
    this.#clock.clearTimer(timer);
  }

  async #close(callback: Callback): Promise<void> {
    for (const act of ["flush", "close"] as const) {
      try {
        await callback[act]?.();
      } catch (cause) {
        this.#logger.warn({ callback: callback.name, error: String(cause) }, "a callback failed while it was closed");
      }
    }
  }

  /** @param silent - whether telling of it would only make it fail again */
  #failed(callback: Callback, cause: unknown, silent: boolean): void {
    const now = this.#clock.now();
    const failures = this.#failures.get(callback) ?? { loggedAt: Number.NEGATIVE_INFINITY, unlogged: 0 };
    this.#failures.set(callback, failures);
    failures.unlogged += 1;
    if (now - failures.loggedAt >= quietMs) {
      this.#logger.warn(
        { callback: callback.name, error: String(cause), times: failures.unlogged },
        "a callback failed; further failures of it are logged once a minute",
      );
      failures.loggedAt = now;
      failures.unlogged = 0;
    }
    if (!silent) this.emit({ type: "callback_failed", at: now, callback: callback.name, cause });
  }
}
