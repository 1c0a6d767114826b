import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { check, type CheckOptions } from "../src/check.js";
import { checkReport } from "../src/check-report.js";
import { type ExplainOptions, explainFile } from "../src/explain/explain.js";
import { explainReport } from "../src/explain/explain-report.js";
import { withoutColors } from "../src/terminal/paint.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-check-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function file(text: string, name = "config.yaml"): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function report(path: string, options?: CheckOptions): Promise<string> {
  return checkReport(await check(path, options), withoutColors);
}

async function explanation(path: string, options: ExplainOptions): Promise<string> {
  return explainReport(await explainFile(path, options), withoutColors);
}

const full = `model_list:
  - model_name: gpt-4
    litellm_params:
      model: azure/mine
      litellm_credential_name: east
      rpm: 5
      order: 2
      timeout: 7
      stream_timeout: 3
      cooldown_time: 9
    tpm: 900
    model_info:
      base_model: azure/gpt-4
      id: east
  - model_name: gpt-4
    litellm_params:
      model: openai/secret-model
      api_key: k
      order: 1
      weight: 4
      input_cost_per_token: 0.000001
      output_cost_per_token: 0.000002
    model_info:
      max_input_tokens: 500
      supports_vision: false
  - model_name: spare
    litellm_params: { model: claude-2, api_key: k }
credential_list:
  - credential_name: east
    credential_values:
      api_key: k
      api_base: https://east.example
      api_version: v
      max_parallel_requests: 3
router_settings:
  model_group_alias:
    four: gpt-4
  timeout: 30
  retry_policy: { RateLimitError: { max_retries: 5 } }
  model_group_settings:
    gpt-4:
      num_retries: 7
      routing_strategy: latency-based-routing
      routing_strategy_args: { ttl: 60 }
  enable_pre_call_checks: true
litellm_settings:
  num_retries: 1
  fallbacks:
    - gpt-4: [spare]
  content_policy_fallbacks:
    - "*": [spare]
  allowed_fails: 2
  cache: true
  cache_params:
    type: local
    ttl: 60
`;

/** The number of the line of the full file that contains a text. */
function at(piece: string): string {
  const before = full.slice(0, full.indexOf(piece));
  return String(before.split("\n").length);
}

