import { describe, expect, it } from "vitest";
import { ConfigError, formatIssue, parseConfig, type ParsedConfig, type ParseOptions } from "./index.js";

const minimal = "model_list:\n  - { model_name: a, litellm_params: { model: openai/a, api_key: k } }\n";

function parse(text: string, options: ParseOptions = {}): ParsedConfig {
  return parseConfig(text, { file: "f.yaml", ...options });
}

function warnings(text: string, options: ParseOptions = {}): readonly string[] {
  return parse(text, options).warnings.map(formatIssue);
}

function errors(text: string, options: ParseOptions = {}): readonly string[] {
  try {
    parse(text, options);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.issues.map(formatIssue);
  }
}

describe("an unknown key", () => {
  it.each([
    ["at the top level", `${minimal}team_notes: { owner: me }\n`, "f.yaml:3:1 team_notes: "],
    [
      "of a section",
      `${minimal}router_settings: { enable_super_routing: true }\n`,
      "f.yaml:3:20 router_settings.enable_super_routing: ",
    ],
    [
      "of general_settings",
      `${minimal}general_settings: { proxy_color: blue }\n`,
      "f.yaml:3:21 general_settings.proxy_color: ",
    ],
    [
      "of an entry",
      minimal.replace("model_name: a,", "model_name: a, description: cheap,"),
      "f.yaml:2:22 model_list[0].description: ",
    ],
    [
      "inside of a policy",
      `${minimal}router_settings: { retry_policy: { SomethingElseRetries: 3 } }\n`,
      "f.yaml:3:36 router_settings.retry_policy.SomethingElseRetries: ",
    ],
    [
      "of one group's settings",
      `${minimal}router_settings: { model_group_settings: { a: { forward_headers: true } } }\n`,
      "f.yaml:3:49 router_settings.model_group_settings.a.forward_headers: ",
    ],
    [
      "of the cache",
      `${minimal}litellm_settings: { cache_params: { warm_start: true } }\n`,
      "f.yaml:3:37 litellm_settings.cache_params.warm_start: ",
    ],
    [
      "near one that LiteLLM alone knows",
      `${minimal}general_settings: { databse_url: x }\n`,
      "f.yaml:3:21 general_settings.databse_url: ",
    ],
  ])("%s causes a warning with its place, and everything else works", (_, text, beginning) => {
    const [warning, ...others] = warnings(text);
    expect(warning).toContain(beginning);
    expect(warning).toContain("unknown key, so it has no effect.");
    expect(others).toEqual([]);
    expect(parse(text).router.modelList).toHaveLength(1);
    expect(errors(text, { strict: true })).toEqual([warning]);
  });

  it("causes one warning, however often it appears in the file", () => {
    const entry = "  - { model_name: a, description: x, litellm_params: { model: openai/a, api_key: k } }\n";
    expect(warnings(`model_list:\n${entry.repeat(3)}`)).toEqual([
      "f.yaml:2:22 model_list[0].description: unknown key, so it has no effect. Remove it. (Also in 2 other places.)",
    ]);
  });

  it("is sent to the vendor where LiteLLM sends it, with a warning", () => {
    const text = minimal.replace("api_key: k", "api_key: k, chat_template_kwargs: { thinking: false }");
    expect(parse(text).router.modelList[0]?.defaults).toEqual({ chat_template_kwargs: { thinking: false } });
    expect(warnings(text)[0]).toContain(
      "model_list[0].litellm_params.chat_template_kwargs: unknown setting, so it is sent",
    );
  });

  it("at the top level may begin with x-, and the warning says so otherwise", () => {
    expect(warnings(`x-anchors: {}\n${minimal}`)).toEqual([]);
    expect(warnings(`shared: {}\n${minimal}`)[0]).toContain('start its name with "x-"');
  });
});

