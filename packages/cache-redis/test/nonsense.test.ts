import { nextTurn } from "@modelyard/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";
import { bulk, type FakeRedis, startFakeRedis } from "./support/fake-redis.js";
import { type SharedRouter, sharedRouter } from "./support/shared-router.js";

/** Replies that none of our commands expects, and bytes that are not a reply at all. */
const nonsense: Readonly<Record<string, string>> = {
  "a negative length": "$-5\r\n",
  "a negative length of a list": "*-7\r\n",
  "RESP3's null": "_\r\n",
  "RESP2's null": "$-1\r\n",
  "RESP2's null list": "*-1\r\n",
  "a number of 23 digits": ":99999999999999999999999\r\n",
  "a number of letters": ":abc\r\n",
  "a status where a list belongs": "+OK\r\n",
  "an empty list": "*0\r\n",
  "a list of nulls": "*2\r\n_\r\n_\r\n",
  "a list of empty lists": "*2\r\n*0\r\n*0\r\n",
  "a map": "%1\r\n+a\r\n:1\r\n",
  "a set": "~2\r\n+a\r\n+b\r\n",
  "a double": ",1.5\r\n",
  "a double that is not a number": ",nan\r\n",
  "a double of letters": ",x\r\n",
  "a boolean": "#t\r\n",
  "a big number": "(3492890328409238509324850943850943825024385\r\n",
  "a verbatim string": "=6\r\ntxt:hi\r\n",
  "a blob error": "!5\r\nERR a\r\n",
  "an empty push": ">0\r\n",
  "a push of nulls": ">2\r\n_\r\n_\r\n",
  "a push without a channel": `>1\r\n${bulk("message")}`,
  "a push where a reply belongs": `>3\r\n${bulk("subscribe")}${bulk("x")}:1\r\n`,
  "a message of nulls": `*3\r\n${bulk("message")}_\r\n_\r\n`,
  "lists 100,000 deep": "*1\r\n".repeat(100_000),
  "lists 7 deep": `${"*1\r\n".repeat(7)}:1\r\n`,
  "lists that claim millions of elements": "*30000000\r\n".repeat(3),
  "a list that claims 4294967295 elements": "*4294967295\r\n",
  "a string that claims a terabyte": "$1099511627776\r\n",
  "the beginning of a string of half a gigabyte": "$536870912\r\nabc",
  "half a reply": "*1\r\n",
  "half a string": "$100\r\nabc",
  "two replies at once": "*1\r\n:1\r\n*1\r\n:1\r\n",
  "a hundred thousand replies at once": "+OK\r\n".repeat(100_000),
  "a line without an end": "+".padEnd(200_000, "x"),
  "a line that ends with a line feed alone": "+OK\n",
  HTTP: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
  SSH: "SSH-2.0-OpenSSH_9.6\r\n",
  TLS: "\u0015\u0003\u0001\u0000\u0002\u0002F",
  zeros: "\u0000".repeat(100),
  MOVED: "-MOVED 1 127.0.0.1:1\r\n",
  "an attribute": "|1\r\n+a\r\n:1\r\n",
};
const cases = Object.entries(nonsense);

