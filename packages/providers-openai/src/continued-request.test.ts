// Tests what hosts receive when they should continue an answer that broke off.
import { type JsonObject, type Provider, type ProviderCall, Secret } from "@modelyard/core";
import { Cancellation, type Transport, type TransportRequest } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { continued } from "./continued-request.js";
import { openai, openaiCompatible } from "./factories.js";

const beginning = "once upon ";

/** A continuation as a provider sends it. */
async function sent(
  make: (transport: Transport) => Provider,
  deployment: object = {},
): Promise<{ readonly url: string; readonly body: JsonObject }> {
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      requests.push(request);
      return Promise.reject(new Error("recorded"));
    },
    close: () => Promise.resolve(),
  };
  const request = {
    model: "group",
    stream: true,
    messages: [
      { role: "user", content: "tell" },
      { role: "assistant", content: beginning },
    ],
  };
  const provider = make(transport);
  await provider
    .call("chat", {
      deployment: deploymentOf(provider, deployment),
      model: "m",
      request: request as never,
      requestText: JSON.stringify(request),
      stream: true,
      continues: true,
      cancellation: new Cancellation(),
      connectMs: undefined,
      headersMs: undefined,
      dropParams: false,
      now: () => 0,
    } as never)
    .catch(() => undefined);
  const last = requests.at(-1) as TransportRequest;
  return { url: last.origin + last.path, body: JSON.parse(last.body as string) as JsonObject };
}

/** The parts of a deployment that the providers of this package read. */
function deploymentOf(provider: Provider, more: object): object {
  const { apiBase, continuation } = more as { readonly apiBase?: string; readonly continuation?: object };
  return {
    id: "d",
    provider: provider.name,
    model: "m",
    connection: {
      apiKey: new Secret("sk-key"),
      baseUrl: apiBase,
      apiVersion: undefined,
      organization: undefined,
      headers: {},
    },
    settings: {},
    continuation,
  };
}

const host = (name: string) => (transport: Transport) => openaiCompatible({ name, transport });
const message = (more: object) => ({ role: "assistant", content: beginning, ...more });

describe("a request to continue an answer", () => {
  it.each([
    ["mistral", "https://api.mistral.ai/v1/chat/completions", { prefix: true }],
    ["codestral", "https://codestral.mistral.ai/v1/chat/completions", { prefix: true }],
    ["deepseek", "https://api.deepseek.com/beta/chat/completions", { prefix: true }],
    ["moonshot", "https://api.moonshot.ai/v1/chat/completions", { partial: true }],
    ["openrouter", "https://openrouter.ai/api/v1/chat/completions", {}],
  ])("marks the last message as %s expects", async (name, url, marks) => {
    const request = await sent(host(name));
    expect(request.url).toBe(url);
    expect((request.body["messages"] as unknown[]).at(-1)).toEqual(message(marks));
  });

  it.each(["hosted_vllm", "vllm"])("sets the fields that %s expects in the body", async (name) => {
    const { body } = await sent(host(name), { apiBase: "http://models.example.com/v1" });
    expect(body).toMatchObject({ continue_final_message: true, add_generation_prompt: false });
    expect((body["messages"] as unknown[]).at(-1)).toEqual(message({}));
  });

  it("is sent to the user's address, even if the host has a special address for it", async () => {
    const { url } = await sent(host("deepseek"), { apiBase: "https://proxy.example.com/v1" });
    expect(url).toBe("https://proxy.example.com/v1/chat/completions");
  });

  it("is marked as the deployment is configured, also at an unknown host", async () => {
    const continuation = { message: { prefix: "on" }, body: { mode: "continue" } };
    const { body } = await sent((transport) => openai({ transport }), { continuation });
    expect(body).toMatchObject({ mode: "continue" });
    expect((body["messages"] as unknown[]).at(-1)).toEqual(message({ prefix: "on" }));
  });
});

it("marks the last item of a request to Responses as a deployment's own settings say", () => {
  const input = [
    { role: "user", content: "tell" },
    { role: "assistant", content: beginning },
  ];
  const call = { request: { input }, deployment: {} } as unknown as ProviderCall;
  const { request } = continued(call, { message: { status: "in_progress" }, body: { seed: 1 } }, undefined);
  expect(request).toEqual({ seed: 1, input: [input[0], { ...input[1], status: "in_progress" }] });
});

describe("continuesFromPrefix", () => {
  const known = (provider: Provider, model: string): boolean =>
    typeof provider.continuesFromPrefix === "function" && provider.continuesFromPrefix(model, "chat");

  it.each([
    ["mistral", "m", true],
    ["dashscope", "qwen3-max", true],
    ["dashscope", "deepseek-v4", false],
    ["groq", "m", false],
  ])("of %s for %s is %s", (name, model, wanted) => {
    expect(known(openaiCompatible({ name }), model)).toBe(wanted);
  });

  it("is as the options of a custom host say", () => {
    const baseUrl = "https://models.example.com/v1";
    expect(known(openaiCompatible({ name: "mine", baseUrl }), "m")).toBe(false);
    expect(known(openaiCompatible({ name: "mine", baseUrl, continuation: {} }), "m")).toBe(true);
    expect(known(openai(), "gpt-5")).toBe(false);
  });

  it("is only known for chats, since hosts do not document it for Responses", () => {
    const { continuesFromPrefix } = openaiCompatible({ name: "mistral" });
    expect(typeof continuesFromPrefix === "function" && continuesFromPrefix("m", "responses")).toBe(false);
  });
});
