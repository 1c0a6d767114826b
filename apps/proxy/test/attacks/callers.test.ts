import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { refuses, replies, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, Opened, type WholeProxy } from "./whole-proxy.js";

const opened = new Opened();
let upstream: Upstream;
let proxy: WholeProxy;

const entry = (name: string, host: string): string =>
  `  - model_name: "${name}"\n    litellm_params: { model: "openai/${name === "w-*" ? "*" : name}", api_key: sk-1, api_base: "${upstream.url(host)}/v1" }\n`;
const file = (settings: string): string =>
  `model_list:\n${entry("gpt", "a")}${entry("gpt", "b")}${entry("other", "c")}${entry("w-*", "d")}${settings}`;

beforeAll(async () => {
  upstream = await opened.upstream();
  proxy = await opened.whole(file("router_settings: { num_retries: 1, fallbacks: [{ gpt: [other] }] }\n"));
});
beforeEach(() => {
  upstream.reset();
});
afterAll(() => opened.close());

/** Expects that other callers are still served, by each deployment of the group. */
async function serves(): Promise<void> {
  upstream.reset();
  for (let count = 0; count < 12; count += 1) expect((await proxy.chat({ model: "gpt" })).status).toBe(200);
  const hosts = new Set(upstream.calls.map(({ host }) => host));
  expect(hosts.has("c")).toBe(false);
}

describe("a caller that asks for excessive work", () => {
  it.each([1_000, 100_000])("is refused with %d fallbacks, also under a wildcard group", async (count) => {
    for (const prefix of ["w-", "unknown-"]) {
      const fallbacks = Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
      const { status } = await proxy.chat({ model: "gpt", mock_testing_fallbacks: true, fallbacks });
      expect(status).toBe(400);
    }
    expect(upstream.calls).toHaveLength(0);
    await serves();
  });

  /** Without cooldowns and a retry budget, only the ceilings can end a call that always fails. */
  const unguarded = "disable_cooldowns: true, retry_budget: false";
  const alike = (count: number, name = "gpt"): string =>
    Array.from({ length: count }, (_, index) => entry(name, `${name}-${String(index)}`)).join("");
  const groups = Array.from({ length: 14 }, (_, index) => `group-${String(index)}`);
  const each = (list: readonly string[]): string => list.map((name) => entry(name, name)).join("");

  it.each([
    ["num_retries of the file", "num_retries: 1", { num_retries: 13 }, 2],
    ["num_retries of the file", "num_retries: 1", { num_retries: 1_000 }, 2],
    ["num_retries of the group", "model_group_settings: { gpt: { num_retries: 2 } }", { num_retries: 13 }, 3],
    ["the ceiling of num_retries", "timeout: 60", { num_retries: 13 }, 11],
    ["max_attempts of the file", "max_attempts: 3, num_retries: 9", { max_attempts: 1_000 }, 3],
    ["max_fallbacks of the file", "num_retries: 0, max_fallbacks: 2", { max_fallbacks: 1_000, fallbacks: groups }, 3],
    ["the ceiling of max_fallbacks", "num_retries: 0", { max_fallbacks: 1_000, fallbacks: groups }, 11],
  ])("gets only as many calls as the operator allows, by %s (%s)", async (_, settings, body, calls) => {
    const list = `model_list:\n${alike(14)}${each(groups)}`;
    const strict = await opened.whole(`${list}router_settings: { ${unguarded}, ${settings} }\n`);
    upstream.script({}, refuses(500));
    expect((await strict.chat({ model: "gpt", ...body })).status).toBe(500);
    expect(upstream.calls).toHaveLength(calls);
  });

  it.each([{ num_retries: 1e308 }, { max_fallbacks: 1e9, fallbacks: groups }, { max_attempts: -1 }])(
    "is refused an invalid number: %j",
    async (body) => {
      expect((await proxy.chat({ model: "gpt", ...body })).status).toBe(400);
      expect(upstream.calls).toHaveLength(0);
    },
  );

  it.each([
    [
      "a million keys",
      `{"model":"gpt","messages":[],${Array.from({ length: 200_000 }, (_, index) => `"k${String(index)}":null`).join(",")}}`,
    ],
    ["deep nesting", `{"model":"gpt","messages":[],"x":${"[".repeat(500_000)}${"]".repeat(500_000)}}`],
    [
      "countless tags",
      `{"model":"gpt","messages":[],"tags":[${Array.from({ length: 200_000 }, () => '"t"').join(",")}]}`,
    ],
  ])("is answered quickly, with a refusal or normally: %s", async (_, text) => {
    const response = await fetch(`${proxy.origin}/v1/chat/completions`, { method: "POST", body: text });
    await response.arrayBuffer();
    expect([200, 400, 413]).toContain(response.status);
    await serves();
  });
});

