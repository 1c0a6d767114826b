import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { readScrape } from "@modelyard/repo-tests/metrics";
import { type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
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
  let vendors: Receiver;
  let questions = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    vendors = await startReceiver();
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
          LANGFUSE_HOST: vendors.origin,
          SENTRY_DSN: `${vendors.origin.replace("//", "//key@")}/1`,
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
    await vendors.close();
  });

  /** Every question is different, since answers are cached. */
  const question = (): OpenAI.ChatCompletionCreateParamsNonStreaming => {
    questions += 1;
    return {
      model: "gpt-4",
      messages: [{ role: "user", content: `question ${String(questions)} of ${String(Date.now())}` }],
    };
  };
  /** A question without retries, since the three retries of the guide's file take long. */
  const atOnce = (): OpenAI.ChatCompletionCreateParamsNonStreaming => Object.assign(question(), { num_retries: 0 });
  const hosts = (): readonly string[] => [...new Set(upstream.calls.map((call) => call.host))].toSorted();

  it("warns of the guide's mistakes, and serves", () => {
    expect(yaml.warnings.map((warning) => warning.replace(/^\S+ /u, ""))).toEqual([
      "router_settings.model_group_alias.gpt-4: a model group has the same name and wins.",
      'router_settings.model_group_alias.gpt4: it points to "prod-gpt-4", but there is no such model group. Did you mean "gpt-4"?',
      'litellm_settings.context_window_fallbacks[0].gpt-3.5-turbo: there is no model group "gpt-3.5-turbo-16k", so this fallback will be skipped. Did you mean "gpt-3.5-turbo"?',
    ]);
  });

  it("spreads gpt-4 over its three deployments", async () => {
    for (let count = 0; count < 12; count += 1) {
      const answer = await client.chat.completions.create(question());
      expect(answer.choices[0]?.message.content).toBe("Hello from upstream");
    }
    expect(hosts()).toEqual(["eastus", "openai", "westus"]);
  });

  it("streams answers", async () => {
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...question(), stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Hello from upstream");
  });

  it("caches answers: an equal question is asked once", async () => {
    const same = question();
    await client.chat.completions.create(same);
    const { response } = await client.chat.completions.create(same).withResponse();
    expect(response.headers.get("x-litellm-cache-key")).not.toBeNull();
    expect(upstream.calls).toHaveLength(1);
  });

  it("answers the alias that leads nowhere with a clear 404", async () => {
    const asked = client.chat.completions.create({ ...question(), model: "gpt4" });
    await expect(asked).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  it("serves metrics in Prometheus' format, without a key, and without a series for unknown model names", async () => {
    const scrape = async (): Promise<string> => {
      const response = await fetch(`${origin}/metrics`);
      expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
      return response.text();
    };
    await client.chat.completions.create({ ...question(), model: "junk" }).catch(() => undefined);
    const text = await scrape();
    const before = readScrape(text);
    expect(before.labelValues("api_provider")).toContain("azure");
    expect(before.labelValues("requested_model")).not.toContain("junk");
    expect(text).not.toContain("canary");
    const served = before.samples.get("litellm_deployment_success_responses_total") ?? [];
    expect(served.filter(({ labels, value }) => labels["requested_model"] === "gpt-4" && value > 0)).not.toHaveLength(
      0,
    );
    for (let junk = 0; junk < 50; junk += 1)
      await client.chat.completions.create({ ...question(), model: `junk-${String(junk)}` }).catch(() => undefined);
    expect(readScrape(await scrape()).size).toBe(before.size);
  });

  it(
    "answers from gpt-3.5-turbo when all three deployments fail, and from claude-2 when that fails too, plain and streamed",
    { timeout: 60_000 },
    async () => {
      for (const host of ["eastus", "westus"]) upstream.script({ host }, refuses(500));
      upstream.script({ host: "openai", model: "gpt-4" }, refuses(503));
      const plain = await client.chat.completions.create(question()).withResponse();
      expect(plain.data.model).toBe("gpt-3.5-turbo");
      expect(plain.response.headers.get("x-litellm-model-group")).toBe("gpt-3.5-turbo");
      expect(plain.response.headers.get("x-litellm-attempted-fallbacks")).toBe("1");
      upstream.script({ host: "openai" }, refuses(500));
      const { data, response } = await client.chat.completions.create(atOnce()).withResponse();
      expect(data.choices[0]?.message.content).toBe("Hello from upstream");
      expect(response.headers.get("x-litellm-model-group")).toBe("claude-2");
      let text = "";
      for await (const chunk of await client.chat.completions.create({ ...atOnce(), stream: true }))
        text += chunk.choices[0]?.delta.content ?? "";
      expect(text).toBe("Hello from upstream");
    },
  );

  it("reports successes to Langfuse and failures to Sentry, each in its own format, and no keys", async () => {
    for (const host of ["eastus", "westus", "openai", "anthropic"]) upstream.script({ host }, refuses(500));
    const failing = client.chat.completions.create(atOnce());
    await expect(failing).rejects.toMatchObject({ status: 500 });
    await yaml.close();
    const langfuse = vendors.received.filter(({ path }) => path === "/api/public/otel/v1/traces");
    expect(langfuse[0]?.headers.authorization).toBe(`Basic ${Buffer.from("pk:sk").toString("base64")}`);
    const spans = langfuse.flatMap(({ body }) => body.match(/"langfuse.observation.output"/gu) ?? []);
    expect(spans.length).toBeGreaterThan(10);
    expect(langfuse.some(({ body }) => body.includes('"ERROR"'))).toBe(false);
    const sentry = vendors.received.filter(({ path }) => path.startsWith("/api/1/envelope/"));
    expect(sentry.length).toBeGreaterThan(0);
    expect(sentry.at(-1)?.body).toContain("InternalServerError");
    for (const { body } of [...langfuse, ...sentry]) expect(body).not.toContain("canary");
  });
});
