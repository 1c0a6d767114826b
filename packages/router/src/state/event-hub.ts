import type { Callback, Logger, RouterEvent, RouterEventType } from "@modelyard/core";

/** Hands events to those who want them. Asks nobody to wait and lets nobody throw. */
export class EventHub {
  readonly #byType = new Map<RouterEventType, Callback[]>();
  readonly #callbacks: readonly Callback[];
  readonly #now: () => number;
  readonly #logger: Logger;
  /** Whether some callback wants whole answers. */
  readonly payload: boolean;

  constructor(callbacks: readonly Callback[], now: () => number, logger: Logger) {
    this.#callbacks = callbacks;
    this.#now = now;
    this.#logger = logger;
    this.payload = callbacks.some((callback) => callback.payload === true);
    for (const callback of callbacks) {
      for (const type of callback.events) {
        const listeners = this.#byType.get(type);
        if (listeners === undefined) this.#byType.set(type, [callback]);
        else listeners.push(callback);
      }
    }
  }

  /** Whether it is worth making an event of this type. */
  wants(type: RouterEventType): boolean {
    return this.#byType.has(type);
  }

  emit(event: RouterEvent): void {
    const listeners = this.#byType.get(event.type);
    if (listeners === undefined) return;
    for (const callback of listeners) {
      try {
        callback.on(event);
      } catch (cause) {
        this.#failed(callback, event, cause);
      }
    }
  }

  async flush(): Promise<void> {
    await this.#each((callback) => callback.flush?.());
  }

  async close(): Promise<void> {
    await this.#each((callback) => callback.close?.());
  }

  async #each(act: (callback: Callback) => Promise<void> | undefined): Promise<void> {
    await Promise.all(
      this.#callbacks.map(async (callback) => {
        try {
          await act(callback);
        } catch (cause) {
          this.#logger.warn({ callback: callback.name, error: String(cause) }, "a callback failed while it was closed");
        }
      }),
    );
  }

  #failed(callback: Callback, event: RouterEvent, cause: unknown): void {
    this.#logger.warn({ callback: callback.name, event: event.type, error: String(cause) }, "a callback threw");
    if (event.type === "callback_failed") return;
    this.emit({ type: "callback_failed", at: this.#now(), callback: callback.name, cause });
  }
}
