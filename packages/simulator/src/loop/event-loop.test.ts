import { describe, expect, it } from "vitest";
import { EventLoop, startOfTime } from "./event-loop.js";

describe("EventLoop", () => {
  it("lets things happen in the order of their times, and of their planning if the times are equal", async () => {
    const loop = new EventLoop();
    const seen: string[] = [];
    for (const [name, time] of [
      ["c", 30],
      ["a", 10],
      ["b", 20],
      ["b2", 20],
    ] as const)
      loop.plan(time, () => {
        seen.push(`${name}@${String(loop.time)}`);
      });
    await loop.run(() => seen.length === 4);
    expect(seen).toEqual(["a@10", "b@20", "b2@20", "c@30"]);
  });

  it("finishes all promises that an event started before the next event", async () => {
    const loop = new EventLoop();
    const seen: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let step = 0; step < 20; step += 1) await Promise.resolve();
      seen.push(`${name}@${String(loop.now() - startOfTime)}`);
    };
    loop.setTimer(() => void work("first"), 1);
    loop.setTimer(() => void work("second"), 2);
    await loop.run(() => seen.length === 2);
    expect(seen).toEqual(["first@1", "second@2"]);
  });

  it("never fires a timer early, and measures in whole microseconds", async () => {
    const loop = new EventLoop();
    let firedAt = 0;
    loop.setTimer(() => {
      firedAt = loop.time;
    }, 0.1234567);
    await loop.run(() => firedAt > 0);
    expect(firedAt).toBe(124);
  });

  it("forgets canceled events, however many there are", () => {
    const loop = new EventLoop();
    const seen: number[] = [];
    const planned = Array.from({ length: 5_000 }, (_, index) =>
      loop.plan(5_000 - index, () => {
        seen.push(index);
      }),
    );
    for (const [index, happening] of planned.entries()) if (index % 5 > 0) loop.cancel(happening);
    loop.cancel(planned[1]);
    loop.runAtOnce(() => seen.length === 1_000);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => 5 * (999 - index)));
    expect(loop.happened).toBe(1_000);
  });

  it("reports a simulation that waits for nothing", async () => {
    const loop = new EventLoop();
    loop.setTimer(() => undefined, Number.POSITIVE_INFINITY);
    await expect(loop.run(() => false)).rejects.toThrow("waits for something that cannot happen");
  });
});
