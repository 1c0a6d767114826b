// The official SDKs, over sockets, in front of vendors that count tokens and compact conversations, and of one that does neither.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

let upstream: Upstream;
let yaml: YamlRouter;
let proxy: ReturnType<typeof createNodeServer>;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  upstream = await startUpstream();
  const line = (group: string, model: string, host: string): string =>
    `  - { model_name: ${group}, litellm_params: { model: ${model}, api_base: "${upstream.url(host)}", api_key: k-${host[0]} } }`;
  const models = [
    line("gpt", "openai/gpt-5", "a/v1"),
    line("claude", "anthropic/claude-sonnet-4-5", "b"),
    line("claude", "anthropic/claude-sonnet-4-5", "c"),
    line("fast", "groq/llama", "d/v1"),
  ];
  yaml = await routerFromYaml(["router_settings: { num_retries: 1 }", "model_list:", ...models].join("\n"), {
    env: {},
  });
  proxy = createNodeServer(createGateway(yaml.router, { routes: yaml.routes }));
  proxy.server.listen(0, "127.0.0.1");
  await once(proxy.server, "listening");
  const address = `http://127.0.0.1:${String((proxy.server.address() as AddressInfo).port)}`;
  openai = new OpenAI({ apiKey: "any", baseURL: `${address}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: "any", baseURL: address, maxRetries: 0 });
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await proxy.drain(0);
  await yaml.close();
  await upstream.close();
});

const messages = [{ role: "user" as const, content: "hi" }];

describe("a compaction", () => {
  it("passes through to OpenAI, with unknown fields", async () => {
    const extra = { model: "gpt", input: "hi", instructions: "Be brief.", zz: { b: [1.5] } };
    const compacted = await openai.responses.compact(extra);
    expect(compacted).toMatchObject({ object: "response.compaction", output: [{ type: "compaction" }] });
    expect(upstream.calls.map(({ path, body }) => [path.replace(/^.*\/v1/u, ""), body])).toEqual([
      ["/responses/compact", { ...extra, model: "gpt-5" }],
    ]);
  });

  it.each(["claude", "fast"])("is refused for %s, whose vendor has none, before anything is sent", async (model) => {
    const error: unknown = await openai.responses.compact({ model, input: "hi" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(String(error)).toContain("does not serve /responses/compact");
    expect(upstream.calls).toEqual([]);
  });
});

describe("a count of tokens", () => {
  it("is OpenAI's for its models, and an estimate for others", async () => {
    const count = (model: string) => openai.responses.inputTokens.count({ model, input: "hi" }).withResponse();
    const { data, response } = await count("gpt");
    expect([data, response.headers.get("x-modelyard-estimated")]).toEqual([
      { object: "response.input_tokens", input_tokens: 9 },
      null,
    ]);
    const other = await count("claude");
    expect(other.response.headers.get("x-modelyard-estimated")).toBe("input_tokens");
    expect(other.data.object).toBe("response.input_tokens");
    expect(upstream.calls).toHaveLength(1);
  });

  it("is Anthropic's for Claude, from another deployment if one fails, with the headers of the client", async () => {
    upstream.script({ host: "b" }, refuses(529));
    upstream.script({ host: "c" }, refuses(529));
    const estimate = await anthropic.messages.countTokens({ model: "claude", messages }).withResponse();
    expect(estimate.response.headers.get("x-modelyard-estimated")).toBe("input_tokens");
    upstream.reset();
    upstream.script({ host: "b" }, refuses(529));
    for (let turn = 0; turn < 4; turn += 1) {
      const { data, response } = await anthropic.beta.messages
        .countTokens({ model: "claude", messages, betas: ["token-counting-2024-11-01"] })
        .withResponse();
      expect([data, response.headers.get("x-modelyard-estimated")]).toEqual([{ input_tokens: 9 }, null]);
      const last = upstream.calls.at(-1);
      expect([last?.host, last?.body]).toEqual(["c", { model: "claude-sonnet-4-5", messages }]);
      expect(last?.path).toContain("/v1/messages/count_tokens");
      expect(last?.headers["anthropic-beta"]).toContain("token-counting-2024-11-01");
    }
  });

  it("is an estimate where the vendor only speaks chat completions", async () => {
    const { response } = await anthropic.messages.countTokens({ model: "fast", messages }).withResponse();
    expect(response.headers.get("x-modelyard-estimated")).toBe("input_tokens");
    expect(upstream.calls).toEqual([]);
  });
});
