import { Cancellation, sleep } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

describe("VirtualClock", () => {
  it("moves only when advanced, and fires timers in the order of their times", async () => {
    const clock = new VirtualClock(1_000);
    const fired: [string, number][] = [];
    const note = (name: string) => (): void => void fired.push([name, clock.now()]);
    clock.setTimer(note("late"), 50);
    clock.setTimer(note("early"), 10);
    clock.setTimer(note("early too"), 10);
    clock.clearTimer(clock.setTimer(note("never"), 20));
    await clock.advance(49);
    expect(fired).toEqual([
      ["early", 1_010],
      ["early too", 1_010],
    ]);
    await clock.advance(1);
    expect(fired.at(-1)).toEqual(["late", 1_050]);
    expect([clock.now(), clock.timers]).toEqual([1_050, 0]);
  });

  it("finishes what one timer starts before the next one fires", async () => {
    const clock = new VirtualClock(0);
    const order: string[] = [];
    const chain = async (): Promise<void> => {
      await sleep(clock, 10);
      await Promise.resolve();
      order.push(`chain ${String(clock.now())}`);
      await sleep(clock, 5);
      order.push(`chain ${String(clock.now())}`);
    };
    const chained = chain();
    clock.setTimer(() => void order.push(`timer ${String(clock.now())}`), 12);
    await clock.advance(20);
    await chained;
    expect(order).toEqual(["chain 10", "timer 12", "chain 15"]);
  });

  it("runs until a promise is settled, and throws if it never can be", async () => {
    const clock = new VirtualClock(0);
    await clock.until(sleep(clock, 86_400_000));
    expect(clock.now()).toBe(86_400_000);
    await expect(clock.until(Promise.reject(new Error("its own")))).rejects.toThrow("its own");
    await expect(clock.until(sleep(clock, 5, cancelled()))).rejects.toThrow("aborted");
    await expect(clock.until(Promise.race([]))).rejects.toThrow("no timer is left");
  });
});

function cancelled(): Cancellation {
  const cancellation = new Cancellation();
  cancellation.cancel(new Error("aborted"));
  return cancellation;
}
