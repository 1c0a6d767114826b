import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { refuses, startUpstream, strict, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

let upstream: Upstream;
let opened: { readonly yaml: YamlRouter; readonly server: NodeServer }[] = [];
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  for (const { yaml, server } of opened) {
    await server.drain(0);
    await yaml.close();
  }
  opened = [];
  upstream.reset();
});
afterAll(() => upstream.close());

interface Served {
  readonly status: number;
  readonly dropped: string | null;
  readonly body: string;
}

/** A proxy with this file, in which `UP` is the scripted vendor. @returns what asks it */
async function serve(file: string): Promise<(body: object) => Promise<Served>> {
  const yaml = await routerFromYaml(file.replaceAll("UP", upstream.url("a")), { env: {} });
  const server = createNodeServer(createGateway(yaml.router));
  opened.push({ yaml, server });
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return async (body) => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "hi" }], ...body }),
    });
    const text = await response.text();
    return { status: response.status, dropped: response.headers.get("x-modelyard-dropped"), body: text };
  };
}

const drops = "litellm_settings: { drop_params: true }\n";
const claude = (model: string, more = "") =>
  `model_list: [{ model_name: c, litellm_params: { model: anthropic/${model}, api_base: UP, api_key: k${more} } }]\n`;

describe("a Claude model with adaptive thinking", () => {
  it.each([
    ["by its settings", claude("claude-sonnet-4-6", ", thinking: { type: adaptive }"), {}],
    ["by the request's effort", claude("claude-sonnet-4-6"), { reasoning_effort: "medium" }],
  ])("drops the client's sampling fields with drop_params, and reports it: %s", async (_, file, fields) => {
    const request = { model: "c", temperature: 0.7, top_p: 0.9, top_k: 5, ...fields };
    const ask = await serve(file + drops);
    expect(await ask(request)).toMatchObject({ status: 200, dropped: "temperature, top_k, top_p" });
    expect(upstream.calls[0]?.body).toMatchObject({ thinking: { type: "adaptive" } });
    for (const field of ["temperature", "top_p", "top_k"]) expect(upstream.calls[0]?.body).not.toHaveProperty(field);
    const strictly = await serve(file);
    const refused = await strictly(request);
    expect(refused.status).toBe(400);
    expect(refused.body).toContain("temperature (The model does not accept it while thinking is on)");
    expect(upstream.calls).toHaveLength(1);
  });

  it("gets an effort instead of a budget if it has no budgets", async () => {
    const ask = await serve(claude("claude-opus-4-7") + drops);
    const thinking = { type: "enabled", budget_tokens: 8_000 };
    expect(await ask({ model: "c", thinking, max_tokens: 16_000 })).toMatchObject({ status: 200, dropped: null });
    expect(upstream.calls[0]?.body).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "medium" },
      max_tokens: 16_000,
    });
  });
});

