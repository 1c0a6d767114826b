import { RouterError } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { ConditionWatch, failure, failureRecorder, turnsUntil } from "./index.js";

describe("failure", () => {
  it("returns what the promise rejects with", async () => {
    const error = new RouterError({ kind: "timeout", message: "too late" });
    expect(await failure(Promise.reject(error))).toBe(error);
  });

  it("fails the test if the promise resolves", async () => {
    await expect(failure(Promise.resolve("fine"))).rejects.toThrow("expected the promise to reject, but it resolved");
    await expect(failure(Promise.resolve(undefined))).rejects.toThrow("resolved to undefined");
  });
});

describe("ConditionWatch", () => {
  it("resolves at once if the condition holds already", async () => {
    await expect(new ConditionWatch().until(() => true)).resolves.toBeUndefined();
  });

  it("resolves each waiter in the first change after which its condition holds", async () => {
    const watch = new ConditionWatch();
    const order: number[] = [];
    let count = 0;
    const waiting = [2, 1].map((least) => watch.until(() => count >= least).then(() => order.push(least)));
    for (const wanted of [1, 2]) {
      count += 1;
      watch.changed();
      await turnsUntil(() => order.length === wanted);
    }
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
  });

  it("no longer checks a condition that has held", async () => {
    const watch = new ConditionWatch();
    let checks = 0;
    await watch.until(() => (checks += 1) > 0);
    watch.changed();
    expect(checks).toBe(1);
  });
});

describe("turnsUntil", () => {
  it("lets the event loop turn at least once", async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await turnsUntil(() => true);
    expect(turned).toBe(true);
  });
});

describe("failureRecorder", () => {
  it("keeps the causes of failed callbacks as strings", () => {
    const { callback, causes } = failureRecorder();
    callback.on({ type: "callback_failed", at: 0, callback: "other", cause: new Error("lost") });
    expect(callback.events).toEqual(["callback_failed"]);
    expect(causes).toEqual(["Error: lost"]);
  });
});
