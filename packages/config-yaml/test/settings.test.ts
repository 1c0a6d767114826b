import type { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig, type ParsedConfig, type ParseOptions } from "../src/index.js";

const entry = (name: string, more = ""): string =>
  `  - { model_name: ${name}, litellm_params: { model: openai/${name}${more} } }\n`;
const minimal = `model_list:\n${entry("gpt-4", ", api_key: k")}`;
const keysOf = (config: ParsedConfig): readonly (string | undefined)[] =>
  config.router.modelList.map((one) => (one.apiKey as Secret | undefined)?.reveal());

function problems(text: string, options: ParseOptions = {}): string {
  try {
    parseConfig(text, { file: "main.yaml", ...options });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("DefaultRetries in a retry policy", () => {
  it("applies to every retryable class of errors without its own number", () => {
    const { retryPolicy, modelGroupRetryPolicy } = parseConfig(`${minimal}
router_settings:
  retry_policy: { DefaultRetries: 4, RateLimitErrorRetries: 1 }
  model_group_retry_policy: { gpt-4: { DefaultRetries: { max_retries: 2 } } }
`).router;
    expect(retryPolicy).toMatchObject({
      RateLimitError: 1,
      Timeout: 4,
      InternalServerError: 4,
      AuthenticationError: 4,
    });
    for (const name of ["BadRequestError", "QuotaExhaustedError", "AbortedError", "ModelNotFoundError", "Default"])
      expect(retryPolicy).not.toHaveProperty(name);
    expect(modelGroupRetryPolicy?.["gpt-4"]).toMatchObject({ RateLimitError: { maxRetries: 2 } });
  });
});

describe("extra_body", () => {
  it("adds request fields for a deployment, for shared settings and for all deployments", () => {
    const { router } = parseConfig(`model_list:
${entry("gpt-4", ", temperature: 0, extra_body: { top_k: 1, temperature: 1 }")}${entry("b", ", litellm_credential_name: c")}
credential_list: [{ credential_name: c, credential_values: { api_key: k, extra_body: { top_k: 2 } } }]
router_settings: { default_litellm_params: { seed: 1, extra_body: { min_p: 0 } } }
`);
    expect(router.modelList.map((one) => one.defaults)).toEqual([{ top_k: 1, temperature: 1 }, { top_k: 2 }]);
    expect(router.defaultParams).toEqual({ seed: 1, min_p: 0 });
    expect(problems(`model_list:\n${entry("gpt-4", ", extra_body: [1]")}`)).toContain("extra_body");
  });
});

describe("environment variables", () => {
  it("that only unknown keys refer to may be missing", () => {
    const text = `${minimal}
litellm_settings: { s3_callback_params: { s3_bucket_name: os.environ/NONE }, guardrails: [{ a: os.environ/NONE }] }
general_settings: { database_url: os.environ/NONE, alerting: null, master_key: KEY }
`;
    expect(problems(text)).toBe("");
    expect(problems(text.replace("KEY", "os.environ/NONE"))).toContain("general_settings.master_key");
    expect(parseConfig(text).warnings.map(({ path }) => path)).toEqual([
      "litellm_settings.s3_callback_params",
      "litellm_settings.guardrails",
      "general_settings.database_url",
    ]);
  });

  it("are read in every value, also in lists", () => {
    const env = { KEY: "secret", TAG: "paid", RPM: "60", YES: "True", MODEL: "openai/x", GROUP: "spare", HOST: "h" };
    const { router, redis } = parseConfig(
      `model_list:
  - model_name: os.environ/GROUP
    litellm_params: { model: os.environ/MODEL, api_key: os.environ/KEY, rpm: os.environ/RPM, tags: [free, os.environ/TAG] }
router_settings:
  disable_cooldowns: os.environ/YES
  fallbacks: [{ gpt-4: [os.environ/GROUP] }]
litellm_settings:
  cache: true
  cache_params: { type: redis, redis_startup_nodes: [{ host: os.environ/HOST, port: 7000 }] }
`,
      { env },
    );
    expect(router.modelList[0]).toMatchObject({
      modelName: "spare",
      model: "openai/x",
      rpm: 60,
      tags: ["free", "paid"],
    });
    expect(router).toMatchObject({ disableCooldowns: true, fallbacks: [{ "gpt-4": ["spare"] }] });
    expect(redis?.nodes).toEqual([{ host: "h", port: 7_000 }]);
  });

  it("include environment_variables, which may refer to each other and to the existing environment", () => {
    const text = `environment_variables:
  CHAINED: os.environ/OWN
  OWN: os.environ/OUTER
  OUTER: os.environ/OUTER
  PORT: 5
model_list:
${entry("a", ", api_key: os.environ/CHAINED")}`;
    const config = parseConfig(text, { env: { OUTER: "value" } });
    expect(config.environment).toEqual({ CHAINED: "value", OWN: "value", OUTER: "value", PORT: "5" });
    expect(keysOf(config)).toEqual(["value"]);
  });

  it("are reported when they are not set or refer to themselves", () => {
    const text = `environment_variables: { A: os.environ/B, B: os.environ/A }\nmodel_list:\n${entry("a", ", api_key: os.environ/A, tags: [os.environ/NO]")}`;
    const message = problems(text);
    expect(message).toContain(
      "main.yaml:3:57 model_list[0].litellm_params.api_key: the environment variable A is not set",
    );
    expect(message).toContain("model_list[0].litellm_params.tags[0]: the environment variable NO is not set");
    expect(message).toContain("main.yaml:1:26 environment_variables.A: the environment variable B is not set");
  });

  it("supply the master key if the file does not", () => {
    expect(problems(`${minimal}general_settings: { port: 65536 }\n`)).toContain(
      "general_settings.port: it must be at most 65535.",
    );
    for (const empty of ["''", '" "'])
      expect(problems(`${minimal}general_settings: { master_key: ${empty} }\n`)).toContain(
        "general_settings.master_key: it is empty",
      );
    expect(() => parseConfig(minimal, { env: { LITELLM_MASTER_KEY: "" } })).toThrow("LITELLM_MASTER_KEY is empty");
    const key = (text: string, env = {}): string | undefined => parseConfig(text, { env }).proxy.masterKey?.reveal();
    expect(key(minimal)).toBeUndefined();
    expect(key(minimal, { LITELLM_MASTER_KEY: "outer" })).toBe("outer");
    expect(key(`${minimal}environment_variables: { LITELLM_MASTER_KEY: own }\n`)).toBe("own");
    expect(
      key(`${minimal}general_settings: { master_key: os.environ/M }\n`, { M: "m", LITELLM_MASTER_KEY: "outer" }),
    ).toBe("m");
  });

  it("supply the allowed web origins if the file does not", () => {
    const origins = (general: string, env = {}): readonly string[] | undefined =>
      parseConfig(`${minimal}general_settings: { ${general} }\n`, { env }).proxy.allowedOrigins;
    const outer = { LITELLM_CORS_ORIGINS: "https://b.com, http://localhost:5173," };
    expect(origins("")).toBeUndefined();
    expect(origins("", { LITELLM_CORS_ORIGINS: " " })).toBeUndefined();
    expect(origins("", outer)).toEqual(["https://b.com", "http://localhost:5173"]);
    expect(origins("cors_allow_origins: []", outer)).toEqual([]);
    expect(origins("cors_allow_origins: [https://a.com]", outer)).toEqual(["https://a.com"]);
    expect(origins("cors_allow_origins: 'https://a.com,https://b.com'")).toEqual(["https://a.com", "https://b.com"]);
    expect(origins("cors_allow_origins: '*'")).toEqual(["*"]);
    expect(() => origins("", { LITELLM_CORS_ORIGINS: "a.com" })).toThrow(
      'general_settings.cors_allow_origins: LITELLM_CORS_ORIGINS: "a.com" is not a valid origin',
    );
    const wrong = `${minimal}general_settings: { cors_allow_origins: [https://a.com, https://b.com/] }\n`;
    expect(problems(wrong)).toContain(
      'general_settings.cors_allow_origins: "https://b.com/" is not how browsers send it. Write "https://b.com".',
    );
    expect(parseConfig(wrong, { lenient: true }).proxy.allowedOrigins).toEqual(["https://a.com"]);
    expect(problems(`${minimal}general_settings: { cors_allow_origins: true }\n`)).toContain(
      "general_settings.cors_allow_origins: it must be a list or a string",
    );
  });

  it("supply the hosts that are served without a master key", () => {
    const hosts = (written: string): readonly string[] | undefined =>
      parseConfig(`${minimal}general_settings: { ${written} }\n`).proxy.allowedHosts;
    expect(hosts("")).toBeUndefined();
    expect(hosts("allowed_hosts: [modelyard, 'llm.example.com:4000']")).toEqual(["modelyard", "llm.example.com:4000"]);
    expect(hosts("allowed_hosts: 'modelyard, modelyard.prod.svc'")).toEqual(["modelyard", "modelyard.prod.svc"]);
    expect(hosts("allowed_hosts: '*'")).toEqual(["*"]);
    const wrong = `${minimal}general_settings: { allowed_hosts: [modelyard, https://b.com/] }\n`;
    expect(problems(wrong)).toContain(
      'general_settings.allowed_hosts: "https://b.com/" is not a valid host name. Write it without scheme and path, e.g. "llm.example.com".',
    );
    expect(parseConfig(wrong, { lenient: true }).proxy.allowedHosts).toEqual(["modelyard"]);
  });

  it("decide which deployments are enabled", () => {
    const text = `model_list:
  - { model_name: a, litellm_params: { model: openai/a }, model_info: { supported_environments: [production, staging] } }
  - { model_name: a, litellm_params: { model: openai/b }, model_info: { supported_environments: [development] } }
`;
    const { router, entryOf, warnings } = parseConfig(text, { env: { LITELLM_ENVIRONMENT: "development" } });
    expect([router.modelList.map((one) => one.model), entryOf]).toEqual([["openai/b"], [1]]);
    expect(warnings).toMatchObject([{ path: "model_list[0].model_info.supported_environments", line: 2 }]);
    expect(parseConfig(text).router.modelList).toHaveLength(2);
  });
});

describe("router_settings", () => {
  it.each([
    ["num_retries: 1", "num_retries: 2", "numRetries", 1, 2],
    ["timeout: 1", "request_timeout: 2", "timeoutMs", 1_000, 2_000],
    ["max_fallbacks: 1", "max_fallbacks: 2", "maxFallbacks", 1, 2],
    ["allowed_fails: 1", "allowed_fails: 2", "allowedFails", 1, 2],
    ["fallbacks: [{ a: [b] }]", "fallbacks: [{ c: [d] }]", "fallbacks", [{ a: ["b"] }], [{ c: ["d"] }]],
    ["default_fallbacks: [a]", "default_fallbacks: [b]", "defaultFallbacks", ["a"], ["b"]],
    ["cache_responses: false", "cache: true", "cacheResponses", false, true],
  ] as const)("take precedence over litellm_settings: %s", (first, second, option, wins, else_) => {
    const read = (router: string, litellm: string): unknown =>
      parseConfig(`${minimal}router_settings: { ${router} }\nlitellm_settings: { ${litellm} }\n`).router[option];
    expect(read(first, second)).toEqual(wins);
    expect(read("", second)).toEqual(else_);
  });

  it("that are empty lists leave the setting to litellm_settings", () => {
    const text = `${minimal}router_settings: { fallbacks: [] }\nlitellm_settings: { fallbacks: [{ c: [d] }] }\n`;
    expect(parseConfig(text).router.fallbacks).toEqual([{ c: ["d"] }]);
  });
});

describe("credential_list", () => {
  const shared =
    "credential_list:\n  - { credential_name: east, credential_values: { api_key: shared, api_base: 'https://east', rpm: 5 }, credential_info: { owner: me } }\n";

  it("supplies values to deployments that name an entry, and the deployment's own values win", () => {
    const config = parseConfig(
      `model_list:\n${entry("a", ", litellm_credential_name: east")}${entry("b", ", litellm_credential_name: east, api_key: own")}${entry("c", ", api_key: k")}${shared}`,
    );
    expect(keysOf(config)).toEqual(["shared", "own", "k"]);
    expect(config.router.modelList.map((one) => [one.apiBase, one.rpm])).toEqual([
      ["https://east", 5],
      ["https://east", 5],
      [undefined, undefined],
    ]);
    expect(JSON.stringify(config)).not.toContain("shared");
  });

  it("is validated like every other section", () => {
    const text = `model_list:\n${entry("a", ", litellm_credential_name: eats")}${shared.replace("rpm", "rmp")}${shared.slice(17)}`;
    const message = problems(text);
    expect(message).toContain('litellm_credential_name: there is no "eats" in credential_list. Did you mean "east"?');
    expect(message).toContain('credential_list[0].credential_values.rmp: unknown key. Did you mean "rpm"');
    expect(message).toContain('credential_list[1].credential_name: duplicate name "east".');
  });
});

describe("include", () => {
  const files = (contents: Readonly<Record<string, string>>): ParseOptions => ({
    file: "conf/main.yaml",
    readFile: (path) => {
      const text = contents[path];
      if (text === undefined) throw new Error("no such file");
      return text;
    },
  });

  it("extends lists, also by nested includes, each resolved relative to its own file", () => {
    const config = parseConfig(
      `include: [parts/one.yaml, /etc/three.yaml]\n${minimal}router_settings: { num_retries: 1 }\n`,
      files({
        "parts/one.yaml": `include: [deeper/two.yaml]\nmodel_list:\n${entry("one", ", api_key: k")}`,
        "parts/deeper/two.yaml": `model_list:\n${entry("two", ", api_key: k")}router_settings: { num_retries: 2 }\n`,
        "/etc/three.yaml": "litellm_settings:\n",
      }),
    );
    expect(config.router.modelList.map((one) => one.modelName)).toEqual(["gpt-4", "one", "two"]);
    expect(config.router.numRetries).toBe(2);
    expect(config.warnings).toEqual([
      {
        path: "router_settings",
        message: "it replaces the one in conf/main.yaml entirely.",
        file: "conf/parts/deeper/two.yaml",
        line: 3,
        column: 1,
      },
    ]);
    expect(config.sourceOf(["model_list", 2, "litellm_params", "model"])).toMatchObject({
      file: "conf/parts/deeper/two.yaml",
      line: 2,
    });
    expect(config.written(["model_list", 0])).toMatchObject({ file: "conf/main.yaml", line: 3 });
    expect(config.written(["model_list", 3])).toBeUndefined();
  });

  it.each([
    [
      "a file that is missing",
      "include: [gone.yaml]\n",
      {},
      'conf/main.yaml:1:11 include[0]: "gone.yaml", looked up relative to this file: it cannot be read.',
    ],
    [
      "itself",
      "include: [main.yaml]\n",
      {},
      'conf/main.yaml:1:11 include[0]: "main.yaml" includes this file, which is a cycle.',
    ],
    [
      "a circle",
      "include: [a.yaml]\n",
      { "a.yaml": "include: [b.yaml]\n", "b.yaml": "x-a: 1\ninclude:\n  - a.yaml\n" },
      'conf/b.yaml:3:5 include[0]: "a.yaml" includes this file, which is a cycle.',
    ],
    [
      "a list",
      "include: [a.yaml]\n",
      { "a.yaml": "- 1\n" },
      "conf/a.yaml:1:1 expected keys such as model_list at the top level",
    ],
    ["text that is not YAML", "include: [a.yaml]\n", { "a.yaml": "a: [\n" }, "conf/a.yaml:2:1"],
    ["no list", "include: a.yaml\n", {}, "conf/main.yaml:1:1 include: it must be a list of files."],
    ["no name", "include: [5]\n", {}, "include[0]: it must be the name of a file."],
    [
      "files without end",
      "include: [a.yaml, a.yaml]\n",
      Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [
          `${"a".repeat(index + 1)}.yaml`,
          `include: [${"a".repeat(index + 2)}.yaml, ${"a".repeat(index + 2)}.yaml]\n`,
        ]),
      ),
      "more than 100 files are included",
    ],
  ] as const)("refuses %s, with the place", (_, text, contents, message) => {
    expect(problems(`${text}${minimal}`, files(contents))).toContain(message);
  });

  it("is refused in a configuration that was not read from a file", () => {
    expect(problems(`include: [a.yaml]\n${minimal}`)).toContain("include is not supported here.");
  });
});

