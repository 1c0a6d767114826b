import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { refuses, replies, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Opened, type WholeProxy } from "./whole-proxy.js";

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

/** Everybody else is served, by each deployment of the group. */
async function serves(): Promise<void> {
  upstream.reset();
  for (let count = 0; count < 12; count += 1) expect((await proxy.chat({ model: "gpt" })).status).toBe(200);
  const hosts = new Set(upstream.calls.map(({ host }) => host));
  expect(hosts.has("c")).toBe(false);
}

describe("a caller that asks for work without end", () => {
  it.each([1_000, 100_000])("is refused %d fallbacks, under a pattern or not", async (count) => {
    for (const prefix of ["w-", "unknown-"]) {
      const fallbacks = Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
      const { status } = await proxy.chat({ model: "gpt", mock_testing_fallbacks: true, fallbacks });
      expect(status).toBe(400);
    }
    expect(upstream.calls).toHaveLength(0);
    await serves();
  });

  it.each([
    { num_retries: 1e308 },
    { num_retries: 1_000_000 },
    { max_fallbacks: 1e9, fallbacks: ["w-1", "w-2", "w-3", "w-4", "w-5", "w-6", "w-7", "w-8"] },
    { num_retries: 1e9, max_fallbacks: 1e9, fallbacks: ["other", "gpt", "other", "w-1", "gpt"] },
  ])("gets no more calls than the operator allows: %j", async (body) => {
    upstream.script({}, refuses(500));
    const { status } = await proxy.chat({ model: "gpt", ...body });
    expect(status).toBeGreaterThanOrEqual(400);
    // One retry in each of at most six groups.
    expect(upstream.calls.length).toBeLessThanOrEqual(12);
  });

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
  ])("is answered soon, with a refusal or as anybody is: %s", async (_, text) => {
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
  ])("cool nothing down for others: %j", async (limits) => {
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

  it("see only their own cached answers", async () => {
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

describe.skipIf(redisForTests() === undefined)("cached answers in Redis", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it("that somebody else wrote, in whatever shape, are misses: each call is answered", async () => {
    const address = `host: ${redis.host}, port: ${String(redis.port)}`;
    const cached = await opened.whole(
      file(`litellm_settings: { cache: true, cache_params: { type: redis, ${address} } }\n`),
    );
    await cached.chat({ model: "gpt" });
    const entryKey = async (): Promise<string> => {
      const found = (await redisCommand(redis.port, "KEYS", "*")).match(/[^\r\n]*cache[^\r\n]*/u)?.[0];
      if (found === undefined) throw new Error("nothing was cached");
      return found;
    };
    const key = await entryKey();
    const original =
      /\r\n(?<text>\{.*\})\r\n/su.exec(await redisCommand(redis.port, "GET", key))?.groups?.["text"] ?? "{}";
    const good = JSON.parse(original) as Record<string, unknown>;
    const planted = [
      "",
      "null",
      "[]",
      "not JSON",
      JSON.stringify({ ...good, deploymentId: "a\r\nx-evil: 1" }),
      JSON.stringify({ ...good, deploymentId: "ü" }),
      JSON.stringify({ ...good, group: null }),
      JSON.stringify({ ...good, group: undefined }),
      JSON.stringify({ ...good, value: { choices: "x" } }),
      JSON.stringify({ ...good, value: "[".repeat(300_000) }),
      original.replace(/"value":.*/su, `"value":${"[".repeat(300_000)}${"]".repeat(300_000)}}`),
      JSON.stringify({ ...good, at: 1e300 }),
      JSON.stringify({ ...good, at: "yesterday" }),
    ];
    for (const text of planted) {
      await redisCommand(redis.port, "SET", key, text, "PX", 60_000);
      for (const stream of [false, true]) {
        const { status, headers } = await cached.chat({ model: "gpt", stream });
        expect([text.slice(0, 80), status]).toEqual([text.slice(0, 80), 200]);
        expect(headers.get("x-evil")).toBeNull();
      }
    }
  });
});
