import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

/** The guide's "Complete Production Example", word by word; only the addresses of Azure and Redis are the test's. */
const example = (eastus: string, westus: string, redisPort: string): string => `
model_list:
  # GPT-4 with multiple deployments
  - model_name: gpt-4
    litellm_params:
      model: azure/gpt-4
      api_base: ${eastus}/
      api_key: os.environ/AZURE_KEY_EAST
      api_version: "2024-02-01"
    tpm: 100000
    rpm: 1000
    model_info:
      input_cost_per_token: 0.00003
      output_cost_per_token: 0.00006
  - model_name: gpt-4
    litellm_params:
      model: azure/gpt-4
      api_base: ${westus}/
      api_key: os.environ/AZURE_KEY_WEST
      api_version: "2024-02-01"
    tpm: 150000
    rpm: 1500
    model_info:
      input_cost_per_token: 0.00003
      output_cost_per_token: 0.00006
  - model_name: gpt-4
    litellm_params:
      model: gpt-4
      api_key: os.environ/OPENAI_API_KEY
    tpm: 90000
    rpm: 900
    model_info:
      input_cost_per_token: 0.00003
      output_cost_per_token: 0.00006
  # Fallback models
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: gpt-3.5-turbo
      api_key: os.environ/OPENAI_API_KEY
    tpm: 1000000
    rpm: 10000
  - model_name: claude-2
    litellm_params:
      model: claude-2
      api_key: os.environ/ANTHROPIC_API_KEY
    tpm: 100000
    rpm: 1000
router_settings:
  # Routing
  routing_strategy: latency-based-routing
  routing_strategy_args:
    ttl: 60
  # Model aliases
  model_group_alias:
    gpt-4: prod-gpt-4
    gpt4: prod-gpt-4
  # Retries
  num_retries: 3
  timeout: 30
  retry_policy:
    RateLimitError:
      max_retries: 5
    Timeout:
      max_retries: 2
  # Cooldowns
  allowed_fails: 3
  cooldown_time: 120
  # Caching
  redis_host: localhost
  redis_port: ${redisPort}
  redis_password: os.environ/REDIS_PASSWORD
  cache_responses: true
litellm_settings:
  # Fallbacks
  fallbacks:
    - gpt-4: ["gpt-3.5-turbo", "claude-2"]
  context_window_fallbacks:
    - gpt-3.5-turbo: ["gpt-3.5-turbo-16k"]
  # Callbacks
  success_callback: ["langfuse", "prometheus"]
  failure_callback: ["sentry"]
  # Settings
  set_verbose: false
  drop_params: true
  request_timeout: 300
`;

const redis = redisForTests();

describe.skipIf(redis === undefined)("the guide's production example", () => {
  let upstream: Upstream;
  let yaml: YamlRouter;
  let server: NodeServer;
  let client: OpenAI;
  let origin: string;
  let questions = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    const { port, password } = new URL(redis ?? "");
    yaml = await routerFromYaml(
      example(upstream.url("eastus"), upstream.url("westus"), port).replace(
        "redis_host: localhost",
        "redis_host: 127.0.0.1",
      ),
      {
        env: {
          AZURE_KEY_EAST: "east-canary",
          AZURE_KEY_WEST: "west-canary",
          OPENAI_API_KEY: "sk-openai-canary",
          ANTHROPIC_API_KEY: "sk-ant-canary",
          REDIS_PASSWORD: password === "" ? "none-is-set" : password,
          OPENAI_BASE_URL: `${upstream.url("openai")}/v1`,
          ANTHROPIC_BASE_URL: upstream.url("anthropic"),
          LANGFUSE_PUBLIC_KEY: "pk",
          LANGFUSE_SECRET_KEY: "sk",
          LANGFUSE_HOST: upstream.origin,
          SENTRY_DSN: `http://key@127.0.0.1:${new URL(upstream.origin).port}/1`,
        },
      },
    );
    server = createNodeServer(createGateway(yaml.router, { routes: yaml.routes }));
    server.server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    origin = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
    client = new OpenAI({ apiKey: "any", baseURL: `${origin}/v1`, maxRetries: 0 });
  });
  afterEach(() => {
    upstream.reset();
  });
  afterAll(async () => {
    await server.drain(1_000);
    await yaml.close();
    await upstream.close();
  });

  /** Every question is new, since answers are kept. */
  const question = (): OpenAI.ChatCompletionCreateParamsNonStreaming => {
    questions += 1;
    return {
      model: "gpt-4",
      messages: [{ role: "user", content: `question ${String(questions)} of ${String(Date.now())}` }],
    };
  };
  const hosts = (): readonly string[] => [...new Set(upstream.calls.map((call) => call.host))].toSorted();

  it("warns of what the guide got wrong, and serves", () => {
    expect(
      yaml.warnings.filter((warning) => warning.includes("prod-gpt-4") || warning.includes("modelGroupAlias")),
    ).toHaveLength(2);
    expect(yaml.warnings.some((warning) => warning.includes("gpt-3.5-turbo-16k"))).toBe(true);
  });

  it("spreads gpt-4 over its three deployments", async () => {
    for (let count = 0; count < 12; count += 1) {
      const answer = await client.chat.completions.create(question());
      expect(answer.choices[0]?.message.content).toBe("Hello from upstream");
    }
    expect(hosts()).toEqual(["eastus", "openai", "westus"]);
  });

  it("streams", async () => {
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...question(), stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Hello from upstream");
  });

  it("keeps answers: the same question is asked once", async () => {
    const same = question();
    await client.chat.completions.create(same);
    const { response } = await client.chat.completions.create(same).withResponse();
    expect(response.headers.get("x-litellm-cache-key")).not.toBeNull();
    expect(upstream.calls).toHaveLength(1);
  });

  it("serves metrics in Prometheus' format", async () => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    expect(text).toMatch(/^litellm_deployment_success_responses(?:_total)?\{.*litellm_model_name="gpt-4".*\} \d+$/mu);
    expect(text).not.toContain("canary");
  });

  it(
    "answers an outage of all three by gpt-3.5-turbo, and of that too by claude-2, plain and streamed",
    { timeout: 60_000 },
    async () => {
      for (const host of ["eastus", "westus"]) upstream.script({ host }, refuses(500));
      upstream.script({ host: "openai", model: "gpt-4" }, refuses(503));
      const plain = await client.chat.completions.create(question()).withResponse();
      expect(plain.data.model).toBe("gpt-3.5-turbo");
      expect(plain.response.headers.get("x-litellm-model-group")).toBe("gpt-3.5-turbo");
      expect(plain.response.headers.get("x-litellm-attempted-fallbacks")).toBe("1");
      upstream.script({ host: "openai" }, refuses(500));
      const { data, response } = await client.chat.completions.create(question()).withResponse();
      expect(data.choices[0]?.message.content).toBe("Hello from upstream");
      expect(response.headers.get("x-litellm-model-group")).toBe("claude-2");
      let text = "";
      for await (const chunk of await client.chat.completions.create({ ...question(), stream: true }))
        text += chunk.choices[0]?.delta.content ?? "";
      expect(text).toBe("Hello from upstream");
    },
  );
});