describe("an impossible setting", () => {
  it("is refused: a Redis cache without an address, or an invalid port", () => {
    const redis = `${minimal}litellm_settings: { cache: true, cache_params: { type: redis } }\n`;
    expect(problems(redis)).toContain(
      "main.yaml:3:50 litellm_settings.cache_params.type: the cache is in Redis, but no address is set.",
    );
    expect(problems(redis, { env: { REDIS_HOST: "h", REDIS_PORT: "many" } })).toContain(
      "the port of Redis must be a whole number",
    );
    expect(parseConfig(redis, { env: { REDIS_HOST: "h", REDIS_PORT: "6380" } }).redis).toMatchObject({
      host: "h",
      port: 6_380,
    });
  });

  it("is dropped with a warning in lenient mode", () => {
    const config = parseConfig(
      `include: [gone.yaml]\nmodel_list:\n${entry("a", ", rmp: 5")}  - { model_name: b }\n${entry("c", ", api_key: os.environ/NO")}router_settings: { num_retries: many, timeout: 4 }\n`,
      {
        lenient: true,
        readFile: () => {
          throw new Error("gone");
        },
      },
    );
    expect(config.router).toMatchObject({ timeoutMs: 4_000, modelList: [{ modelName: "a" }, { modelName: "c" }] });
    expect(config.entryOf).toEqual([0, 2]);
    expect(config.warnings).toHaveLength(5);
  });
});

