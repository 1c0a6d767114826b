import type { JsonObject } from "@modelyard/core";
import { Cancellation, type Transport, type TransportRequest } from "@modelyard/core/kit";
import { createGateway } from "@modelyard/gateway";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai, openaiCompatible } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { memoryCache } from "@modelyard/cache-memory";
import { afterEach, describe, expect, it, vi } from "vitest";

const answers = {
  openai: {
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  },
  anthropic: {
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "hello" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  },
};

/** A vendor that answers at once, and records the requests that it receives. */
function vendorOf(answer: JsonObject): { readonly transport: Transport; readonly sent: TransportRequest[] } {
  const sent: TransportRequest[] = [];
  const bytes = new TextEncoder().encode(JSON.stringify(answer));
  const transport = {
    send: async (request: TransportRequest) => {
      sent.push(request);
      return { status: 200, header: () => undefined, bytes: async () => bytes };
    },
    close: async () => undefined,
  };
  return { transport: transport as unknown as Transport, sent };
}

/** An agent's conversation, in which each message has something that Mistral does not accept. */
const messages = Array.from({ length: 30_000 }, (_, index) =>
  index % 3 === 0
    ? { role: "user", content: `question ${String(index)}`, name: null }
    : index % 3 === 1
      ? {
          role: "assistant",
          content: null,
          refusal: null,
          tool_calls: [
            { id: `call.${String(index)}`, type: "function", function: { name: "read", arguments: '{"a":1}' } },
          ],
        }
      : { role: "tool", tool_call_id: `call.${String(index - 1)}`, content: "text", name: null },
);
const body = new TextEncoder().encode(JSON.stringify({ model: "m", messages }));

const vendors = {
  openai: () => {
    const { transport, sent } = vendorOf(answers.openai);
    return { provider: openai({ transport }), sent, model: "openai/gpt-4o" };
  },
  mistral: () => {
    const { transport, sent } = vendorOf(answers.openai);
    return { provider: openaiCompatible({ name: "mistral", transport }), sent, model: "mistral/large" };
  },
  claude: () => {
    const { transport, sent } = vendorOf(answers.anthropic);
    return { provider: anthropic({ transport }), sent, model: "anthropic/claude-sonnet-4-5" };
  },
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a request of 30,000 messages through a gateway", () => {
  it.each([
    // One turn each for checking, decoding, parsing and sending it.
    ["openai", "without a cache", 6],
    // One more for every 2,000 messages or 256 KB.
    ["mistral", "without a cache", 30],
    ["claude", "without a cache", 30],
    ["claude", "with a cache", 30],
  ] as const)("lets other requests take turns on its way to %s %s", async (name, cache, turns) => {
    const { provider, sent, model } = vendors[name]();
    const router = createRouter({
      providers: [provider],
      modelList: [{ modelName: "m", model, apiKey: "k" }],
      dropParams: true,
      ...(cache === "with a cache" ? { cacheResponses: true, responseCache: memoryCache() } : {}),
    });
    const timers = vi.spyOn(globalThis, "setTimeout");
    const { status } = await createGateway(router).handle({
      method: "POST",
      path: "/v1/chat/completions",
      header: () => undefined,
      body: async () => body,
      cancellation: new Cancellation(),
    });
    expect(status).toBe(200);
    expect(timers.mock.calls.filter(([, ms]) => ms === 0).length).toBeGreaterThanOrEqual(turns);
    const text = new TextDecoder().decode(sent[0]?.body as Uint8Array);
    expect((JSON.parse(text) as typeof answers & { readonly messages: unknown[] }).messages.length).toBeGreaterThan(
      10_000,
    );
    await router.close();
  });
});