describe("modelyard explain", () => {
  it("shows the line of the file for each setting, in the words of the file", async () => {
    const path = file(full);
    const text = await explanation(path, { model: "four" });
    const lines = text
      .split("\n")
      .map((line) => line.trim().replaceAll(`${path}:`, "line ").replaceAll(/ {2,}/gu, " | "));
    for (const line of [
      `four | served by the group "gpt-4" | line ${at("four: gpt-4")}`,
      `routing_strategy | latency-based-routing | line ${at("routing_strategy: latency")}`,
      `routing_strategy_args | { ttl: 60 } | line ${at("routing_strategy_args")}`,
      `num_retries | 7 | line ${at("num_retries: 7")}`,
      `retry_policy | { RateLimitError: { max_retries: 5 } } | line ${at("retry_policy")}`,
      `fallbacks | spare | line ${at("- gpt-4: [spare]")}`,
      `context_window_fallbacks | spare | line ${at("- gpt-4: [spare]")}`,
      `content_policy_fallbacks | spare | line ${at('"*": [spare]')}`,
      `allowed_fails | 2 per minute | line ${at("allowed_fails")}`,
      `cache | 60 s | line ${at("ttl: 60\n")}`,
      `azure/mine at east.example | line ${at("model: azure/mine")}`,
      `id | east | line ${at("id: east")}`,
      `api_key | the file | line ${at("api_key: k\n      api_base")}`,
      `order | 2 | line ${at("order: 2")}`,
      `rpm | 5 | line ${at("rpm: 5")}`,
      `tpm | 900 | line ${at("tpm: 900")}`,
      `max_parallel_requests | 3 | line ${at("max_parallel_requests")}`,
      `timeout | 7 s | line ${at("timeout: 7")}`,
      `first_token_timeout | 3 s | line ${at("stream_timeout: 3")}`,
      `cooldown_time | 9 s | line ${at("cooldown_time: 9")}`,
      "input_cost_per_token | 0.00003 ($30 per million tokens) | catalog",
      "max_input_tokens | 8192 | catalog",
      `openai/secret-model at api.openai.com | line ${at("model: openai/secret-model")}`,
      `weight | 4 | line ${at("weight: 4")}`,
      "inherited: timeout 30 s, first_token_timeout 30 s, idle_timeout 30 s",
      `input_cost_per_token | 0.000001 ($1 per million tokens) | line ${at("  input_cost")}`,
      `output_cost_per_token | 0.000002 ($2 per million tokens) | line ${at("  output_cost")}`,
      `max_input_tokens | 500 | line ${at("max_input_tokens")}`,
      `supports_vision | false | line ${at("supports_vision")}`,
    ])
      expect(lines).toContain(line);
    expect(text).toMatch(/defaults: .*max_fallbacks 5,/u);
    expect(text.indexOf("openai/secret-model")).toBeLessThan(text.indexOf("azure/mine"));
  });

  it("aligns values and places in columns", async () => {
    const lines = (await explanation(file(full), { model: "gpt-4" })).split("\n");
    const values = ["num_retries ", "rpm ", "weight "].map((label) => {
      const line = lines.find((one) => one.trimStart().startsWith(label)) ?? "";
      return [line.search(/\d/u), line.search(/\S+:\d+$/u)];
    });
    expect(new Set(values.map(String)).size).toBe(1);
  });

  it("explains all model groups without a name, and what they have in common only once", async () => {
    const text = await explanation(file(full), {});
    const titles = [
      "All model groups",
      "gpt-4  a model group with 2 deployments",
      "spare  a model group with 1 deployment",
    ];
    const positions = titles.map((title) => text.indexOf(title));
    expect(positions.every((position) => position >= 0)).toBe(true);
    expect(positions.toSorted((one, other) => one - other)).toEqual(positions);
    expect(text.match(/^ {2}allowed_fails /gmu)).toHaveLength(1);
    expect(text.match(/^ {2}num_retries /gmu)).toHaveLength(2);
  });

  it("returns the same as data, without a secret", async () => {
    const path = file(full.replaceAll("api_key: k", "api_key: sk-canary"));
    const result = await explainFile(path, { model: "gpt-4" });
    expect(JSON.stringify(result)).not.toContain("canary");
    expect(result).toMatchObject({
      file: path,
      models: [
        {
          found: true,
          group: "gpt-4",
          retries: 7,
          fallbacks: { general: ["spare"] },
          origins: {
            name: { file: path, path: "model_list[1].model_name" },
            retries: {
              line: Number(at("num_retries: 7")),
              column: 7,
              path: "router_settings.model_group_settings.gpt-4.num_retries",
            },
            maxFallbacks: "default",
          },
          deployments: [
            { order: 1, host: "api.openai.com", apiKeyFrom: "the file" },
            {
              id: "east",
              host: "east.example",
              origins: { rpm: { line: Number(at("rpm: 5")) }, inputCostPerToken: "catalog" },
            },
          ],
        },
      ],
    });
  });

  it.each([
    [
      "openai/gpt-5.6",
      [
        ["chat with tools", "responses"],
        ["chat with tools and reasoning_effort none", "chat"],
        ["messages", "responses"],
      ],
    ],
    [
      "azure/gpt-5.4",
      [
        ["chat with tools and reasoning_effort medium", "responses"],
        ["messages", "responses"],
      ],
    ],
    [
      "openai/o3-pro",
      [
        ["chat", "responses"],
        ["messages", "responses"],
      ],
    ],
    ["anthropic/claude-sonnet-5", [["responses", "messages"]]],
  ])("shows over which API the calls of %s are made, and why, before there is a call", async (model, expected) => {
    const text =
      "model_list:\n  - model_name: m\n    litellm_params:\n      api_key: k\n      api_base: https://x.example\n";
    const path = file(
      `${text.replace(/ {6}api_base.*\n/u, model.startsWith("azure") ? "$&" : "")}      model: ${model}\n`,
    );
    const shown = await explanation(path, { model: "m" });
    for (const [operation = "", wire = ""] of expected)
      expect(shown).toMatch(new RegExp(`^ +wire of ${operation} +${wire}, because \\w`, "mu"));
    const { models } = await explainFile(path, { model: "m" });
    const [deployment] = models[0]?.deployments ?? [];
    const found = Object.entries(deployment?.wires ?? {}).flatMap(([operation, { exceptions = [], ...usual }]) => [
      ...(usual.operation === operation ? [] : [[operation, usual.operation]]),
      ...exceptions.map(({ when, operation: wire }) => [`${operation} ${when}`, wire]),
    ]);
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  it("explains wildcard names, deployment ids and unknown names", async () => {
    const path = file(
      "model_list:\n  - model_name: openai/*\n    litellm_params: { model: openai/*, api_key: k }\n    model_info: { id: all }\n",
    );
    const wildcard = await explanation(path, { model: "openai/gpt-4o" });
    expect(wildcard).toContain('openai/gpt-4o  served by the group "openai/*"');
    expect(wildcard).toMatch(/openai\/gpt-4o at api\.openai\.com .*\n {4}id +all /u);
    expect(await explanation(path, {})).toContain("openai/*  a model group with 1 deployment");
    expect(await explanation(file(full, "full.yaml"), { model: "east" })).toMatch(
      /azure\/mine at east\.example .*\n {4}id +east /u,
    );
    const missing = await explainFile(path, { model: "gpt-5" });
    expect(missing).toMatchObject({ models: [{ found: false }] });
    expect(explainReport(missing, withoutColors)).toContain('No deployment serves "gpt-5".');
  });

  it.each([
    ["os.environ/UNSET_EAST_KEY", "os.environ/UNSET_EAST_KEY, not set here", "line 5"],
    ["", "AZURE_OPENAI_API_KEY, not set here", "environment"],
  ])("shows where the key %j comes from, and the variable of the address", async (key, value, origin) => {
    const path = file(
      `model_list:\n  - model_name: m\n    litellm_params:\n      model: azure/m\n      ${key === "" ? "rpm: 5" : `api_key: ${key}`}\n      api_base: os.environ/UNSET_BASE\n`,
    );
    const text = (await explanation(path, { model: "m" })).replaceAll(`${path}:`, "line ").replaceAll(/ {2,}/gu, " | ");
    expect(text).toContain("azure/m at os.environ/UNSET_BASE | line 4");
    expect(text).toContain(`api_key | ${value} | ${origin}`);
  });

  it("points to the routing group that sets the strategy", async () => {
    const path = file(
      "model_list:\n  - model_name: a\n    litellm_params: { model: openai/a, api_key: k }\nrouter_settings:\n  routing_groups:\n    - group_name: quick\n      models: [a]\n      routing_strategy: latency-based-routing\n      routing_strategy_args: { ttl: 5 }\n",
    );
    const text = await explanation(path, { model: "a" });
    expect(text).toMatch(/routing_strategy +latency-based-routing +\S+:8\n/u);
    expect(text).toMatch(/routing_strategy_args +\{ ttl: 5 \} +\S+:9\n/u);
    expect(await explanation(path, { model: "quick" })).toMatch(/^quick {2}a model group with 1 deployment +\S+:6\n/u);
  });

  it("points into included files", async () => {
    file(
      "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/a\n      api_key: k\n      rpm: 3\n",
      "more.yaml",
    );
    const path = file("include: [more.yaml]\n", "main.yaml");
    expect(await explanation(path, { model: "a" })).toMatch(/rpm +3 +\S+more\.yaml:6\n/u);
  });
});

describe("modelyard check", () => {
  it("warns of names that lead nowhere and of unknown prices, each with its place", async () => {
    const path = file(
      `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_key: k }
  - model_name: own
    litellm_params:
      model: ollama/mine
router_settings:
  model_group_alias:
    gpt-4: prod
    four: gone-3.5: x
  fallbacks:
    - gpt-4: [nobody, own]
    - nowhere: [own]
  context_window_fallbacks: [{ own: [larger] }]
  default_fallbacks: [lost, gpt4]
  routing_strategy: cost-based-routing
  model_group_retry_policy: { ghost: { TimeoutErrorRetries: 1 } }
`.replace("gone-3.5: x", '"gone-3.5"'),
    );
    const output = (await report(path)).replaceAll(`${path}:`, "");
    for (const line of [
      "9:5 router_settings.model_group_alias.gpt-4: a model group has the same name and wins.",
      '10:5 router_settings.model_group_alias.four: it points to "gone-3.5", but there is no such model group.',
      '12:7 router_settings.fallbacks[0].gpt-4: there is no model group "nobody", so this fallback will be skipped.',
      '13:7 router_settings.fallbacks[1].nowhere: there is no model group "nowhere".',
      '14:32 router_settings.context_window_fallbacks[0].own: there is no model group "larger", so this fallback will be skipped.',
      '15:3 router_settings.default_fallbacks: there is no model group "lost", so this fallback will be skipped.',
      '15:3 router_settings.default_fallbacks: there is no model group "gpt4", so this fallback will be skipped. Did you mean "gpt-4"',
      '17:31 router_settings.model_group_retry_policy.ghost: there is no model group "ghost".',
      "6:7 model_list[1]: the price of ollama/mine is unknown",
    ])
      expect(output).toContain(`warning  ${line}`);
    expect(output).not.toContain("openai/gpt-4 is unknown");
  });

  it("does not mention prices if no strategy needs them", async () => {
    const path = file("model_list:\n  - { model_name: m, litellm_params: { model: ollama/mine } }\n");
    expect(await report(path)).toBe(`${path} is valid.\n  m  1 deployment  simple-shuffle\n`);
  });

  it("warns once of a model without a price, however many deployments it has", async () => {
    const entry = "  - { model_name: m, litellm_params: { model: ollama/mine } }\n";
    const path = file(`model_list:\n${entry.repeat(3)}router_settings: { routing_strategy: cost-based-routing }\n`);
    const output = await report(path);
    expect(output.match(/^warning .*$/gmu)).toEqual([
      expect.stringContaining(":2:40 model_list[0]: the price of ollama/mine is unknown (and 2 other deployments)"),
    ]);
  });

  it("fails on errors, and turns them into warnings in lenient mode", async () => {
    const path = file(
      "model_list:\n  - model_name: a\n    litellm_params: { model: openai/a, api_key: k, rmp: 5 }\n  - model_name: b\n    litellm_params: { model: nobody/b }\n  - model_name: c\n    litellm_params: { api_key: k }\n",
    );
    expect(await report(path)).toContain("3:52 model_list[0].litellm_params.rmp");
    const output = await report(path, { lenient: true });
    expect(output).toContain('Did you mean "rpm"');
    expect(output).toContain('5:23 model_list[1]: "nobody/b" cannot be called and is skipped');
    expect(output).toContain("model_list[2].litellm_params.model: it is required.");
    expect(output).toContain("a  1 deployment  simple-shuffle");
    expect(output).not.toMatch(/^ {2}b /mu);
  });

  it("names deployments that cannot be called, and calls the file valid without them", async () => {
    const path = file(
      "model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n  - { model_name: pictures, litellm_params: { model: openai/dall-e-3, api_key: k } }\n",
    );
    const output = await report(path);
    expect(output).toContain("warning  ");
    expect(output).toContain(':3:47 model_list[1]: "openai/dall-e-3" cannot be called and is skipped');
    expect(output).toContain(`${path} is valid, without 1 deployment that cannot be called here, with 1 warning.`);
    expect(output).not.toContain("  pictures  ");
    expect(await report(path, { strict: true })).toMatch(/^error .*cannot be called/u);
  });

  it("connects to nothing, also if the file names Redis and callbacks", async () => {
    const connected: string[] = [];
    const server = createServer((socket) => {
      connected.push("connected");
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const path = file(
      `model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }
router_settings: { redis_host: 127.0.0.1, redis_port: ${String(port)}, cache_responses: true }
litellm_settings: { cache: true, cache_params: { type: redis } }\n`,
    );
    expect(await report(path)).toContain("is valid");
    expect((await explainFile(path, { model: "m" })).models).toMatchObject([{ found: true }]);
    expect(connected).toEqual([]);
    server.close();
    await once(server, "close");
  });

  const secretive = `model_list:
  - { model_name: m, litellm_params: { model: azure/m, api_key: os.environ/NOBODY_SET_KEY, api_base: os.environ/NOBODY_SET_BASE } }
  - { model_name: n, litellm_params: { model: anthropic/claude-x } }
  - { model_name: o, litellm_params: { model: hosted_vllm/x } }
general_settings: { master_key: os.environ/NOBODY_SET_MASTER }
litellm_settings: { callbacks: [langfuse], cache: true, cache_params: { type: redis, host: os.environ/NOBODY_SET_HOST } }
`;

  it("works without secrets if asked to, names them, and still reports errors", async () => {
    const path = file(secretive);
    expect(await report(path)).toMatch(/^error .*NOBODY_SET_KEY/u);
    const output = await report(path, { env: false, strict: true });
    expect(output).toContain("is valid.");
    expect(output).toContain(
      "Not set here, and assumed to be set: ANTHROPIC_API_KEY, HOSTED_VLLM_API_BASE, NOBODY_SET_BASE, NOBODY_SET_HOST, NOBODY_SET_KEY, NOBODY_SET_MASTER.",
    );
    const wrong = file(`${secretive}router_settings: { num_retires: 3 }\n`, "wrong.yaml");
    expect(await report(wrong, { env: false })).toMatch(/^error .*num_retires[^]*is not valid: 1 error\./u);
  });

  it("warns of variables that are not set, each with its place, in lenient mode", async () => {
    const output = await report(file(secretive), { lenient: true });
    for (const [place, name] of [
      ["2:56", "NOBODY_SET_KEY"],
      ["2:92", "NOBODY_SET_BASE"],
      ["5:21", "NOBODY_SET_MASTER"],
      ["6:86", "NOBODY_SET_HOST"],
    ])
      expect(output).toMatch(
        new RegExp(`^warning .*:${place!} \\S+: the environment variable ${name!} is not set here\\.$`, "mu"),
      );
    expect(output).toMatch(/^warning .*:3:22 \S+: the environment variable ANTHROPIC_API_KEY is not set here\.$/mu);
    expect(output).toContain("is valid, with 6 warnings.");
  });

  it.each([
    ["azure/m", "", "AZURE_API_BASE, AZURE_OPENAI_API_KEY"],
    ["azure/m", ", api_base: https://a.example", "AZURE_OPENAI_API_KEY"],
    ["cloudflare/m", ", api_key: k", "CLOUDFLARE_ACCOUNT_ID"],
    ["mistral/m", "", "MISTRAL_API_KEY"],
    ["ollama/m", "", ""],
  ])("names the variables that %s needs besides what the file sets (%j): %s", async (model, more, names) => {
    for (const name of names.split(", ")) vi.stubEnv(name, undefined);
    const path = file(`model_list:\n  - { model_name: m, litellm_params: { model: ${model}${more} } }\n`);
    expect((await check(path, { env: false })).assumed.join(", ")).toBe(names);
    const { warnings } = await check(path, { lenient: true });
    expect(warnings).toHaveLength(names === "" ? 0 : names.split(", ").length);
    const { models } = await explainFile(path, {});
    expect(models[0]?.deployments[0]?.apiKeyFrom === undefined).toBe(model === "ollama/m");
  });

  it("needs no cache of a program for a file that turns the cache on, in strict mode", async () => {
    const path = file(
      "model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\nrouter_settings: { cache_responses: true }\n",
    );
    expect(await report(path, { strict: true })).toContain("is valid.");
  });

  it("fails for a fallback to a group that does not exist in strict mode, with the name that was meant", async () => {
    const path = file(
      "model_list:\n  - { model_name: gpt-4, litellm_params: { model: openai/gpt-4, api_key: k } }\nrouter_settings: { fallbacks: [{ gpt-4: [gpt4] }] }\n",
    );
    expect(await check(path)).toMatchObject({ valid: true, warnings: [{ line: 3 }] });
    const strict = await check(path, { strict: true });
    expect(strict).toMatchObject({ valid: false, errorCount: 1 });
    expect(checkReport(strict, withoutColors)).toContain('Did you mean "gpt-4"?');
  });

  it("reports errors and warnings together, also those that arise only when a router is created", async () => {
    const path = file(
      "model_list:\n  - { model_name: gpt-4, litellm_params: { model: azure/gpt-4, api_key: os.environ/NOBODY_SET_KEY, api_base: https://a.example } }\nrouter_settings:\n  num_retires: 3\n  fallbacks: [{ gpt-4: [gpt4] }]\n",
    );
    const output = (await report(path)).replaceAll(path, "config.yaml");
    expect(output.split("\n", 3)).toEqual([
      expect.stringMatching(/^error {4}config\.yaml:2:\d+ .*NOBODY_SET_KEY is not set/u),
      expect.stringMatching(/^error {4}config\.yaml:4:3 .*Did you mean "num_retries"/u),
      expect.stringMatching(/^warning {2}config\.yaml:5:\d+ .*Did you mean "gpt-4"/u),
    ]);
    expect(output).toContain("config.yaml is not valid: 2 errors, 1 warning.");
  });

  it("does not call a fallback missing whose only deployment is wrong", async () => {
    const path = file(
      "model_list:\n  - { model_name: a, litellm_params: { model: openai/a, api_key: k } }\n  - { model_name: b, litellm_params: { model: opnai/b } }\nrouter_settings: { fallbacks: [{ a: [b] }] }\n",
    );
    expect(await check(path)).toMatchObject({ valid: false, errorCount: 1, warnings: [] });
  });

  it("returns the same as data", async () => {
    const path = file(secretive);
    expect(await check(path, { env: false })).toEqual({
      file: path,
      valid: true,
      errors: [],
      errorCount: 0,
      warnings: [],
      assumed: [
        "ANTHROPIC_API_KEY",
        "HOSTED_VLLM_API_BASE",
        "NOBODY_SET_BASE",
        "NOBODY_SET_HOST",
        "NOBODY_SET_KEY",
        "NOBODY_SET_MASTER",
      ],
      unserved: 0,
      groups: ["m", "n", "o"].map((name) => ({ name, deployments: 1, strategy: "simple-shuffle" })),
      modules: [],
    });
    const failed = await check(path);
    expect(failed).toMatchObject({ valid: false, groups: [] });
    expect(failed.errors[0]).toEqual({
      file: path,
      line: 2,
      column: 56,
      path: "model_list[0].litellm_params.api_key",
      message: "the environment variable NOBODY_SET_KEY is not set. Set it.",
    });
    expect(await check("/surely/not/there.yaml")).toMatchObject({ valid: false, errors: [{ line: 0 }] });
  });

  it("is not needed before explain, which needs no secret either", async () => {
    const { models } = await explainFile(file(secretive), { model: "m" });
    expect(models).toMatchObject([{ found: true, deployments: [{ provider: "azure", model: "m" }] }]);
  });

  it.each([
    [
      "an alias that leads back to itself",
      "router_settings:\n  model_group_alias:\n    a: b\n    b: a\n",
      /:8:5 router_settings\.model_group_alias\.a: this alias points back to itself: a -> b -> a/u,
    ],
    ["an id that was used before", "", /:5:\d+ model_list\[1\]\.model_info\.id: duplicate id "one"/u],
  ])("points at the line of %s in the file", async (name, more, expected) => {
    const id = name.startsWith("an id") ? "one" : "two";
    const path = file(`model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_key: k }, model_info: { id: one } }
  - model_name: m
    litellm_params: { model: openai/m, api_key: k }
    model_info: { id: ${id} }
${more}`);
    expect(await report(path)).toMatch(expected);
  });
});
