import { VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { Gate } from "./gate.js";

function setup(answering = true) {
  const clock = new VirtualClock();
  const redis = { answering, asked: 0 };
  const changes: boolean[] = [];
  const gate = new Gate(
    {
      clock,
      commandMs: 40,
      ask: () => {
        redis.asked += 1;
        return redis.answering ? Promise.resolve() : Promise.reject(new Error("no reply"));
      },
      changed: ({ open }) => {
        changes.push(open);
      },
    },
    true,
  );
  return { clock, gate, redis, changes };
}

it("after a late reply the next command is waited for a quarter as long, and that one's reply decides", () => {
  const { gate, changes } = setup();
  expect(gate.patienceMs).toBe(40);
  gate.late("late");
  expect([gate.patienceMs, gate.open]).toEqual([10, true]);
  gate.answered();
  expect(gate.patienceMs).toBe(40);
  gate.late("late");
  expect(changes).toEqual([]);
  gate.late("late");
  expect([gate.open, changes]).toEqual([false, [false]]);
});

it("a shut gate asks more and more seldom, opens at the first answer, and knows nothing of the late replies of before", async () => {
  const { clock, gate, redis, changes } = setup(false);
  gate.late("late");
  gate.shut("away");
  gate.shut("still away");
  const asked: number[] = [];
  for (let ms = 1; ms <= 1_000; ms += 1) {
    const before = redis.asked;
    await clock.advance(1);
    if (redis.asked > before) asked.push(ms);
  }
  expect(asked).toEqual([25, 75, 175, 375, 575, 775, 975]);
  redis.answering = true;
  await clock.advance(200);
  expect([gate.open, gate.patienceMs, changes]).toEqual([true, 40, [false, true]]);
  expect(clock.timers).toBe(0);
});

it("a closed gate asks nobody and tells nobody", async () => {
  const { clock, gate, redis, changes } = setup();
  gate.shut("away");
  gate.close();
  gate.shut("away");
  await gate.ask();
  await clock.advance(1_000);
  expect([redis.asked, changes]).toEqual([0, [false]]);
});
