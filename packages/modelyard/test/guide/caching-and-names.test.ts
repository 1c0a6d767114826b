// The guide's sections "Caching Configuration" and "Model Aliases": what each example promises, in both languages.
import { connect } from "node:net";
import { memoryCache } from "@modelyard/cache-memory";
import { redisCache, redisConnection, redisState } from "@modelyard/cache-redis";
import { findRedis, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { answers } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { both, fromOptions, fromYaml, variables, type GuideHarness } from "../support/guide-harness.js";

const one = [{ modelName: "gpt-4", model: "gpt-4", apiKey: "key" }] as const;
const oneYaml = `
model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4, api_key: key }
`;
const script = { "openai/gpt-4": [answers("first"), answers("second"), answers("third")] };
const text = async (harness: GuideHarness, model = "gpt-4"): Promise<unknown> =>
  (await harness.ask(model)).choices[0]?.message.content;

describe.each(
  both(
    { modelList: one, responseCache: memoryCache() },
    `${oneYaml}
router_settings:
  cache_responses: true
  cache_kwargs:
    type: local
`,
  ),
)("in-memory caching in %s", (_, start) => {
  it("calls the vendor once for equal requests", async () => {
    const here = await start(script);
    expect([await text(here), await text(here)]).toEqual(["first", "first"]);
    expect((await here.ask("gpt-4")).routing.cache).toBe("hit");
    expect(here.calls()).toHaveLength(1);
    const fresh = await here.ask("gpt-4", { cache: { noCache: true } });
    expect(fresh.choices[0]?.message.content).toBe("second");
    await here.close();
  });
});

describe.skipIf(findRedis() === undefined)("Redis caching", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis(["--requirepass", "your-password"]);
  });
  afterAll(async () => {
    await redis.stop();
  });

  const answerOf = async (harness: GuideHarness): Promise<unknown> =>
    (await harness.askNow("gpt-4")).choices[0]?.message.content;

  /** Redis' replies to some commands, in order. */
  const say = (...commands: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      let received = "";
      const socket = connect(redis.port, "127.0.0.1", () => {
        socket.write(["AUTH your-password", ...commands, "QUIT", ""].join("\r\n"));
      });
      socket.on("data", (piece: Buffer) => {
        received += piece.toString();
      });
      socket.once("error", reject);
      socket.once("close", () => {
        resolve(received);
      });
    });

  /** `redis_host` and the rest, and `default_cache_time_seconds`, as the Python snippet has them. */
  const snippet = (): string => `${oneYaml}
router_settings:
  cache_responses: true
  redis_host: localhost
  redis_port: ${String(redis.port)}
  redis_password: your-password
  default_cache_time_seconds: 3600
`;
  const file = (): string => `${oneYaml}
router_settings:
  redis_host: localhost
  redis_port: ${String(redis.port)}
  redis_password: os.environ/REDIS_PASSWORD
  cache_responses: true
litellm_settings:
  cache: true
  cache_params:
    type: redis
    ttl: 3600
`;
  const program = async (): Promise<GuideHarness> => {
    const connection = redisConnection({ host: "localhost", port: redis.port, password: "your-password" });
    await connection.ready(2_000);
    return fromOptions(
      {
        modelList: one,
        responseCache: redisCache(connection),
        sharedState: redisState(connection),
        cache: { ttlMs: 3_600_000 },
      },
      script,
    );
  };

  it.each([
    ["TypeScript", program],
    ["the Python snippet's options as YAML", () => fromYaml(snippet(), script)],
    ["YAML", () => fromYaml(file(), script, { ...variables, REDIS_PASSWORD: "your-password" })],
  ] as const)(
    "calls the vendor once for equal requests of all processes, and keeps the answer for an hour, in %s",
    async (_, start) => {
      await say("FLUSHALL");
      const here = await start();
      expect([await answerOf(here), await answerOf(here)]).toEqual(["first", "first"]);
      expect(here.calls()).toHaveLength(1);
      const there = await start();
      expect(await answerOf(there)).toBe("first");
      expect(there.calls()).toHaveLength(0);
      const ttls = await say(
        `EVAL "local longest = 0 for _, key in ipairs(redis.call('KEYS', '*')) do longest = math.max(longest, redis.call('TTL', key)) end return longest" 0`,
      );
      const seconds = Number(/:(?<seconds>\d+)\r\n/u.exec(ttls)?.groups?.["seconds"]);
      expect(seconds).toBeGreaterThan(3_500);
      expect(seconds).toBeLessThanOrEqual(3_600);
      await here.close();
      await there.close();
    },
  );
});

describe.each(
  both(
    {
      modelList: [{ modelName: "prod-gpt-4", model: "gpt-4", apiKey: "key" }],
      modelGroupAlias: { "gpt-4": "prod-gpt-4", gpt4: "prod-gpt-4" },
    },
    `
model_list:
  - model_name: prod-gpt-4
    litellm_params:
      model: gpt-4
      api_key: key
router_settings:
  model_group_alias:
    gpt-4: prod-gpt-4
    gpt4: prod-gpt-4
`,
  ),
)("model aliases in %s", (_, start) => {
  it.each(["gpt-4", "gpt4", "prod-gpt-4"])("resolve: %s", async (name) => {
    const { ask, calls, router } = await start();
    const answer = await ask(name);
    expect(answer.routing).toMatchObject({ requestedModel: name, modelGroup: "prod-gpt-4" });
    expect(calls()).toEqual(["openai/gpt-4"]);
    expect(router.models().map((model) => model.id)).toContain(name);
  });
});
