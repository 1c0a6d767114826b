// The costs of prompts in the vendor's prompt cache, as the header, the metrics and the usage report them.
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prometheusCallback } from "@modelyard/callbacks-prometheus";
import { routerFromYaml } from "../src/router-from-yaml.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});

const file = (host: string, model: string, more = ""): string => `
model_list:
  - model_name: m
    litellm_params: { model: ${model}, api_key: k, api_base: "${upstream.url(host)}", ${more} }
`;

const messages = [{ role: "user", content: "hi" }];
/** The same request in each API. */
const requests = {
  "chat/completions": { messages, max_tokens: 100 },
  messages: { messages, max_tokens: 100 },
  responses: { input: messages, max_output_tokens: 100, store: false },
};

/** Usage and costs of one call, in every place that reports them. */
async function asked(
  yaml: string,
  behavior: Behavior,
  stream: boolean,
  api: keyof typeof requests = "chat/completions",
) {
  upstream.reset();
  upstream.script({}, behavior);
  const metrics = prometheusCallback();
  const { router, close } = await routerFromYaml(yaml, { env: {}, callbacks: [metrics] });
  const handler = toFetchHandler(createGateway(router));
  const options = api === "chat/completions" ? { stream_options: { include_usage: true } } : {};
  const body = JSON.stringify({ model: "m", ...requests[api], ...(stream ? { stream, ...options } : {}) });
  const answer = await handler(`http://gateway/v1/${api}`, { method: "POST", body });
  const text = await answer.text();
  expect([answer.status, text.includes('"error":{')]).toEqual([200, false]);
  const usages: readonly { readonly usage?: object }[] = stream
    ? text
        .split("\n")
        .flatMap((line) => (line.startsWith("data: {") ? [JSON.parse(line.slice(6)) as { usage?: object }] : []))
    : [JSON.parse(text) as { usage?: object }];
  await close();
  const spend = /^litellm_spend_metric[^\n]* (?<usd>\S+)$/mu.exec(await metrics.registry.metrics())?.groups?.["usd"];
  return {
    header: Number(answer.headers.get("x-litellm-response-cost")),
    spend: Number(spend),
    usage: usages.findLast(({ usage }) => usage != null)?.usage,
  };
}

/** An answer for which 100,000 tokens were written to the vendor's cache, a part of them for an hour. */
const writing = (hour: number): Behavior => ({
  text: "Hi",
  usage: {
    prompt_tokens: 100_010,
    completion_tokens: 100,
    total_tokens: 100_110,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100_000 },
    cache_creation: { ephemeral_5m_input_tokens: 100_000 - hour, ephemeral_1h_input_tokens: hour },
  },
});

describe.each([
  ["a plain answer", false],
  ["a stream", true],
] as const)("the usage and cost of %s", (_, stream) => {
  it.each([
    ["five minutes", 0, 0.376_53],
    ["an hour", 100_000, 0.601_53],
  ])("are Anthropic's for a prompt that Claude's cache keeps for %s", async (__, hour, cost) => {
    const reported = await asked(file("anthropic", "anthropic/claude-sonnet-4-5"), writing(hour), stream);
    // The headers of a stream are sent before its cost is known.
    expect(stream ? reported.spend : reported.header).toBeCloseTo(cost, 8);
    expect(reported.spend).toBeCloseTo(cost, 8);
    expect(reported.usage).toMatchObject({
      prompt_tokens: 100_010,
      prompt_tokens_details: { cache_write_tokens: 100_000 },
      cache_creation: { ephemeral_5m_input_tokens: 100_000 - hour, ephemeral_1h_input_tokens: hour },
      cache_creation_input_tokens: 100_000,
    });
  });

  it.each(["messages", "responses"] as const)("are the same for callers of %s as for chats", async (api) => {
    for (const [host, model] of [
      ["anthropic", "anthropic/claude-sonnet-4-5"],
      ["openai", "openai/gpt-4o"],
    ] as const) {
      const chat = await asked(file(host, model), writing(50_000), stream);
      const other = await asked(file(host, model), writing(50_000), stream, api);
      expect(chat.spend).toBeGreaterThan(0.2);
      expect(other.spend).toBe(chat.spend);
      expect(other.header).toBe(chat.header);
    }
  });

  it("use the file's prices rather than the provider's", async () => {
    const more =
      "input_cost_per_token: 1, output_cost_per_token: 0, cache_creation_input_token_cost: 2, cache_creation_input_token_cost_above_1hr: 3";
    const reported = await asked(file("anthropic", "anthropic/claude-sonnet-4-5", more), writing(50_000), stream);
    expect(reported.spend).toBe(250_010);
  });

  it("follow OpenAI's usage fields for cached tokens, which stay in the answer", async () => {
    const more =
      "input_cost_per_token: 1, output_cost_per_token: 0, cache_read_input_token_cost: 0.5, cache_creation_input_token_cost: 2";
    const split = { cached_tokens: 60, cache_write_tokens: 20 };
    const usage = { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105, prompt_tokens_details: split };
    const reported = await asked(file("openai", "openai/gpt-5", more), { text: "Hi", usage }, stream);
    expect(reported.spend).toBe(20 + 30 + 40);
    expect(reported.usage).toMatchObject({ prompt_tokens_details: split });
  });

  it("use the price that the file sets for prompts above 200,000 tokens", async () => {
    const more =
      "input_cost_per_token: 1, output_cost_per_token: 1, input_cost_per_token_above_200k_tokens: 2, output_cost_per_token_above_200k_tokens: 3";
    const usage = { prompt_tokens: 200_001, completion_tokens: 5, total_tokens: 200_006 };
    const reported = await asked(file("openai", "openai/gpt-5", more), { text: "Hi", usage }, stream);
    expect(reported.spend).toBe(400_017);
  });
});
