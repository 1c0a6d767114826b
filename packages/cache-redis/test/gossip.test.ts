import { randomUUID } from "node:crypto";
import type { Clock } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { createRouter, type Router } from "@modelyard/router";
import { latencyBased } from "@modelyard/strategies";
import { answers, fails, scriptedProvider, type ScriptedProvider } from "@modelyard/testing";
import { afterEach, describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";

const url = redisForTests();

describe.skipIf(url === undefined)("processes that share a Redis", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  /** A router as in a separate process: it shares nothing but Redis with the others. */
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

  it("learn each other's latencies and usage without a write per request", async () => {
    const namespace = `gossip-${randomUUID()}`;
    // Usage is reported by the minute, so these clocks are set to the beginning of one.
    const aheadMs = 60_000 - (systemClock.now() % 60_000);
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const first = await open(namespace, 1, clock);
    const second = await open(namespace, 2, clock);
    first.provider.script("slow", answers("hi", { delayMs: 300 }));
    first.provider.script("quick", answers("hi"));
    // The strategy tries both deployments first; from then on it knows which one is quick.
    for (let count = 0; count < 8; count += 1) await first.ask();
    // A heartbeat may be sent before the last call is counted; the next heartbeat reports the rest.
    const received = (): number =>
      (stateOf(second.router, "slow")?.used.requests ?? 0) + (stateOf(second.router, "quick")?.used.requests ?? 0);
    await expect.poll(received, { timeout: 5_000 }).toBe(8);
    expect(stateOf(second.router, "slow")?.used.requests).toBeGreaterThan(0);
    // The second process has measured nothing, but avoids the slow deployment from its first call on.
    for (let count = 0; count < 8; count += 1) await second.ask();
    expect(second.provider.calls.map(({ deploymentId }) => deploymentId)).toEqual(
      Array.from({ length: 8 }, () => "quick"),
    );
  });

  it("see each other's cooldowns within a second and do not shorten them", async () => {
    const namespace = `gossip-${randomUUID()}`;
    const first = await open(namespace, 1);
    const second = await open(namespace, 2);
    first.provider.script("*", fails("timeout"));
    await first.ask().catch(() => undefined);
    const deploymentId = first.provider.calls[0]?.deploymentId ?? "";
    const until = stateOf(first.router, deploymentId)?.until ?? 0;
    expect(until).toBeGreaterThan(Date.now() + 20_000);
    await expect
      .poll(() => stateOf(second.router, deploymentId)?.health, { timeout: 1_000, interval: 20 })
      .toBe("cooling");
    expect(stateOf(second.router, deploymentId)?.until).toBeGreaterThanOrEqual(until);
    // A process that starts later sees the cooldown as well.
    const third = await open(namespace, 3);
    await expect.poll(() => stateOf(third.router, deploymentId)?.health, { timeout: 5_000 }).toBe("cooling");
  });
});
