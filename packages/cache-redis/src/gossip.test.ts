import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "@modelyard/core";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { createRouter, type Router } from "@modelyard/router";
import { latencyBased } from "@modelyard/strategies";
import { answers, fails, scriptedProvider, type ScriptedProvider } from "@modelyard/testing";
import { afterEach, describe, expect, it } from "vitest";
import { redisConnection, redisState } from "./index.js";

const url = redisForTests();

describe.skipIf(url === undefined)("between processes", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  /** A router as in a process of its own: nothing is shared but Redis. */
  const open = async (
    namespace: string,
    processes: number,
    clock: Clock = systemClock,
  ): Promise<{ readonly router: Router; readonly provider: ScriptedProvider; ask(): Promise<unknown> }> => {
    const connection = redisConnection({ url: url ?? "", namespace, commandMs: 2_000 });
    await connection.ready(5_000);
    const state = redisState(connection);
    const provider = scriptedProvider({ clock: systemClock });
    const router = createRouter({
      clock,
      providers: [provider],
      sharedState: state,
      strategy: latencyBased({ lowestLatencyBuffer: 0 }),
      allowedFails: 0,
      cooldownMs: 30_000,
      numRetries: 0,
      modelList: [
        { id: "slow", modelName: "m", model: "openai/slow", rpm: 1_000 },
        { id: "quick", modelName: "m", model: "openai/quick", rpm: 1_000 },
      ],
    });
    closing.push(async () => {
      await router.close();
      await state.close();
      await connection.close();
    });
    await expect.poll(() => state.processes, { timeout: 5_000 }).toBe(processes);
    return {
      router,
      provider,
      ask: async () => router.completion({ model: "m", messages: [{ role: "user", content: "hi" }] }),
    };
  };
  const stateOf = (router: Router, id: string) =>
    router.state().groups[0]?.deployments.find((deployment) => deployment.id === id);

  it("latencies and usage get around without a write for each request", async () => {
    const namespace = `gossip-${randomUUID()}`;
    // Usage is told by the minute: for these routers one begins now.
    const aheadMs = 60_000 - (systemClock.now() % 60_000);
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const first = await open(namespace, 1, clock);
    const second = await open(namespace, 2, clock);
    first.provider.script("slow", answers("hi", { delayMs: 300 }));
    first.provider.script("quick", answers("hi"));
    // Both are tried at first; then it is known which one is quick.
    for (let count = 0; count < 8; count += 1) await first.ask();
    // A sign of life may go out before the last of them is counted: the next one tells the rest.
    const heard = (): number =>
      (stateOf(second.router, "slow")?.used.requests ?? 0) + (stateOf(second.router, "quick")?.used.requests ?? 0);
    await expect.poll(heard, { timeout: 5_000 }).toBe(8);
    expect(stateOf(second.router, "slow")?.used.requests).toBeGreaterThan(0);
    // The second process never measured anything, and avoids the slow one from its first call on.
    for (let count = 0; count < 8; count += 1) await second.ask();
    expect(second.provider.calls.map(({ deploymentId }) => deploymentId)).toEqual(
      Array.from({ length: 8 }, () => "quick"),
    );
  });

  it("a cooldown is seen within a second, and no view of one's own shortens it", async () => {
    const namespace = `gossip-${randomUUID()}`;
    const first = await open(namespace, 1);
    const second = await open(namespace, 2);
    first.provider.script("*", fails("timeout"));
    await first.ask().catch(() => undefined);
    const benched = first.provider.calls[0]?.deploymentId ?? "";
    const until = stateOf(first.router, benched)?.until ?? 0;
    expect(until).toBeGreaterThan(Date.now() + 20_000);
    await expect.poll(() => stateOf(second.router, benched)?.health, { timeout: 1_000, interval: 20 }).toBe("cooling");
    expect(stateOf(second.router, benched)?.until).toBeGreaterThanOrEqual(until);
    // A process that starts later reads it.
    const third = await open(namespace, 3);
    await expect.poll(() => stateOf(third.router, benched)?.health, { timeout: 5_000 }).toBe("cooling");
  });
});
