import { VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { Heartbeat } from "./heartbeat.js";

/** A worker that answers each ping after this time. `undefined`: it does not answer. */
function watched(answerMs: (question: number) => number | undefined) {
  const clock = new VirtualClock();
  const seen = { questions: 0, silences: 0 };
  const heartbeat = new Heartbeat({
    limitMs: 1_000,
    clock,
    ping: () => {
      seen.questions += 1;
      const wait = answerMs(seen.questions);
      if (wait !== undefined)
        clock.setTimer(() => {
          heartbeat.answered();
        }, wait);
    },
    onSilence: () => {
      seen.silences += 1;
    },
  });
  return { clock, heartbeat, seen };
}

it("a worker that answers is not reported, even if it is busy for almost as long as allowed", async () => {
  const { clock, heartbeat, seen } = watched((question) => (question % 5 === 1 ? 740 : 1));
  await clock.advance(20_000);
  expect(seen.silences).toBe(0);
  expect(seen.questions).toBe(81);
  heartbeat.stop();
});

it("a worker that stops answering is reported once, when the limit has passed", async () => {
  const { clock, seen } = watched((question) => (question <= 4 ? 1 : undefined));
  await clock.advance(1_749);
  expect(seen.silences).toBe(0);
  await clock.advance(1);
  expect(seen.silences).toBe(1);
  await clock.advance(10_000);
  expect(seen.silences).toBe(1);
});

it("a worker is not probed after stop", async () => {
  const { clock, heartbeat, seen } = watched(() => undefined);
  heartbeat.stop();
  await clock.advance(5_000);
  expect(seen).toEqual({ questions: 1, silences: 0 });
});