describe("a caller's own limits and mistakes", () => {
  it.each([
    { timeout: 0.02 },
    { stream_timeout: 0.02, stream: true },
    { headers_timeout: 0.02 },
    { total_timeout: 0.02 },
    { first_token_timeout: 0.02, stream: true },
    { deadline: 0.02 },
  ])("start no cooldown for other callers: %j", async (limits) => {
    const fresh = await opened.whole(file("router_settings: { fallbacks: [{ gpt: [other] }] }\n"));
    upstream.script({}, replies("slow", { delayMs: 150 }));
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => fresh.chat({ model: "gpt", num_retries: 0, fallbacks: [], ...limits })),
    );
    expect(answers.every(({ status }) => status === 408)).toBe(true);
    const deployments = fresh.yaml.router.state().groups.flatMap((group) => group.deployments);
    expect(deployments.map(({ health, failures }) => [health, failures])).toEqual(
      deployments.map(() => ["healthy", 0]),
    );
  });

  it("never give access to another caller's cached answers", async () => {
    const cached = await opened.whole(
      file(
        "litellm_settings: { cache: true, cache_params: { type: local } }\ngeneral_settings: { master_key: sk-master }\n",
      ),
    );
    const open = await opened.whole(file("litellm_settings: { cache: true, cache_params: { type: local } }\n"));
    await cached.chat({ model: "gpt" });
    expect((await cached.chat({ model: "gpt" })).headers.get("x-modelyard-cache")).toBe("hit");
    const as = async (key: string): Promise<string | null> =>
      (await open.chat({ model: "gpt" }, { authorization: `Bearer ${key}` })).headers.get("x-modelyard-cache");
    expect([await as("ann"), await as("ann"), await as("bob"), await as("bob")]).toEqual([
      "miss",
      "hit",
      "miss",
      "hit",
    ]);
  });
});

