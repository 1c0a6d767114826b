import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand, redisCommands } from "@modelyard/repo-tests/redis-commands";
import { type RespProxy, startRespProxy } from "@modelyard/repo-tests/resp-proxy";
import { afterEach, describe, expect, it } from "vitest";
import { redisCache, redisConnection, type RedisConnectionOptions, redisState } from "../src/index.js";
import { type SharedRouter, sharedRouter } from "./support/shared-router.js";

const slots = [{ name: "parallel", kind: "slots", limit: 1_000 } as const];
const requests = [{ name: "rpm", kind: "window", limit: 100_000, windowMs: 60_000 } as const];

describe.skipIf(redisForTests() === undefined)("calls of a router whose Redis fails", () => {
  const started: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of started.splice(0).toReversed()) await stop();
  });
  const start = async (args: readonly string[] = [], port?: number): Promise<RedisProcess> => {
    const redis = await startRedis(args, port === undefined ? {} : { port });
    started.push(() => redis.stop());
    return redis;
  };
  const proxied = async (): Promise<{ readonly redis: RedisProcess; readonly proxy: RespProxy }> => {
    const redis = await start();
    const proxy = await startRespProxy(redis.port);
    started.push(() => proxy.stop());
    return { redis, proxy };
  };
  const open = async (options: RedisConnectionOptions): Promise<SharedRouter> => {
    const shared = sharedRouter(options);
    started.push(() => shared.close());
    return shared;
  };
  const opened = async (options: RedisConnectionOptions): Promise<SharedRouter> => {
    const shared = await open(options);
    await shared.until(true);
    await shared.ask();
    return shared;
  };
  /** A connection, and the warnings it logs. */
  const warning = (url: string) => {
    const lines: (readonly [message: string, fields: object])[] = [];
    const ignore = (): void => undefined;
    const warn = (fields: object, message: string): void => {
      lines.push([message, fields]);
    };
    const connection = redisConnection({ url, logger: { debug: ignore, info: ignore, error: ignore, warn } });
    started.push(() => connection.close());
    return { connection, lines };
  };
  /** Makes `count` calls at once, all of which must succeed. */
  const burst = async (shared: SharedRouter, count = 50): Promise<void> => {
    expect(await Promise.all(Array.from({ length: count }, shared.ask))).toHaveLength(count);
  };
  const used = async (shared: SharedRouter, limits: typeof slots | typeof requests) =>
    shared.state.used({ deploymentId: "d", limits, now: 0 });

  /** The clock of Redis decides when a minute ends; a test that counts exactly needs a minute that does not end during the test. */
  const roomInTheMinute = async (): Promise<void> =>
    expect.poll(() => 60_000 - (Date.now() % 60_000), { timeout: 4_000 }).toBeGreaterThan(3_000);

  it.each([
    ["connections are refused", [], "redis://127.0.0.1:1", "ECONNREFUSED"],
    ["the password is wrong", ["--requirepass", "right"], undefined, "WRONGPASS"],
    ["it rejects writes", ["--min-replicas-to-write", "1"], undefined, "NOREPLICAS"],
  ] as const)("log the reason once if Redis is unreachable from the start: %s", async (_, args, url, error) => {
    const redis = await start(args);
    const password = error === "WRONGPASS" ? "wrong" : "";
    const { connection, lines } = warning(url ?? `redis://:${password}@127.0.0.1:${String(redis.port)}`);
    expect(await connection.ready(300)).toBe(false);
    const address = `127.0.0.1:${url === undefined ? String(redis.port) : "1"}`;
    expect(lines).toEqual([["Redis is unreachable", { address, error }]]);
  });

  it("reject a lookup of a conversation, but miss in the response cache, if Redis is unreachable", async () => {
    const { connection } = warning("redis://127.0.0.1:1");
    expect(await connection.ready(300)).toBe(false);
    const lookup = Promise.resolve(redisState(connection).memory?.get("k"));
    await expect(lookup).rejects.toThrow();
    expect(await redisCache(connection).get("k")).toBeUndefined();
  });

  it("log once that Redis is back but rejects the password", async () => {
    const redis = await start(["--requirepass", "right"]);
    const { connection, lines } = warning(`redis://:right@127.0.0.1:${String(redis.port)}`);
    expect(await connection.ready(5_000)).toBe(true);
    await redis.stop();
    await expect.poll(() => lines.length, { timeout: 5_000 }).toBe(1);
    await start(["--requirepass", "other"], redis.port);
    const address = `127.0.0.1:${String(redis.port)}`;
    const refused = ["Redis answers, but rejects our commands", { address, error: "WRONGPASS" }];
    await expect.poll(() => lines, { timeout: 5_000 }).toContainEqual(refused);
    expect(lines.filter(([message]) => message === refused[0]).length).toBeLessThanOrEqual(2);
  });

  it("wait for one command if Redis hangs, and later calls do not wait at all", async () => {
    const { redis, proxy } = await proxied();
    const shared = await opened({ url: proxy.url, commandMs: 200 });
    redis.pause();
    const before = performance.now();
    await burst(shared);
    const first = performance.now() - before;
    expect(shared.state.available).toBe(false);
    expect(shared.router.state().shared).toEqual({ name: "redis", available: false });
    const commands = proxy.commands;
    const since = performance.now();
    for (let round = 0; round < 10; round += 1) await burst(shared);
    // Ten times as many calls: if each of them waited, they would take ten times as long.
    expect(performance.now() - since).toBeLessThan(10 * first);
    // Only the background probes reached Redis, however many calls there were.
    expect(proxy.commands - commands).toBeLessThan(30);
    redis.resume();
    await shared.until(true);
    await burst(shared, 1);
    expect(await used(shared, slots)).toEqual([0]);
  });

  it("are charged once for what they used meanwhile when Redis is back", async () => {
    await roomInTheMinute();
    const redis = await start();
    const shared = await opened({ url: redis.url });
    redis.pause();
    await burst(shared);
    await burst(shared);
    redis.resume();
    await shared.until(true);
    await expect.poll(() => used(shared, requests)).toEqual([101]);
    await expect.poll(() => used(shared, slots)).toEqual([0]);
  });

  it("succeed when Redis is killed and restarted without its data", async () => {
    await roomInTheMinute();
    const redis = await start();
    const shared = await opened({ url: redis.url });
    redis.kill();
    await redis.stop();
    await burst(shared);
    expect(shared.state.available).toBe(false);
    await start([], redis.port);
    await shared.until(true);
    await burst(shared, 3);
    await expect.poll(() => used(shared, requests)).toEqual([53]);
    expect(await used(shared, slots)).toEqual([0]);
  });

  it("succeed when Redis starts later than the router", async () => {
    const redis = await start();
    await redis.stop();
    // On a busy machine, the first burst waits longer for its replies than the usual limit, which counts as an outage.
    const shared = await open({ url: redis.url, commandMs: 10_000 });
    await burst(shared);
    expect(shared.state.available).toBe(false);
    await start([], redis.port);
    await shared.until(true);
    await burst(shared);
    expect(shared.state.available).toBe(true);
  });

  it("succeed when Redis is out of memory", async () => {
    const redis = await start();
    const shared = await opened({ url: redis.url });
    await redisCommand(redis.port, "CONFIG", "SET", "maxmemory", 1);
    await burst(shared);
    expect(shared.state.available).toBe(false);
    await redisCommand(redis.port, "CONFIG", "SET", "maxmemory", 0);
    await shared.until(true);
    await expect.poll(() => used(shared, slots)).toEqual([0]);
  });

  it("succeed while Redis loads its data from disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "redis-loading-"));
    started.push(async () => {
      rmSync(folder, { recursive: true, force: true });
    });
    const redis = await start(
      ["--dir", folder, "--enable-debug-command", "yes", "--key-load-delay", "2000"].concat([
        "--loading-process-events-interval-bytes",
        "1024",
      ]),
    );
    const shared = await opened({ url: redis.url });
    await redisCommand(redis.port, "DEBUG", "POPULATE", 500, "key", 100);
    const loaded = redisCommand(redis.port, "DEBUG", "RELOAD");
    await expect
      .poll(
        async () => {
          await burst(shared, 5);
          return shared.state.available;
        },
        { interval: 5 },
      )
      .toBe(false);
    await burst(shared);
    await loaded;
    await shared.until(true);
    await burst(shared);
  });

  it("succeed when Redis has lost our scripts", async () => {
    await roomInTheMinute();
    const redis = await start();
    const shared = await opened({ url: redis.url, commandMs: 2_000 });
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([burst(shared), redisCommand(redis.port, "SCRIPT", "FLUSH")]);
    }
    expect(shared.state.available).toBe(true);
    expect(await used(shared, requests)).toEqual([251]);
  });

  it("succeed over half-open connections", async () => {
    const { proxy } = await proxied();
    const shared = await opened({ url: proxy.url });
    proxy.mute();
    await burst(shared);
    expect(shared.state.available).toBe(false);
    await shared.until(true);
    await burst(shared);
    await expect.poll(() => used(shared, slots)).toEqual([0]);
  });

  it("succeed when replies take 200 ms, which counts as an outage", async () => {
    const { proxy } = await proxied();
    const shared = await opened({ url: proxy.url });
    proxy.fate = () => ({ delayMs: 200 });
    await burst(shared);
    await shared.ask();
    expect(shared.state.available).toBe(false);
    await burst(shared);
    proxy.fate = () => ({});
    await shared.until(true);
    await expect.poll(() => used(shared, slots)).toEqual([0]);
  });

  it("succeed when the password is wrong, from the start or later", async () => {
    const redis = await start(["--requirepass", "first"]);
    const shared = await open({ url: redis.url, password: "second" });
    const admin = async (password: string, ...words: readonly string[]): Promise<void> => {
      await redisCommands(redis.port, ["AUTH", password], words);
    };
    await burst(shared);
    expect(shared.state.available).toBe(false);
    await admin("first", "CONFIG", "SET", "requirepass", "second");
    await shared.until(true);
    await burst(shared);
    await admin("second", "CONFIG", "SET", "requirepass", "third");
    await admin("third", "CLIENT", "KILL", "TYPE", "normal");
    await shared.until(false);
    await burst(shared);
    await admin("third", "CONFIG", "SET", "requirepass", "second");
    await shared.until(true);
    await burst(shared);
  });

  it("keep using Redis after one late reply and after an error that concerns one key", async () => {
    const { redis, proxy } = await proxied();
    const shared = await opened({ url: proxy.url, commandMs: 400 });
    await expect.poll(() => used(shared, slots)).toEqual([0]);
    let late = 1;
    proxy.fate = (words) => {
      if (late === 0 || !words.some((word) => word.includes("reservation"))) return {};
      late -= 1;
      return { delayMs: 450 };
    };
    await shared.ask();
    expect(late).toBe(0);
    expect(shared.state.available).toBe(true);
    await redisCommand(redis.port, "DEL", shared.connection.key("d", "slots"));
    await redisCommand(redis.port, "SET", shared.connection.key("d", "slots"), "not a sorted set");
    await burst(shared);
    expect(shared.state.available).toBe(true);
  });
});
