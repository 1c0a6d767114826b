import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { check } from "../src/check.js";
import { explainFile } from "../src/explain.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-check-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(text: string, name = "config.yaml"): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
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
  it("shows the line of the file for each setting, or that it is a default", async () => {
    const path = file(full);
    const { text, found } = await explainFile(path, { model: "four" });
    expect(found).toBe(true);
    const lines = text.split("\n").map((line) => line.trim().replaceAll(`${path}:`, "line "));
    for (const line of [
      `"four" is served by the group "gpt-4"  (line ${at("four: gpt-4")})`,
      `routing_strategy: latency-based-routing  (line ${at("routing_strategy: latency")})`,
      `routing_strategy_args: {"ttl":60}  (line ${at("routing_strategy_args")})`,
      `num_retries: 7  (line ${at("num_retries: 7")})`,
      `retry_policy: {"RateLimitError":{"maxRetries":5}}  (line ${at("retry_policy")})`,
      `fallbacks: spare  (line ${at("- gpt-4: [spare]")})`,
      `context_window_fallbacks: spare  (line ${at("- gpt-4: [spare]")})`,
      `content_policy_fallbacks: spare  (line ${at('"*": [spare]')})`,
      "max_fallbacks: 5  (default)",
      `allowed_fails: 2 per minute  (line ${at("allowed_fails")})`,
      `cache: 60 s  (line ${at("ttl: 60\n")})`,
      `azure/mine, east  (line ${at("model: azure/mine")})`,
      `order: 2  (line ${at("order: 2")})`,
      `rpm: 5  (line ${at("rpm: 5")})`,
      `tpm: 900  (line ${at("tpm: 900")})`,
      `max_parallel_requests: 3  (line ${at("max_parallel_requests")})`,
      `timeout: 7 s  (line ${at("timeout: 7")})`,
      `first_token_timeout: 3 s  (line ${at("stream_timeout: 3")})`,
      `cooldown_time: 9 s  (line ${at("cooldown_time: 9")})`,
      "input_cost: $30 per million tokens  (catalog)",
      "max_input_tokens: 8192 tokens  (catalog)",
      `weight: 4  (line ${at("weight: 4")})`,
      `timeout: 30 s  (line ${at("timeout: 30")})`,
      `first_token_timeout: 30 s  (line ${at("timeout: 30")})`,
      "connect_timeout: 10 s  (default)",
      "cooldown_time: 5 s  (default)",
      `input_cost: $1 per million tokens  (line ${at("  input_cost")})`,
      `output_cost: $2 per million tokens  (line ${at("  output_cost")})`,
      `max_input_tokens: 500 tokens  (line ${at("max_input_tokens")})`,
      `images: no  (line ${at("supports_vision")})`,
    ])
      expect(lines).toContain(line);
    expect(text.indexOf("openai/secret-model")).toBeLessThan(text.indexOf("azure/mine"));
  });

  it("prints the same as JSON, without a secret", async () => {
    const path = file(full.replaceAll("api_key: k", "api_key: sk-canary"));
    const { text } = await explainFile(path, { model: "gpt-4", json: true });
    expect(text).not.toContain("canary");
    expect(JSON.parse(text)).toMatchObject({
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
        { order: 1 },
        { id: "east", origins: { rpm: { line: Number(at("rpm: 5")) }, inputCostPerToken: "catalog" } },
      ],
    });
  });

  it("explains wildcard names, deployment ids and unknown names", async () => {
    const path = file(
      "model_list:\n  - model_name: openai/*\n    litellm_params: { model: openai/*, api_key: k }\n    model_info: { id: all }\n",
    );
    const wildcard = await explainFile(path, { model: "openai/gpt-4o" });
    expect(wildcard.text).toContain('"openai/gpt-4o" is served by the group "openai/*"');
    expect(wildcard.text).toContain("openai/gpt-4o, all");
    expect((await explainFile(file(full, "full.yaml"), { model: "east" })).text).toContain("azure/mine, east");
    const missing = await explainFile(path, { model: "gpt-5" });
    expect(missing).toMatchObject({ found: false });
    expect(missing.text).toContain('No deployment serves "gpt-5".');
  });

  it("points to the routing group that sets the strategy", async () => {
    const path = file(
      "model_list:\n  - model_name: a\n    litellm_params: { model: openai/a, api_key: k }\nrouter_settings:\n  routing_groups:\n    - group_name: quick\n      models: [a]\n      routing_strategy: latency-based-routing\n      routing_strategy_args: { ttl: 5 }\n",
    );
    const { text } = await explainFile(path, { model: "a" });
    expect(text).toContain(`routing_strategy: latency-based-routing  (${path}:8)`);
    expect(text).toContain(`routing_strategy_args: {"ttl":5}  (${path}:9)`);
    expect((await explainFile(path, { model: "quick" })).text).toContain(`"quick" is a model group  (${path}:6)`);
  });

  it("points into included files", async () => {
    file(
      "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/a\n      api_key: k\n      rpm: 3\n",
      "more.yaml",
    );
    const path = file("include: [more.yaml]\n", "main.yaml");
    expect((await explainFile(path, { model: "a" })).text).toContain(`rpm: 3  (${join(folder, "more.yaml")}:6)`);
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
    const output = (await check(path, { lenient: false })).replaceAll(`${path}:`, "");
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
      expect(output).toContain(`warning: ${line}`);
    expect(output).not.toContain("openai/gpt-4 is unknown");
  });

  it("does not mention prices if no strategy needs them", async () => {
    const path = file("model_list:\n  - { model_name: m, litellm_params: { model: ollama/mine } }\n");
    expect(await check(path)).toBe(`${path} is valid.\n  m: 1 deployment, simple-shuffle\n`);
  });

  it("warns once of a model without a price, however many deployments it has", async () => {
    const entry = "  - { model_name: m, litellm_params: { model: ollama/mine } }\n";
    const path = file(`model_list:\n${entry.repeat(3)}router_settings: { routing_strategy: cost-based-routing }\n`);
    const output = await check(path, { lenient: false });
    expect(output.match(/^warning: .*$/gmu)).toEqual([
      expect.stringContaining(":2:40 model_list[0]: the price of ollama/mine is unknown (and 2 other deployments)"),
    ]);
  });

  it("fails on errors, and turns them into warnings in lenient mode", async () => {
    const path = file(
      "model_list:\n  - model_name: a\n    litellm_params: { model: openai/a, api_key: k, rmp: 5 }\n  - model_name: b\n    litellm_params: { model: nobody/b }\n  - model_name: c\n    litellm_params: { api_key: k }\n",
    );
    await expect(check(path, { lenient: false })).rejects.toThrow("3:52 model_list[0].litellm_params.rmp");
    const output = await check(path, { lenient: true });
    expect(output).toContain('Did you mean "rpm"');
    expect(output).toContain('5:23 model_list[1]: "nobody/b" cannot be called and is skipped');
    expect(output).toContain("model_list[2].litellm_params.model: it is required.");
    expect(output).toContain("a: 1 deployment, simple-shuffle");
    expect(output).not.toContain("b: 1 deployment");
  });

  it("names deployments that cannot be called, and calls the file valid without them", async () => {
    const path = file(
      "model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n  - { model_name: pictures, litellm_params: { model: openai/dall-e-3, api_key: k } }\n",
    );
    const output = await check(path);
    expect(output).toContain("warning: ");
    expect(output).toContain(':3:47 model_list[1]: "openai/dall-e-3" cannot be called and is skipped');
    expect(output).toContain(`${path} is valid, without 1 deployment that cannot be called here.`);
    expect(output).not.toContain("pictures: ");
    await expect(check(path, { strict: true })).rejects.toThrow("cannot be called");
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
    expect(await check(path)).toContain("is valid.");
    expect((await explainFile(path, { model: "m" })).found).toBe(true);
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

  it("works without secrets if asked to, and still reports errors", async () => {
    const path = file(secretive);
    await expect(check(path)).rejects.toThrow("NOBODY_SET_KEY");
    expect(await check(path, { env: false })).toContain("is valid.");
    const wrong = file(`${secretive}router_settings: { num_retires: 3 }\n`, "wrong.yaml");
    await expect(check(wrong, { env: false })).rejects.toThrow(/1 problem:\n.*num_retires/u);
  });

  it("is not needed before explain, which needs no secret either", async () => {
    const { text, found } = await explainFile(file(secretive), { model: "m" });
    expect(found).toBe(true);
    expect(text).toContain("azure/m");
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
    await expect(check(path)).rejects.toThrow(expected);
  });
});