describe.skipIf(redisForTests() === undefined)("entries in Redis that another program wrote", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  type Fields = Readonly<Record<string, unknown>>;

  /** A proxy with one cached answer, and a function that replaces this answer in the cache. */
  async function withCached(stream: boolean): Promise<{
    readonly good: Fields;
    readonly plant: (text: string) => Promise<void>;
    readonly ask: () => Promise<Answer>;
    /** Resolves once the answer to a miss has replaced the planted entry, which happens after the answer was sent. */
    readonly replaced: () => Promise<void>;
  }> {
    await redisCommand(redis.port, "FLUSHALL");
    const address = `host: ${redis.host}, port: ${String(redis.port)}`;
    const cached = await opened.whole(
      file(`litellm_settings: { cache: true, cache_params: { type: redis, ${address} } }\n`),
    );
    const ask = (): Promise<Answer> => cached.chat({ model: "gpt", stream });
    const find = async (): Promise<string | undefined> =>
      (await redisCommand(redis.port, "KEYS", "*")).match(/[^\r\n]*cache[^\r\n]*/u)?.[0];
    await ask();
    let key = await find();
    while (key === undefined) key = await find();
    const kept = key;
    const read = async (): Promise<string | undefined> =>
      /\r\n(?<text>\{.*\})\r\n/su.exec(await redisCommand(redis.port, "GET", kept))?.groups?.["text"];
    let planted = "";
    return {
      good: JSON.parse((await read()) ?? "{}") as Fields,
      ask,
      plant: async (text) => {
        planted = text;
        await redisCommand(redis.port, "SET", kept, text, "PX", 60_000);
        upstream.reset();
      },
      replaced: async () => {
        let text = await read();
        while (text === undefined || text === planted) text = await read();
      },
    };
  }

  const crowd = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${String(index)}`, 1]));
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

  it("as plain answers are misses if they are malformed: the vendor answers", async () => {
    const { good, plant, ask, replaced } = await withCached(false);
    const { value, ...others } = good;
    const texts = [
      "",
      "null",
      "[]",
      "not JSON",
      ...[null, undefined, 5, {}, "", "g".repeat(5_000)].map((group) => JSON.stringify({ ...good, group })),
      ...[null, 5, {}, ""].map((deploymentId) => JSON.stringify({ ...good, deploymentId })),
      ...["x", null, [], [null], 5].map((choices) => JSON.stringify({ ...good, value: { choices } })),
      ...[null, "x", 5, []].map((planted) => JSON.stringify({ ...good, value: planted })),
      ...[1e300, -1, "yesterday", null].map((at) => JSON.stringify({ ...good, at })),
      JSON.stringify({ ...good, version: 2 }),
      `${JSON.stringify(others).slice(0, -1)},"value":${nested(300_000)}}`,
      `${JSON.stringify(others).slice(0, -1)},"value":${JSON.stringify(value).slice(0, -1)},"more":${nested(300)}}}`,
      JSON.stringify({ ...good, value: { ...(value as Fields), more: crowd } }),
    ];
    for (const text of texts) {
      await plant(text);
      const { status, headers } = await ask();
      const shown = text.slice(0, 160);
      expect([shown, status, headers.get("x-modelyard-cache")]).toEqual([shown, 200, "miss"]);
      expect(upstream.calls).toHaveLength(1);
      await replaced();
    }
  });

  it("as streams are misses if they are malformed: the vendor answers", async () => {
    const { good, plant, ask, replaced } = await withCached(true);
    const chunks = good["chunks"] as readonly Fields[];
    const lists = [
      null,
      "x",
      5,
      [],
      [{}],
      [null],
      ...["x", null, [null], 5, [5], [{ delta: 5 }], [{ delta: "x" }]].map((choices) => [{ choices }]),
      ...["x", [null], [{ delta: 5 }]].map((choices) => [...chunks, { choices }]),
      [...chunks.slice(0, -1), { error: { message: "x" }, ...chunks.at(-1) }],
      chunks.slice(0, 1),
    ];
    for (const list of lists) {
      await plant(JSON.stringify({ ...good, chunks: list }));
      const { status, headers, text } = await ask();
      const shown = JSON.stringify(list);
      expect([shown, status, headers.get("x-modelyard-cache")]).toEqual([shown, 200, "miss"]);
      expect(text).toContain("[DONE]");
      expect(upstream.calls).toHaveLength(1);
      await replaced();
    }
  });

  it("are answered even if a header cannot hold their names", async () => {
    for (const stream of [false, true]) {
      const { good, plant, ask } = await withCached(stream);
      for (const name of ["a\r\nx-evil: 1", "ü", "\u0000", "a".repeat(4_000)])
        for (const field of ["deploymentId", "group"]) {
          await plant(JSON.stringify({ ...good, [field]: name }));
          const { status, headers } = await ask();
          expect([field, name, status]).toEqual([field, name, 200]);
          expect(headers.get("x-evil")).toBeNull();
        }
    }
  });
});
