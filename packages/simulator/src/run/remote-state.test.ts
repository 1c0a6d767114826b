import { memoryState } from "@modelyard/cache-memory";
import type { SharedState } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { randomFor } from "../loop/chance.js";
import { EventLoop } from "../loop/event-loop.js";
import { RemoteStore, type SharedStateModel } from "./remote-state.js";

const limits = [{ name: "rpm", kind: "window", limit: 2, windowMs: 60_000 }] as const;

function world(model: SharedStateModel): {
  readonly loop: EventLoop;
  readonly memory: SharedState;
  readonly store: RemoteStore;
  reserve(state: SharedState, id: string): Promise<string>;
  runTo(ms: number): Promise<void>;
} {
  const loop = new EventLoop();
  const memory = memoryState();
  const store = new RemoteStore({ loop, store: memory, model, random: randomFor(1, "test"), processes: 2 });
  return {
    loop,
    memory,
    store,
    async reserve(state, reservationId) {
      const request = { deploymentId: "a", reservationId, limits, amounts: [1], ttlMs: 60_000, now: loop.now() };
      const result = await Promise.resolve(state.reserve(request)).then(
        ({ granted }) => (granted ? "granted" : "refused"),
        () => "failed",
      );
      return `${result} ${String(loop.time / 1_000)}`;
    },
    async runTo(ms) {
      let isOver = false;
      loop.plan(ms * 1_000 - loop.time, () => {
        isOver = true;
      });
      await loop.run(() => isOver);
    },
  };
}

describe("RemoteStore", () => {
  it("takes its time, and holds processes to one limit", async () => {
    const { store, reserve, runTo } = world({ delayMs: 2 });
    const replies = Promise.all(
      [store.connect(), store.connect(), store.connect()].map((state, id) => reserve(state, String(id))),
    );
    await runTo(10);
    expect(await replies).toEqual(["granted 2", "granted 2", "refused 2"]);
    expect(store.operations).toBe(3);
  });

  it("fails what is late, though it took effect", async () => {
    const { loop, memory, store, reserve, runTo } = world({ delayMs: 200 });
    const state = store.connect();
    const late = [reserve(state, "1"), reserve(state, "2")];
    await runTo(150);
    expect(await Promise.all(late)).toEqual(["failed 50", "failed 50"]);
    expect(memory.used({ deploymentId: "a", limits, now: loop.now() })).toEqual([2]);
  });

  it("is unavailable after two operations without an answer, and available again after its outage", async () => {
    const { store, reserve, runTo } = world({ outages: [{ fromMs: 0, toMs: 1_000 }] });
    const state = store.connect();
    const seen: string[] = [];
    state.onAvailability((available) => {
      seen.push(String(available));
    });
    const failing = [reserve(state, "1"), reserve(state, "2")];
    await runTo(900);
    expect(await Promise.all(failing)).toEqual(["failed 50", "failed 50"]);
    expect([state.available, ...seen]).toEqual([false, "false"]);
    await runTo(1_500);
    expect([state.available, ...seen]).toEqual([true, "false", "true"]);
    const after = reserve(state, "3");
    await runTo(2_000);
    expect(await after).toBe("granted 1501");
  });

  it("makes settlements up that did not arrive", async () => {
    const { loop, store, reserve, runTo } = world({ outages: [{ fromMs: 10, toMs: 1_000 }] });
    const state = store.connect();
    const replies = Promise.all([reserve(state, "1"), reserve(state, "2")]);
    await runTo(20);
    await replies;
    const settling = (id: string): Promise<unknown> =>
      Promise.resolve(
        state.settle({ deploymentId: "a", reservationId: id, limits, amounts: [0], now: loop.now() }),
      ).catch(() => undefined);
    const settled = Promise.all([settling("1"), settling("2")]);
    await runTo(2_000);
    await settled;
    const after = reserve(state, "3");
    await runTo(3_000);
    expect(await after).toBe("granted 2001");
  });

  it("passes cooldowns and messages on to the other processes", async () => {
    const { loop, store, runTo } = world({ delayMs: 10 });
    const [one, other] = [store.connect(), store.connect()];
    const heard: string[] = [];
    other.onCooldown(({ deploymentId }) => {
      heard.push(deploymentId);
    });
    one.gossip?.(
      () => "from one",
      (text) => {
        heard.push(text);
      },
    );
    other.gossip?.(
      () => "from other",
      (text) => {
        heard.push(text);
      },
    );
    void one.startCooldown({ deploymentId: "a", until: loop.now() + 5_000, reason: "rate_limit" }, loop.now());
    await runTo(1_100);
    expect(heard.toSorted()).toEqual(expect.arrayContaining(["a", "from one", "from other"]));
  });
});