describe("a Redis server that sends nonsense", () => {
  const started: (() => Promise<void>)[] = [];
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => {
    uncaught.push(error);
  };
  beforeEach(() => {
    uncaught.length = 0;
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    for (const stop of started.splice(0).toReversed()) await stop();
    process.off("uncaughtException", note);
    process.off("unhandledRejection", note);
  });
  const start = async (resp3 = true): Promise<FakeRedis> => {
    const fake = await startFakeRedis({ resp3 });
    started.push(() => fake.stop());
    return fake;
  };
  const open = (url: string) => {
    // Long enough for a busy machine: a healthy reply must never count as a late one.
    const shared = sharedRouter({ url, commandMs: 300 });
    started.push(() => shared.close());
    return shared;
  };
  /** Makes many calls, all of which must succeed: the limits are far away. */
  const burst = async (ask: () => Promise<unknown>, name: string): Promise<void> => {
    const answers = await Promise.allSettled(Array.from({ length: 10 }, ask));
    if (answers.some(({ status }) => status === "rejected")) throw new Error(`a call failed: ${name}`);
  };

  /** Plays every kind of nonsense at once, each on its own server. */
  const playAll = async (
    resp3: boolean,
    play: (fake: FakeRedis, text: string) => void,
    asks: (fake: FakeRedis) => boolean,
  ): Promise<readonly SharedRouter[]> => {
    const routers = await Promise.all(
      cases.map(async ([name, text]) => {
        const fake = await start(resp3);
        play(fake, text);
        const shared = open(fake.url);
        await burst(shared.ask, name);
        await expect.poll(() => asks(fake), { message: name, timeout: 10_000 }).toBe(true);
        await burst(shared.ask, name);
        return shared;
      }),
    );
    // An uncaught exception surfaces only after everything that arrived was read.
    await nextTurn();
    return routers;
  };
  const count = (fake: FakeRedis, command: string): number => fake.received.get(command) ?? 0;
  const answering =
    (...commands: readonly string[]) =>
    (fake: FakeRedis, text: string): void => {
      fake.reply = ([word = ""]) => (commands.includes(word.toLowerCase()) ? text : undefined);
    };

  it("fails no call when nonsense is the first thing it sends", async () => {
    const play = (fake: FakeRedis, text: string): void => {
      fake.connected = (socket) => {
        socket.write(text, "latin1");
      };
    };
    await playAll(true, play, (fake) => count(fake, "hello") > 0);
    expect(uncaught).toEqual([]);
  });

  it("fails no call when it answers each command with nonsense", async () => {
    const play = (fake: FakeRedis, text: string): void => {
      fake.reply = () => text;
    };
    const routers = await playAll(true, play, (fake) => count(fake, "hello") > 1);
    expect(uncaught).toEqual([]);
    for (const { state } of routers) expect(state.available).toBe(false);
  });

  it("neither fails nor refuses a call when it answers our scripts with nonsense", async () => {
    await playAll(true, answering("evalsha"), (fake) => count(fake, "evalsha") > 0);
    expect(uncaught).toEqual([]);
  });

  it("counts as unreachable when it answers SET or GET with nonsense", async () => {
    const routers = await playAll(true, answering("set", "get"), (fake) => count(fake, "get") > 0);
    expect(uncaught).toEqual([]);
    for (const { state } of routers) expect(state.available).toBe(false);
  });

  it.each([
    ["RESP3", true],
    ["RESP2", false],
  ] as const)("does not crash the process when it answers a subscription in %s with nonsense", async (_, resp3) => {
    await playAll(resp3, answering("subscribe"), (fake) => count(fake, "subscribe") > 0);
    expect(uncaught).toEqual([]);
  });

  it.each([
    ["RESP3", true],
    ["RESP2", false],
  ] as const)("does not crash the process when it sends nonsense instead of a message in %s", async (_, resp3) => {
    const play = (fake: FakeRedis, text: string): void => {
      fake.reply = ([word = ""], socket) => {
        if (word.toLowerCase() === "subscribe") {
          setImmediate(() => {
            socket.write(text, "latin1");
          });
        }
        return undefined;
      };
    };
    await playAll(resp3, play, (fake) => count(fake, "subscribe") > 0);
    expect(uncaught).toEqual([]);
  });

  it("does not crash the process with a slot map that is malformed or names slots without end", async () => {
    const node = `*2\r\n${bulk("127.0.0.1")}:1\r\n`;
    const maps = [
      `*1\r\n*3\r\n:0\r\n:999999999999\r\n${node}`,
      `*1\r\n*3\r\n:-5\r\n:1\r\n${node}`,
      "*1\r\n*3\r\n:0\r\n:16383\r\n$-1\r\n",
      "*1\r\n*3\r\n:0\r\n:16383\r\n:5\r\n",
      `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk("127.0.0.1")}:70000\r\n`,
      "*2\r\n$-1\r\n:1\r\n",
      ...Object.values(nonsense),
    ];
    const ready = await Promise.all(
      maps.map(async (map) => {
        const fake = await start();
        answering("cluster")(fake, map);
        const connection = redisConnection({ nodes: [{ host: "127.0.0.1", port: fake.port }] });
        started.push(() => connection.close());
        await expect
          .poll(() => count(fake, "cluster"), { message: map.slice(0, 80), timeout: 10_000 })
          .toBeGreaterThan(0);
        return connection.ready(50);
      }),
    );
    expect(uncaught).toEqual([]);
    expect(ready).not.toContain(true);
  });

  it("is logged once, counts as unreachable, and is probed again only after a pause", async () => {
    const fake = await start();
    const connectedAt: number[] = [];
    fake.connected = () => {
      connectedAt.push(performance.now());
    };
    fake.reply = ([word = ""]) => (word.toLowerCase() === "set" ? "+OK\r\n+OK\r\n" : undefined);
    const lines: unknown[] = [];
    const ignore = (): void => undefined;
    const warn = (fields: unknown, message: string): void => {
      lines.push([message, fields]);
    };
    const connection = redisConnection({ url: fake.url, logger: { debug: ignore, info: ignore, error: ignore, warn } });
    started.push(() => connection.close());
    await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(1);
    expect(lines).toEqual([
      [
        "Redis is unreachable",
        { address: `127.0.0.1:${String(fake.port)}`, error: "Redis sent a reply to no command" },
      ],
    ]);
    fake.reply = () => undefined;
    expect(await connection.ready(5_000)).toBe(true);
    expect(lines).toHaveLength(1);
    // Such a server is not probed in a tight loop. Timers may fire a little early.
    const [first = 0, second = 0] = connectedAt;
    expect(second - first).toBeGreaterThan(900);
  });

  it("counts as unreachable if it answers every command with OK", async () => {
    const fake = await start();
    fake.reply = ([word = ""]) => (["hello", "info"].includes(word.toLowerCase()) ? undefined : "+OK\r\n");
    const connection = redisConnection({ url: fake.url });
    started.push(() => connection.close());
    const state = redisState(connection);
    started.push(() => state.close());
    await expect.poll(() => fake.received.get("set") ?? 0, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(connection.available).toBe(false);
  });
});
