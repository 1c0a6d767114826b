import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { type Behavior, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Opened, type WholeProxy } from "./whole-proxy.js";

const opened = new Opened();
let upstream: Upstream;
beforeAll(async () => {
  upstream = await opened.upstream();
});
beforeEach(() => {
  upstream.reset();
});
afterAll(() => opened.close());

const pair = (settings = ""): string => `
model_list:
  - model_name: gpt
    litellm_params: { model: openai/bad, api_key: sk-1, api_base: "${upstream.url("bad")}/v1" }
  - model_name: gpt
    litellm_params: { model: openai/good, api_key: sk-1, api_base: "${upstream.url("good")}/v1" }
router_settings: { num_retries: 2, max_retry_wait: 0 }
${settings}
`;

const nines = "9".repeat(400);
const absurd: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["21 digits", { "retry-after": "9".repeat(21) }],
  ["400 digits", { "retry-after": nines }],
  ["400 digits of milliseconds", { "retry-after-ms": nines }],
  ["the last date that JavaScript knows", { "retry-after": "Sat, 13 Sep 275760 00:00:00 GMT" }],
  ["a century", { "retry-after": "3155760000" }],
  ["a date in 9999", { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }],
  ["a negative number", { "retry-after": "-5" }],
  ["not a number", { "retry-after": "NaN" }],
  ["Infinity", { "retry-after": "Infinity" }],
  ["a reset that never comes", { "x-ratelimit-reset-requests": `${nines}s`, "x-ratelimit-remaining-requests": "0" }],
];

/** A complete answer, except that it has a million additional keys, which keep a parser busy for seconds. */
const crowded = JSON.stringify({
  id: "crowded",
  choices: [{ index: 0, message: { role: "assistant", content: "canary" }, finish_reason: "stop" }],
  more: Object.fromEntries(Array.from({ length: 60_000 }, (_, key) => [`k${String(key)}`, 1])),
});

async function state(proxy: WholeProxy): Promise<string> {
  const answers = await Promise.all(["/health", "/router/state"].map((path) => fetch(proxy.origin + path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  return (await Promise.all(answers.map((answer) => answer.text()))).join("\n");
}

describe("a vendor that asks to wait for an absurd time", () => {
  it.each(absurd)("%s: another deployment serves all requests, and the cooldown ends", async (_, headers) => {
    const proxy = await opened.whole(pair());
    upstream.script({ host: "bad" }, { status: 429, headers });
    // Which deployment is called first is random.
    const met = (): boolean => upstream.calls.some(({ host }) => host === "bad");
    for (let count = 0; count < 12 || (!met() && count < 200); count += 1)
      expect((await proxy.chat({ model: "gpt" })).status).toBe(200);
    // Only numbers in JSON: ids are strings that may consist of digits.
    const times = [...(await state(proxy)).matchAll(/:(?<time>\d{13,})/gu)].map(({ groups }) =>
      Number(groups?.["time"]),
    );
    for (const time of times) expect(time).toBeLessThan(Date.now() + 3_700_000);
  });

  it.each(absurd)("%s: a client of the only deployment gets a wait of a realistic length", async (_, headers) => {
    const proxy = await opened.whole(`
model_list:
  - model_name: gpt
    litellm_params: { model: openai/bad, api_key: sk-1, api_base: "${upstream.url("bad")}/v1" }
router_settings: { num_retries: 0 }
`);
    upstream.script({ host: "bad" }, { status: 429, headers });
    const { status, headers: answered } = await proxy.chat({ model: "gpt" });
    expect(status).toBe(429);
    const wait = answered.get("retry-after");
    expect(wait === null || (/^\d{1,5}$/u.test(wait) && Number(wait) <= 86_400)).toBe(true);
  });
});

describe("a vendor with malicious answers", () => {
  it.each<readonly [string, Behavior]>([
    ["an endless body instead of an error", { status: 500, body: "x".repeat(2_000_000) }],
    ["a body that is nested too deeply", { body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` }],
    ["an answer with an object of too many keys", { body: crowded }],
    [
      "the API key in its error",
      { status: 401, body: '{"error":{"message":"wrong key sk-1-canary-0123456789","code":"sk-1-canary-0123456789"}}' },
    ],
    [
      "a redirect to an internal address",
      { status: 307, headers: { location: "http://169.254.169.254/" }, body: "{}" },
    ],
    ["an unknown status", { status: 999, body: "{}" }],
  ])("does not reach callers, whom another deployment serves: %s", async (_, behavior) => {
    const proxy = await opened.whole(pair());
    upstream.script({ host: "bad" }, behavior);
    for (let count = 0; count < 6; count += 1) {
      const { status, text } = await proxy.chat({ model: "gpt" });
      expect(status).toBe(200);
      expect(text).not.toMatch(/canary|169\.254/u);
    }
    await state(proxy);
  });

  it("cannot set headers of answers, nor count tokens that were not used", async () => {
    const proxy = await opened.whole(pair());
    const huge = { prompt_tokens: 1e308, completion_tokens: -5, total_tokens: 1e308 };
    upstream.script(
      {},
      {
        headers: { "set-cookie": "a=b", "x-litellm-model-id": "evil", "access-control-allow-origin": "https://evil" },
        usage: huge,
      },
    );
    const { status, headers } = await proxy.chat({ model: "gpt" });
    expect(status).toBe(200);
    expect([headers.get("set-cookie"), headers.get("access-control-allow-origin")]).toEqual([null, null]);
    expect(headers.get("x-litellm-model-id")).not.toBe("evil");
    const used = [...(await state(proxy)).matchAll(/"tokens":(?<tokens>[^,}]+)/gu)].map(({ groups }) =>
      Number(groups?.["tokens"]),
    );
    for (const tokens of used) expect(tokens).toBeLessThan(1_000);
  });
});

describe.skipIf(redisForTests() === undefined)("two processes that share Redis", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await redisCommand(redis.port, "FLUSHALL");
  });
  afterAll(() => redis.stop());
  const shared = (): string =>
    pair("").replace(
      "router_settings: {",
      `router_settings: { redis_host: ${redis.host}, redis_port: ${String(redis.port)},`,
    );

  it("limit an absurd wait to an ordinary cooldown, and leave no permanent key", async () => {
    const first = await opened.whole(shared());
    const second = await opened.whole(shared());
    upstream.script({ host: "bad" }, { status: 429, headers: { "retry-after": nines } });
    for (let count = 0; count < 6; count += 1)
      for (const proxy of [first, second]) expect((await proxy.chat({ model: "gpt" })).status).toBe(200);
    const third = await opened.whole(shared());
    expect((await third.chat({ model: "gpt" })).status).toBe(200);
    const keys = (await redisCommand(redis.port, "KEYS", "*")).match(/modelyard:[^\r\n]+/gu) ?? [];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect([key, await redisCommand(redis.port, "TTL", key)]).not.toEqual([key, ":-1\r\n"]);
  });

  it("keep serving a group for which another program wrote cooldowns and messages", async () => {
    const proxy = await opened.whole(shared());
    const ids = proxy.yaml.router.state().groups.flatMap(({ deployments }) => deployments.map(({ id }) => id));
    for (const score of ["inf", "1e300", "9e15", "-inf"]) {
      await redisCommand(redis.port, "DEL", "modelyard:v2:{shared}:cooldowns:until");
      await redisCommand(redis.port, "ZADD", "modelyard:v2:{shared}:cooldowns:until", score, ids[0] ?? "");
      const started = await opened.whole(shared());
      for (let count = 0; count < 4; count += 1) expect((await started.chat({ model: "gpt" })).status).toBe(200);
      await state(started);
    }
  });
});
