import { randomUUID } from "node:crypto";
import { countWrites } from "@modelyard/repo-tests/count-writes";
import { redisForTests } from "@modelyard/repo-tests/redis";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisConnection, type RedisConnection } from "./index.js";

const url = redisForTests();

describe.skipIf(url === undefined)("commands sent in one turn of the event loop", () => {
  let connection: RedisConnection;
  beforeEach(async () => {
    connection = redisConnection({ url: url ?? "", namespace: `turn-${randomUUID()}`, commandMs: 2_000 });
    await connection.ready(5_000);
  });
  afterEach(() => connection.close());

  const key = "k";
  const set = (value: string): Promise<unknown> =>
    connection.command(key, (client) => client.set(connection.key("", key), value, "PX", 5_000));

  it("are written at once and in order, and those of the next turn in a second write", async () => {
    let writes = 0;
    const count = (): void => {
      writes += 1;
    };
    await connection.command(key, async (client) => {
      countWrites((client as Redis).stream, count);
    });
    await Promise.all([set("a"), Promise.resolve().then(() => set("b")), set("c")]);
    expect(writes).toBe(1);
    await set("d");
    expect(writes).toBe(2);
    expect(await connection.command(key, (client) => client.get(connection.key("", key)))).toBe("d");
  });

  it("fail if the connection breaks before they are written, and commands on the next connection succeed", async () => {
    const lost = connection.command(key, (client) => {
      const reply = client.set(connection.key("", key), "a");
      (client as Redis).stream.destroy();
      return reply;
    });
    await expect(lost).rejects.toThrow();
    await expect.poll(() => set("b").catch(() => "away"), { timeout: 5_000 }).toBe("OK");
  });
});