describe("a misspelling of an important key", () => {
  it.each([
    ["a letter too few", "router_settings: { retry_polcy: {} }", "router_settings.retry_polcy", "retry_policy"],
    ["two letters swapped", "router_settings: { num_retires: 3 }", "router_settings.num_retires", "num_retries"],
    ["another case", "router_settings: { numRetries: 3 }", "router_settings.numRetries", "num_retries"],
    ["dashes", "router_settings: { cooldown-time: 3 }", "router_settings.cooldown-time", "cooldown_time"],
    ["the singular", "router_settings: { fallback: [{ a: [a] }] }", "router_settings.fallback", "fallbacks"],
    [
      "one word more",
      "router_settings: { cooldown_time_seconds: 3 }",
      "router_settings.cooldown_time_seconds",
      "cooldown_time",
    ],
    [
      "a class of failures",
      "router_settings: { retry_policy: { RateLimitErorRetries: 3 } }",
      "RateLimitErorRetries",
      "RateLimitErrorRetries",
    ],
    ["the master key", "general_settings: { masterkey: k }", "general_settings.masterkey", "master_key"],
  ])("is an error: %s", (_, section, path, meant) => {
    const [error, ...others] = errors(`${minimal}${section}\n`);
    expect(error).toContain(`${path}: unknown key.`);
    expect(error).toContain(`"${meant}"`);
    expect(others).toEqual([]);
  });

  it.each(["rpm_limit", "max_rpm", "tpm_limit", "api_key_env", "timeouts", "Model", "api_bas"])(
    "is an error in litellm_params, and is not sent to the vendor: %s",
    (key) => {
      expect(errors(minimal.replace("api_key: k", `api_key: k, ${key}: 5`))).toHaveLength(1);
    },
  );

  it("is an error when the key belongs to another section", () => {
    expect(errors(`${minimal}num_retries: 3\n`)).toEqual([
      "f.yaml:3:1 num_retries: unknown key. It belongs in router_settings.",
    ]);
    for (const section of ["litellm_settings", "general_settings"])
      expect(errors(`${minimal}${section}: { slow_start: 5 }\n`)).toEqual([
        expect.stringContaining("slow_start: unknown key. It belongs in router_settings."),
      ]);
    expect(errors(`${minimal}general_settings: { routing_strategy: least-busy }\n`)[0]).toContain(
      "It belongs in router_settings.",
    );
  });
});

describe("a reference to a variable in another tool's notation", () => {
  it.each([
    "${OPENAI_KEY}",
    "${OPENAI_KEY:-sk-default}",
    "${OPENAI_KEY:?missing}",
    "$OPENAI_KEY",
    "$(OPENAI_KEY)",
    "%OPENAI_KEY%",
    "{{ OPENAI_KEY }}",
    "{{ .OPENAI_KEY }}",
    "{{ .Values.keys.OPENAI_KEY }}",
    "${{ secrets.OPENAI_KEY }}",
    "os.environ.OPENAI_KEY",
    "os.getenv/OPENAI_KEY",
    "os.env/OPENAI_KEY",
    "os.getenv('OPENAI_KEY')",
    "os.environ['OPENAI_KEY']",
    "process.env.OPENAI_KEY",
    "env/OPENAI_KEY",
  ])("is an error that shows the correct notation: %s", (reference) => {
    const [error, ...others] = errors(minimal.replace("api_key: k", `api_key: ${JSON.stringify(reference)}`));
    expect(error).toMatch(/model_list\[0\]\.litellm_params\.api_key: .* Write os\.environ\/OPENAI_KEY\.$/u);
    expect(error).not.toContain("sk-default");
    expect(others).toEqual([]);
  });

  it.each([
    ["the master key", `${minimal}general_settings: { master_key: "\${KEY:-sk-1234}" }\n`],
    ["an address", minimal.replace("api_key: k", 'api_key: k, api_base: "${BASE}"')],
    ["a model", minimal.replace("openai/a", "$MODEL")],
    ["a header", minimal.replace("api_key: k", 'api_key: k, extra_headers: { x-team: "${TEAM}" }')],
    ["the address of Redis", `${minimal}router_settings: { redis_url: "\${REDIS}" }\n`],
    ["a shared key", `${minimal}credential_list: [{ credential_name: c, credential_values: { api_key: "\${K}" } }]\n`],
    ["a variable of the file's own", `${minimal}environment_variables: { OPENAI_API_KEY: "\${K}" }\n`],
  ])("is an error in the form %s", (_, text) => {
    expect(errors(text)).toHaveLength(1);
    expect(errors(text)[0]).toContain("Write os.environ/");
  });

  it.each([
    ["https://${REGION}.example/v1", "${REGION}"],
    ["http://$HOST:8000/v1", "$HOST"],
    ["${BASE}/v1", "${BASE}"],
    ["https://{{ host }}/v1", "{{ host }}"],
  ])("is an error as a part of the address %s", (address, part) => {
    const [error, ...others] = errors(
      minimal.replace("api_key: k", `api_key: k, api_base: ${JSON.stringify(address)}`),
    );
    expect(error).toContain(`litellm_params.api_base: ${part} looks like a variable in another tool's notation`);
    expect(others).toEqual([]);
  });

  it.each([
    ["the password of an address", `${minimal}router_settings: { redis_url: "redis://:pa$word@localhost:6379" }\n`],
    ["a text that only holds one", minimal.replace("api_key: k", 'api_key: "a${B}c"')],
    ["a password that begins with a dollar", minimal.replace("api_key: k", 'api_key: "$ecret"')],
    ["an answer that is made up", minimal.replace("api_key: k", 'api_key: k, mock_response: "${NAME}"')],
    ["a note", minimal.replace("} }", '}, model_info: { owner: "${TEAM}" } }')],
  ])("is not recognized in %s", (_, text) => {
    expect(errors(text)).toEqual([]);
    expect(warnings(text)).toEqual([]);
  });

  it("is ignored under an unknown key", () => {
    expect(errors(`${minimal}general_settings: { database_url: "\${DATABASE_URL}" }\n`)).toEqual([]);
  });
});

