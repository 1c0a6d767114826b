import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { RedisAvailability } from "./redis-availability.js";

function setup({ answering }: { readonly answering: boolean }) {
  const clock = new VirtualClock();
  const redis = { answering, probes: 0 };
  const changes: boolean[] = [];
  const master = new RedisAvailability(
    {
      clock,
      commandMs: 40,
      probe: () => {
        redis.probes += 1;
        return redis.answering ? Promise.resolve() : Promise.reject(new Error("no reply"));
      },
      changed: ({ available }) => {
        changes.push(available);
      },
    },
    true,
  );
  return { clock, master, redis, changes };
}

describe("RedisAvailability", () => {
  it("gives the command after a late reply a quarter of the time, and becomes unavailable if that is late too", () => {
    const { master, changes } = setup({ answering: true });
    expect(master.timeoutMs).toBe(40);
    master.replyTimedOut("late");
    expect([master.timeoutMs, master.available]).toEqual([10, true]);
    master.replyArrived();
    expect(master.timeoutMs).toBe(40);
    master.replyTimedOut("late");
    expect(changes).toEqual([]);
    master.replyTimedOut("late");
    expect([master.available, changes]).toEqual([false, [false]]);
  });

  it("probes at growing intervals, is available after the first answer, and forgets earlier late replies", async () => {
    const { clock, master, redis, changes } = setup({ answering: false });
    master.replyTimedOut("late");
    master.markUnavailable("away");
    master.markUnavailable("still away");
    const probedAt: number[] = [];
    for (let ms = 1; ms <= 1_000; ms += 1) {
      const before = redis.probes;
      await clock.advance(1);
      if (redis.probes > before) probedAt.push(ms);
    }
    expect(probedAt).toEqual([25, 75, 175, 375, 575, 775, 975]);
    redis.answering = true;
    await clock.advance(200);
    expect([master.available, master.timeoutMs, changes]).toEqual([true, 40, [false, true]]);
    expect(clock.timers).toBe(0);
  });

  it("neither probes nor reports changes once it is closed", async () => {
    const { clock, master, redis, changes } = setup({ answering: true });
    master.markUnavailable("away");
    master.close();
    master.markUnavailable("away");
    await master.probe();
    await clock.advance(1_000);
    expect([redis.probes, changes]).toEqual([0, [false]]);
  });
});
