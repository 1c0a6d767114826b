import type { Callback, RouterEvent, RouterEventType } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { sampleEvents } from "./callback/sample-events.js";
import { deepFreeze } from "./deep-freeze.js";

export interface CallbackSetup {
  /** Creates a fresh callback. Called once per test. */
  create(): Callback;
}

/** Tests every promise of the `Callback` contract. */
export function describeCallback(name: string, { create }: CallbackSetup): void {
  const samples: Readonly<Record<RouterEventType, readonly RouterEvent[]>> = sampleEvents();

  /** The events that a router would pass to the callback. Changing one throws. */
  const eventsFor = (callback: Callback): readonly RouterEvent[] =>
    callback.events
      .flatMap((type) => samples[type])
      .map((event) => {
        const hidden = callback.payload !== true && "payload" in event ? { ...event, payload: undefined } : event;
        return deepFreeze(hidden);
      });

  /** Passes events as the router does. @throws what the callback throws or rejects with, also later */
  const send = async (callback: Callback, events: readonly RouterEvent[]): Promise<void> => {
    // Declared to return nothing, but an `async` method is assignable to that, too.
    const { on }: { readonly on: (this: Callback, event: RouterEvent) => unknown } = callback;
    await Promise.all(events.map((event) => on.call(callback, event)));
  };
  const start = (callback: Callback, lost: unknown[] = []): void => {
    callback.start?.((cause) => void lost.push(cause));
  };
  const end = async (callback: Callback): Promise<void> => {
    await callback.flush?.();
    await callback.close?.();
  };

  describe(`${name} as a Callback`, () => {
    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]+$/u);
    });

    it("names the events that it receives, each once and by a type that exists", () => {
      const { events } = create();
      expect(events).not.toHaveLength(0);
      expect(events.filter((type) => !Object.hasOwn(samples, type))).toEqual([]);
      expect(new Set(events).size).toBe(events.length);
    });

    it("accepts every event that it names without throwing, and changes none", async () => {
      const callback = create();
      start(callback);
      for (const event of eventsFor(callback)) await expect(send(callback, [event])).resolves.toBeUndefined();
      await end(callback);
    });

    it("accepts events in any order, also of calls whose beginning it has not seen", async () => {
      const callback = create();
      start(callback);
      const events = eventsFor(callback);
      await expect(send(callback, [...events].toReversed())).resolves.toBeUndefined();
      await expect(send(callback, [...events, ...events])).resolves.toBeUndefined();
      await end(callback);
    });

    it("can be flushed and closed, before the first event and between events, more than once", async () => {
      const callback = create();
      start(callback);
      await expect(Promise.resolve(callback.flush?.())).resolves.toBeUndefined();
      await send(callback, eventsFor(callback));
      await expect(Promise.resolve(callback.flush?.())).resolves.toBeUndefined();
      await expect(end(callback)).resolves.toBeUndefined();
      await expect(end(callback)).resolves.toBeUndefined();
    });

    it("ignores events after it was closed", async () => {
      const callback = create();
      start(callback);
      await end(callback);
      await expect(send(callback, eventsFor(callback))).resolves.toBeUndefined();
    });
  });
}
