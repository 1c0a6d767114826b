import { describe, expect, it } from "vitest";
import { Cancellation, linkSignal } from "./kit/index.js";

describe("Cancellation", () => {
  it("calls each listener once, also one added later, and aborts a signal created later", () => {
    const cancellation = new Cancellation();
    const notified: unknown[] = [];
    cancellation.add((reason) => {
      notified.push(reason);
    });
    cancellation.cancel("first");
    cancellation.cancel("second");
    cancellation.add((reason) => {
      notified.push(reason);
    });
    expect(notified).toEqual(["first", "first"]);
    expect(cancellation.signal.reason).toBe("first");
  });

  it("calls each listener once, whatever the order of additions and removals", () => {
    const cancellation = new Cancellation();
    const notified: string[] = [];
    const listeners = ["a", "b", "c", "d"].map((name) => ({ cancel: () => notified.push(name) }));
    const [first, second] = listeners;
    for (const listener of listeners) cancellation.add(listener);
    if (first !== undefined && second !== undefined) {
      cancellation.remove(first);
      cancellation.remove(second);
    }
    // The remaining listeners are added again while there are free places before them.
    for (const listener of listeners.toReversed()) cancellation.add(listener);
    expect(cancellation.listenerCount).toBe(4);
    cancellation.cancel("over");
    expect(notified.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(cancellation.listenerCount).toBe(0);
  });

  it("leaves no listener on a long-lived signal", () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    }) as typeof add;
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    }) as typeof remove;
    for (let call = 0; call < 10_000; call += 1) linkSignal(signal, new Cancellation())();
    expect(listeners).toBe(0);
  });
});