describe("an Azure deployment", () => {
  it.each([
    ["litellm_params.base_model", "model: azure/prod-gpt5, base_model: azure/gpt-5-mini", ""],
    ["model_info.base_model", "model: azure/prod-gpt5", ", model_info: { base_model: azure/gpt-5-mini }"],
    ["gpt5_series/", "model: azure/gpt5_series/prod", ""],
    ["o_series/", "model: azure/o_series/o3x", ""],
    ["a base model that contradicts its name", "model: azure/gpt-4o, base_model: azure/gpt-5-mini", ""],
  ])("accepts the fields of its model, which is named by %s", async (_, params, info) => {
    const file = `model_list: [{ model_name: az, litellm_params: { ${params}, api_base: UP, api_key: k }${info} }]\n`;
    const request = { model: "az", max_tokens: 50, temperature: 0.2, thinking: { type: "enabled" } };
    const ask = await serve(file + drops);
    expect(await ask(request)).toMatchObject({ status: 200, dropped: "temperature, thinking" });
    const { body, path } = upstream.calls[0] ?? {};
    expect(body).toMatchObject({ max_completion_tokens: 50 });
    for (const field of ["max_tokens", "temperature", "thinking"]) expect(body).not.toHaveProperty(field);
    expect(path).not.toContain("series");
    expect((await (await serve(file))(request)).status).toBe(400);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe("a conversation that another vendor's model began", () => {
  const id = "call_PTLP8xQ2mN7vKd3TzRb1Yc0a";
  const conversation = [
    { role: "user", content: "2 + 2?" },
    { role: "assistant", content: "4", reasoning_content: "two and two", reasoning_details: [{ text: "4" }] },
    { role: "user", content: "Weather?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ index: 0, id, type: "function", function: { name: "weather", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "sun" },
  ];

  it.each(["groq", "mistral", "cerebras", "gemini"] as const)("falls back to %s", async (host) => {
    upstream.script({ model: "down" }, refuses(500));
    upstream.script({ model: "m" }, strict(host));
    const ask = await serve(`model_list:
  - { model_name: p, litellm_params: { model: deepseek/down, api_base: UP/v1, api_key: k } }
  - { model_name: q, litellm_params: { model: ${host}/m, api_base: UP/v1, api_key: k } }
router_settings: { fallbacks: [{ p: [q] }], num_retries: 0 }
${drops}`);
    const served = await ask({ model: "p", messages: conversation });
    expect(served).toMatchObject({ status: 200, dropped: "reasoning_content, reasoning_details, index" });
    expect(upstream.calls[0]?.body["messages"]).toEqual(conversation);
  });
});

describe("stream_options", () => {
  const stream = { model: "m", stream: true, stream_options: { include_usage: true } };

  it.each(["mistral", "perplexity"])("does not break a stream at %s", async (host) => {
    upstream.script({}, strict("mistral"));
    const ask = await serve(
      `model_list: [{ model_name: m, litellm_params: { model: ${host}/m, api_base: UP/v1, api_key: k } }]\n`,
    );
    const served = await ask(stream);
    expect(served).toMatchObject({ status: 200, dropped: "stream_options" });
    expect(served.body).toContain("[DONE]");
  });

  it.each(["additional_drop_params: [stream_options]", "refuses: { fields: [stream_options] }"])(
    "is not added to a stream at a strict host with %s",
    async (setting) => {
      upstream.script({}, strict("mistral"));
      const ask = await serve(
        `model_list: [{ model_name: m, litellm_params: { model: openai/m, api_base: UP/v1, api_key: k, ${setting} } }]\n`,
      );
      expect((await ask({ model: "m", stream: true })).body).toContain("[DONE]");
      expect(await ask(stream)).toMatchObject({ status: 200, dropped: "stream_options" });
    },
  );
});

describe("drop_params", () => {
  const habits = {
    model: "m",
    frequency_penalty: 0.5,
    logprobs: true,
    logit_bias: { "1": 2 },
    store: true,
    thinking: { type: "enabled", budget_tokens: 2_000 },
  };

  it.each([
    ["xai", "grok-4", "frequency_penalty, logit_bias, store, thinking"],
    ["mistral", "m", "logit_bias, logprobs, store, thinking"],
    ["groq", "llama", "frequency_penalty, logit_bias, logprobs, store, thinking"],
  ])("drops at %s the fields that it refuses, and reports it", async (host, model, dropped) => {
    const entry = `model_list: [{ model_name: m, litellm_params: { model: ${host}/${model}, api_base: UP/v1, api_key: k } }]\n`;
    const served = await (await serve(entry + drops))(habits);
    expect(served.status).toBe(200);
    expect(served.dropped?.split(", ").toSorted().join(", ")).toBe(dropped);
    const listed = await (await serve(`${entry}litellm_settings: { drop_params: [thinking] }\n`))(habits);
    expect(listed.status).toBe(400);
    expect(JSON.parse(listed.body)).toMatchObject({
      error: { code: "unsupported_parameter", param: expect.stringMatching(/^(?:log|frequency)/u) as unknown },
    });
    expect(upstream.calls).toHaveLength(1);
  });
});
