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
    const heard: number[] = [];
    state.gossip?.(
      () => undefined,
      (message) => {
        heard.push(message.length);
      },
    );
    const marks: string[] = [];
    state.onCooldown(({ deploymentId }) => {
      marks.push(deploymentId);
    });
    const { port } = new URL(url ?? "");
    const tell = async (channel: string, message: string): Promise<string> =>
      redisCommand(Number(port), "PUBLISH", `${connection.prefix}:channel:${channel}`, message);
    const facts = (length: number): string => `another-process! ${"x".repeat(length)}`;
    const mark = (reason: string): string =>
      JSON.stringify({ deploymentId: reason, until: Date.now() + 9_000, reason });
    await expect.poll(async () => tell("facts", facts(1)), { timeout: 5_000 }).toBe(":1\r\n");
    await expect.poll(async () => tell("cooldowns", mark("first")), { timeout: 5_000 }).toBe(":1\r\n");
    await tell("facts", facts(1_000_000));
    await tell("cooldowns", `${mark("long")}${" ".repeat(1_000_000)}`);
    await tell("facts", facts(2));
    await tell("cooldowns", mark("last"));
    await expect.poll(() => marks.at(-1), { timeout: 5_000 }).toBe("last");
    await expect.poll(() => heard.at(-1), { timeout: 5_000 }).toBe(2);
    expect(heard).not.toContain(1_000_000);
    expect(marks).not.toContain("long");
    await state.close();
    await connection.close();
  });
});
