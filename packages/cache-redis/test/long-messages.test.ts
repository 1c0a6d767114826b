import { randomUUID } from "node:crypto";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";

const url = redisForTests();

describe.skipIf(url === undefined)("a message that is longer than the limit", () => {
  it("is ignored, and shorter messages after it are received", async () => {
    const namespace = `long-${randomUUID()}`;
    const connection = redisConnection({ url: url ?? "", namespace, commandMs: 2_000 });
    await connection.ready(5_000);
    const state = redisState(connection);
    const lengths: number[] = [];
    state.gossip?.(
      () => undefined,
      (message) => {
        lengths.push(message.length);
      },
    );
    const cooldowns: string[] = [];
    state.onCooldown(({ deploymentId }) => {
      cooldowns.push(deploymentId);
    });
    const { port } = new URL(url ?? "");
    const publish = async (channel: string, message: string): Promise<string> =>
      redisCommand(Number(port), "PUBLISH", `${connection.prefix}:channel:${channel}`, message);
    const facts = (length: number): string => `another-process! ${"x".repeat(length)}`;
    const cooldown = (reason: string): string =>
      JSON.stringify({ deploymentId: reason, until: Date.now() + 9_000, reason });
    await expect.poll(async () => publish("facts", facts(1)), { timeout: 5_000 }).toBe(":1\r\n");
    await expect.poll(async () => publish("cooldowns", cooldown("first")), { timeout: 5_000 }).toBe(":1\r\n");
    await publish("facts", facts(1_000_000));
    await publish("cooldowns", `${cooldown("long")}${" ".repeat(1_000_000)}`);
    await publish("facts", facts(2));
    await publish("cooldowns", cooldown("last"));
    await expect.poll(() => cooldowns.at(-1), { timeout: 5_000 }).toBe("last");
    await expect.poll(() => lengths.at(-1), { timeout: 5_000 }).toBe(2);
    expect(lengths).not.toContain(1_000_000);
    expect(cooldowns).not.toContain("long");
    await state.close();
    await connection.close();
  });
});
