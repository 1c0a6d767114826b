import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { IdleTimer } from "./idle-timer.js";

function watching(longestMs = 100) {
  const clock = new VirtualClock();
  const start = clock.now();
  const silences: number[] = [];
  const watch = new IdleTimer(clock, longestMs, () => {
    silences.push(clock.now() - start);
  });
  watch.start(start);
  return {
    clock,
    silences,
    watch,
    ask: () => {
      watch.resume(clock.now());
    },
    /** A part arrives after `ms`, and the reader asks for the next one at once. */
    comes: async (ms: number, content: boolean) => {
      await clock.advance(ms);
      watch.pause(clock.now(), content);
      watch.resume(clock.now());
    },
  };
}

describe("IdleTimer", () => {
  it("starts again only when content arrives", async () => {
    const { ask, comes, clock, silences } = watching();
    ask();
    await comes(60, true);
    await comes(30, false);
    expect(silences).toEqual([]);
    await clock.advance(69);
    expect(silences).toEqual([]);
    await clock.advance(1);
    expect(silences).toEqual([160]);
  });

  it("does not run while the reader is not reading", async () => {
    const { ask, watch, clock, silences } = watching();
    await clock.advance(500);
    ask();
    await clock.advance(60);
    watch.pause(clock.now(), false);
    await clock.advance(1_000);
    ask();
    // Resuming twice does not start a new wait.
    ask();
    await clock.advance(39);
    expect(silences).toEqual([]);
    await clock.advance(1);
    expect(silences).toEqual([1_600]);
  });

  it("does not fire after it was stopped, nor with an unlimited idle time", async () => {
    const { ask, watch, clock, silences } = watching();
    ask();
    watch.stop();
    watch.stop();
    const patient = watching(Number.POSITIVE_INFINITY);
    patient.ask();
    await clock.advance(1_000);
    expect([silences, clock.timers, patient.clock.timers]).toEqual([[], 0, 0]);
  });
});