describe("affinity in a file", () => {
  const affinity = (router: string) => {
    const { router: config, warnings } = parseConfig(`${minimal}\nrouter_settings:\n${router}`);
    return { affinity: config.affinity, groups: config.groups, ttl: config.affinityTtlMs, warnings };
  };

  it("is what LiteLLM's checks mean", () => {
    expect(
      affinity(`  optional_pre_call_checks: [prompt_caching, session_affinity, deployment_affinity, responses_api_deployment_check]
  deployment_affinity_ttl_seconds: 600`),
    ).toMatchObject({ affinity: ["prompt", "session", "user", "response"], ttl: 600_000, warnings: [] });
  });

  it("is not turned on by checks that are always made", () => {
    const checks = "  optional_pre_call_checks: [encrypted_content_affinity, enforce_model_rate_limits]";
    expect(affinity(checks)).toMatchObject({ affinity: undefined, warnings: [] });
  });

  it("has settings for groups, of which our own win", () => {
    expect(
      affinity(`  model_group_affinity_config: { gpt-4: [deployment_affinity] }
  model_group_settings: { gpt-4: { num_retries: 1 } }`).groups,
    ).toEqual({ "gpt-4": { affinity: ["user"], numRetries: 1 } });
    expect(
      affinity(`  model_group_affinity_config: { gpt-4: [deployment_affinity] }
  model_group_settings: { gpt-4: { affinity: false } }`).groups,
    ).toEqual({ "gpt-4": { affinity: false } });
    expect(affinity("  affinity: [session]\n  optional_pre_call_checks: [prompt_caching]").affinity).toEqual([
      "session",
    ]);
    expect(affinity("  affinity: yes").affinity).toBe(true);
  });

  it("warns about checks that are not made, with the reason", () => {
    const { warnings } = affinity(`  optional_pre_call_checks: [router_budget_limiting]
  model_group_affinity_config: { gpt-4: [sesion_affinity] }`);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('"router_budget_limiting", which has no effect: Modelyard reports spending'),
      expect.stringContaining('"sesion_affinity", which has no effect: the checks that are made are session_affinity'),
    ]);
  });

  it("refuses keys that do not exist, naming the place", () => {
    expect(problems(`${minimal}\nrouter_settings: { affinity: [sesion] }`)).toContain("router_settings.affinity");
  });
});