describe("a file that is checked without its environment", () => {
  const text = `environment_variables: { OWN: os.environ/OUTER, REGION: eu }
model_list:
  - model_name: a
    litellm_params: { model: azure/a, api_key: os.environ/KEY, api_base: os.environ/BASE, rpm: os.environ/RPM, tags: [os.environ/REGION] }
  - { model_name: b, litellm_params: { model: os.environ/MODEL } }
litellm_settings: { cache: true, cache_params: { type: redis, host: os.environ/REDIS, password: os.environ/PASSWORD } }
general_settings: { master_key: os.environ/MASTER }
`;

  it("gets a placeholder of the right type for each variable that is not set", () => {
    expect(errors(text)).not.toEqual([]);
    const { router, proxy, redis } = parse(text, { assumeEnvironment: true });
    expect(router.modelList.map(({ model, apiBase, rpm, tags }) => ({ model, apiBase, rpm, tags }))).toEqual([
      { model: "azure/a", apiBase: "https://environment.invalid", rpm: undefined, tags: ["eu"] },
      { model: "openai/MODEL", apiBase: undefined, rpm: undefined, tags: undefined },
    ]);
    expect(router.modelList.every(({ apiKey }) => apiKey !== undefined)).toBe(true);
    expect(redis?.host).toBe("environment.invalid");
    expect(proxy.masterKey).toBeDefined();
  });

  it("uses the variables that are set, and still reports errors", () => {
    const env = { KEY: "k", BASE: "https://real.example", RPM: "7" };
    expect(parse(text, { env, assumeEnvironment: true }).router.modelList[0]).toMatchObject({
      apiBase: "https://real.example",
      rpm: 7,
    });
    expect(errors(`${text}router_settings: { num_retires: 3 }\n`, { assumeEnvironment: true })).toHaveLength(1);
  });
});

it("strict mode reports warnings and errors together, in the order of the file", () => {
  const text = `${minimal}general_settings: { database_url: x }\nrouter_settings: { num_retires: 3, enable_super: true }\n`;
  expect(errors(text)).toHaveLength(1);
  expect(errors(text, { strict: true }).map((line) => line.split(":")[1])).toEqual(["3", "4", "4"]);
  expect(errors(minimal, { strict: true })).toEqual([]);
});
