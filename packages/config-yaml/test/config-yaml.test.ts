import { operations } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { ConfigError, type ConfigIssue, parseConfig } from "../src/index.js";
import { issues } from "./support/issues.js";

const minimal = `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_key: k }
`;

const brief = (list: readonly ConfigIssue[]): readonly string[] =>
  list.map((issue) => `${String(issue.line)}:${String(issue.column)} ${issue.path}: ${issue.message}`);

describe("parseConfig", () => {
  it("reads time limits for the phases of an attempt, for the router, a group and a deployment", () => {
    const written = (from: number): string =>
      ["connect", "headers", "first_token", "idle", "total"]
        .map((phase, index) => `${phase}_timeout: ${String(from + index)}`)
        .join(", ");
    const { router } = parseConfig(`model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_key: k, ${written(1)} }
router_settings: { ${written(21)}, model_group_settings: { gpt-4: { ${written(11)} } } }
`);
    const read = (from: number) => ({
      connectMs: from * 1_000,
      headersMs: (from + 1) * 1_000,
      firstTokenMs: (from + 2) * 1_000,
      idleMs: (from + 3) * 1_000,
      totalMs: (from + 4) * 1_000,
    });
    expect(router.modelList[0]?.timeouts).toEqual(read(1));
    expect(router.groups?.["gpt-4"]?.timeouts).toEqual(read(11));
    expect(router.timeouts).toEqual(read(21));
  });

  it("reads the guide's first example", () => {
    const { router, strategy } = parseConfig(
      `model_list:
  - model_name: gpt-4
    litellm_params:
      model: azure/gpt-4
      api_key: os.environ/AZURE_API_KEY
      api_base: https://your-endpoint.openai.azure.com/
    tpm: 100000
    rpm: 1000
  - model_name: gpt-4
    litellm_params:
      model: gpt-4
      api_key: os.environ/OPENAI_API_KEY
    tpm: 90000
    rpm: 900
router_settings:
  routing_strategy: usage-based-routing
  num_retries: 3
  timeout: 30
  fallbacks:
    - gpt-4: ["gpt-3.5-turbo"]
`,
      { env: { AZURE_API_KEY: "a", OPENAI_API_KEY: "b" } },
    );
    expect(strategy).toMatchObject({ name: "usage-based-routing", args: {} });
    expect(router).toMatchObject({ numRetries: 3, timeoutMs: 30_000, fallbacks: [{ "gpt-4": ["gpt-3.5-turbo"] }] });
    expect(router.modelList).toMatchObject([
      { modelName: "gpt-4", model: "azure/gpt-4", rpm: 1_000, tpm: 100_000 },
      { model: "gpt-4", rpm: 900 },
    ]);
    expect(String(router.modelList[0]?.apiKey)).toBe("[secret]");
  });

  it("reads both spellings of the retry and allowed-fails policies", () => {
    const { router } = parseConfig(`${minimal}router_settings:
  retry_policy: { RateLimitError: { max_retries: 5 }, TimeoutErrorRetries: 2, InternalServerErrorRetries: 3, BadRequestError: 0 }
  model_group_retry_policy: { gpt-4: { RateLimitErrorRetries: 10 } }
  allowed_fails_policy: { RateLimitErrorAllowedFails: 4, InternalServerError: 1 }
`);
    expect(router.retryPolicy).toEqual({
      RateLimitError: { maxRetries: 5 },
      Timeout: 2,
      InternalServerError: 3,
      BadRequestError: 0,
    });
    expect(router.modelGroupRetryPolicy).toEqual({ "gpt-4": { RateLimitError: 10 } });
    expect(router.allowedFailsPolicy).toEqual({ RateLimitError: 4, InternalServerError: 1 });
  });

  it("prefers router_settings to litellm_settings, without merging lists", () => {
    const { router } = parseConfig(`${minimal}router_settings: { num_retries: 1, fallbacks: [{ a: [b] }] }
litellm_settings: { num_retries: 9, request_timeout: 300, fallbacks: [{ c: [d] }], context_window_fallbacks: [{ e: [f] }], drop_params: yes }
`);
    expect(router).toMatchObject({
      numRetries: 1,
      timeoutMs: 300_000,
      fallbacks: [{ a: ["b"] }],
      contextWindowFallbacks: [{ e: ["f"] }],
      dropParams: true,
    });
  });

  it("reads aliases in both forms, and settings of single groups", () => {
    const { router, groupStrategies } = parseConfig(`${minimal}router_settings:
  model_group_alias: { four: gpt-4, secretly: { model: gpt-4, hidden: true } }
  model_group_settings: { gpt-4: { routing_strategy: least-busy, num_retries: 7, cooldown_time: 1 } }
`);
    expect(router.modelGroupAlias).toEqual({ four: "gpt-4", secretly: { model: "gpt-4", hidden: true } });
    expect(router.groups).toEqual({ "gpt-4": { numRetries: 7, cooldownMs: 1_000 } });
    const path = ["router_settings", "model_group_settings", "gpt-4"];
    expect(groupStrategies).toEqual({ "gpt-4": { name: "least-busy", args: {}, path } });
  });

  it("reads routing groups: a strategy shared by several model groups, and one name for all of them", () => {
    const { router, strategy, groupStrategies } = parseConfig(`${minimal}router_settings:
  routing_groups:
    - { group_name: quick, models: [gpt-4, other], routing_strategy: latency-based-routing, routing_strategy_args: { ttl: 60 } }
    - { group_name: plain, models: [third] }
  model_group_settings: { other: { routing_strategy: least-busy } }
`);
    expect(router.routingGroups).toEqual({ quick: ["gpt-4", "other"], plain: ["third"] });
    expect(strategy).toEqual({ name: "simple-shuffle", args: {}, path: ["router_settings"] });
    expect(groupStrategies["quick"]).toEqual({
      name: "latency-based-routing",
      args: { ttl: 60 },
      path: ["router_settings", "routing_groups", 0],
    });
    expect(groupStrategies["gpt-4"]).toBe(groupStrategies["quick"]);
    expect(groupStrategies["other"]?.name).toBe("least-busy");
    expect(Object.keys(groupStrategies).toSorted()).toEqual(["gpt-4", "other", "quick"]);
  });

  it("refuses a model group in two routing groups, with both places", () => {
    expect(() =>
      parseConfig(`${minimal}router_settings:
  routing_groups:
    - { group_name: a, models: [gpt-4] }
    - { group_name: b, models: [x, gpt-4] }
    - { group_name: a, models: [y] }
`),
    ).toThrow(
      /:7:36 router_settings\.routing_groups\[1\]\.models\[1\]: "gpt-4" is in routing_groups twice[^]*:8:9 .*"a" is in routing_groups twice/u,
    );
  });

  it("makes one deployment for each organization, and keeps request fields as defaults", () => {
    const { router } = parseConfig(`model_list:
  - model_name: a
    litellm_params: { model: openai/x, api_key: k, organization: [one, two], temperature: 0.5, extra_headers: { x-team: t }, weight: "3" }
    model_info: { id: base, max_input_tokens: 100, supports_vision: false }
`);
    expect(router.modelList.map((entry) => [entry.id, entry.organization])).toEqual([
      ["base-1", "one"],
      ["base-2", "two"],
    ]);
    expect(router.modelList[0]).toMatchObject({
      defaults: { temperature: 0.5 },
      weight: 3,
      maxInputTokens: 100,
      capabilities: { vision: false },
    });
    expect(router.modelList[0]?.headers?.["x-team"]?.toString()).toBe("[secret]");
  });

  it("enables caches and Redis", () => {
    const redis = parseConfig(
      `${minimal}router_settings: { redis_host: localhost, redis_port: 6379, redis_password: p, cache_responses: true, default_cache_time_seconds: 60 }\n`,
    );
    expect(redis.cache).toEqual({ type: "redis" });
    expect(redis.redis).toMatchObject({ host: "localhost", port: 6_379 });
    expect(redis.router.cache).toEqual({ ttlMs: 60_000 });
    const local = parseConfig(`${minimal}router_settings: { cache_responses: true, cache_kwargs: { type: local } }\n`);
    expect([local.cache, local.redis]).toEqual([{ type: "local" }, undefined]);
    const env = parseConfig(
      `${minimal}litellm_settings: { cache: true, cache_params: { type: redis, ttl: 3600, namespace: n } }\n`,
      { env: { REDIS_HOST: "r" } },
    );
    expect(env).toMatchObject({
      cache: { type: "redis" },
      redis: { host: "r" },
      router: { cacheResponses: true, cache: { ttlMs: 3_600_000, namespace: "n" } },
    });
  });

  it("reads which calls are cached, and which groups share cached answers", () => {
    const parameters =
      "{ mode: default_off, supported_call_types: [completion, acompletion, aembedding, rerank], lookup_timeout: 0.1 }";
    const settings = `router_settings: { caching_groups: [[gpt-4, other]] }\nlitellm_settings: { cache: true, cache_params: ${parameters} }\n`;
    expect(parseConfig(`${minimal}${settings}`).router.cache).toEqual({
      mode: "default_off",
      operations: ["chat", "embeddings"],
      groups: [["gpt-4", "other"]],
      lookupTimeoutMs: 100,
    });
  });

  const named = Object.values(operations).flatMap(({ name, litellm }) =>
    litellm === undefined ? [] : [{ name, litellm }],
  );

  it.each(named)("reads $name by the name of LiteLLM's function: $litellm.callType", (row) => {
    for (const callType of [row.litellm.callType, `a${row.litellm.callType}`]) {
      const settings = `litellm_settings: { cache: true, cache_params: { supported_call_types: [${callType}] } }\n`;
      expect(parseConfig(`${minimal}${settings}`).router.cache?.operations).toEqual([row.name]);
    }
  });

  it("applies environment_variables first, and the provider's variables where the file sets nothing", () => {
    const { router } = parseConfig(
      `environment_variables: { MY_KEY: os.environ/OUTER }
model_list:
  - model_name: a
    litellm_params: { model: openai/x, api_key: os.environ/MY_KEY }
  - model_name: b
    litellm_params: { model: openai/x }
`,
      {
        env: { OUTER: "outer-key", OPENAI_API_KEY: "own-key", OPENAI_BASE_URL: "https://base" },
        providerVariables: () => ({ apiKey: ["OPENAI_API_KEY"], apiBase: ["OPENAI_BASE_URL"] }),
      },
    );
    expect(router.modelList.map((entry) => [(entry.apiKey as { reveal(): string }).reveal(), entry.apiBase])).toEqual([
      ["outer-key", "https://base"],
      ["own-key", "https://base"],
    ]);
  });

  it("extends lists by included files, and keeps the place of every value", () => {
    const text = `include: [more.yaml]\n${minimal}`;
    const more =
      "model_list:\n  - model_name: extra\n    litellm_params: { model: openai/x, api_key: k, rpm: -1 }\nrouter_settings: { num_retries: 4 }\n";
    expect(brief(issues(text, { readFile: () => more }))[0]).toMatch(/^3:52 model_list\[1\]\.litellm_params\.rpm/u);
    expect(issues(text, { readFile: () => more })[0]?.file).toBe("more.yaml");
    expect(parseConfig(text, { readFile: () => more.replace(", rpm: -1", "") }).router.modelList).toHaveLength(2);
    expect(
      brief(
        issues(text, {
          readFile: () => {
            throw new Error("no");
          },
        }),
      )[0],
    ).toContain("cannot be read");
  });

  it("reports all problems at once, each with its place and the fix", () => {
    const found = brief(
      issues(`model_list:
  - model_name: gpt-4
    litellm_params:
      modle: openai/gpt-4
      api_key: os.environ/NOT_SET
    rpm: many
router_settings:
  num_retires: 3
  master_key: x
  timeout: -5
  fallbacks: [{ a: 5 }]
litellm_settings:
  succes_callback: [langfuse]
`),
    );
    const has = (pattern: RegExp): void => {
      expect(
        found.some((line) => pattern.test(line)),
        `${String(pattern)} in\n${found.join("\n")}`,
      ).toBe(true);
    };
    has(/^4:7 model_list\[0\]\.litellm_params\.modle: .*Did you mean "model"/u);
    has(/^5:7 model_list\[0\]\.litellm_params\.api_key: .*NOT_SET is not set/u);
    has(/^6:5 model_list\[0\]\.rpm: /u);
    has(/^8:3 router_settings\.num_retires: .*Did you mean "num_retries"/u);
    has(/^9:3 router_settings\.master_key: .*belongs in general_settings/u);
    has(/^10:3 router_settings\.timeout: /u);
    has(/^13:3 litellm_settings\.succes_callback: .*Did you mean "success_callback"/u);
  });

  it("accepts settings that only LiteLLM uses, with one warning", () => {
    const { warnings } = parseConfig(
      `${minimal}general_settings: { database_url: x, alerting: [slack] }\nlitellm_settings: { max_budget: 5 }\n`,
    );
    expect(warnings.map((issue) => issue.path).toSorted()).toEqual([
      "general_settings.alerting",
      "general_settings.database_url",
      "litellm_settings.max_budget",
    ]);
  });

  it("turns errors into warnings in lenient mode, and drops what cannot be read", () => {
    const parsed = parseConfig(`${minimal}router_settings: { num_retires: 3, timeout: soon, num_retries: 4 }\n`, {
      lenient: true,
    });
    expect(parsed.router.numRetries).toBe(4);
    expect(parsed.router.timeoutMs).toBeUndefined();
    expect(parsed.warnings).toHaveLength(2);
    expect(() => parseConfig("model_list: []\n", { lenient: true })).toThrow(ConfigError);
  });

  it.each([
    ["an empty file", "", "model_list"],
    ["a list", "- a\n", "keys such as model_list"],
    ["broken YAML", "model_list: [\n", "YAML"],
    ["a key twice", `${minimal}model_list: []\n`, "YAML"],
    ["an empty list", "model_list: []\n", "empty"],
    ["no model list", "router_settings: {}\n", "model_list"],
  ])("refuses %s", (_, text, message) => {
    expect(
      issues(text)
        .map((issue) => `${issue.path} ${issue.message}`)
        .join("\n"),
    ).toContain(message);
  });

  it("never shows a secret, whatever is wrong next to it", () => {
    const text = `model_list:
  - model_name: a
    litellm_params: { model: 5, api_key: canary-secret, rpm: x, unknown: canary-secret-2 }
router_settings: { redis_password: canary-secret, redis_port: canary-port }
general_settings: { master_key: canary-secret, port: x }
`;
    expect(JSON.stringify(issues(text))).not.toContain("canary");
  });
});
