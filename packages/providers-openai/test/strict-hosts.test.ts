import { createRouter } from "@modelyard/router";
import { startUpstream, strict, type StrictHostName, strictHostNames, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { azure, openai, openaiCompatible } from "../src/factories.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

/** A conversation with the additional fields of several vendors' models and SDKs. */
const conversation = [
  { role: "developer", content: "Be brief." },
  { role: "user", content: [{ type: "text", text: "2 + 2?", cache_control: { type: "ephemeral" } }] },
  {
    role: "assistant",
    content: "4",
    refusal: null,
    annotations: [{ type: "url_citation" }],
    audio: null,
    function_call: null,
    reasoning: "two and two",
    reasoning_content: "two and two",
    reasoning_details: [{ type: "reasoning.text", text: "two and two" }],
    thinking_blocks: [{ type: "thinking", thinking: "two and two", signature: "s" }],
    provider_specific_fields: { a: 1 },
  },
  { role: "user", content: "And the weather?" },
  {
    role: "assistant",
    content: null,
    refusal: null,
    extra_content: { google: { thought_signature: "s" } },
    tool_calls: [
      {
        index: 0,
        id: `call_PTLP8x.${"y".repeat(40)}`,
        type: "function",
        function: { name: "weather", arguments: "{}", provider_specific_fields: { thought_signature: "s" } },
        extra_content: { google: { thought_signature: "s" } },
        provider_specific_fields: { b: 1 },
      },
    ],
  },
  { role: "tool", tool_call_id: `call_PTLP8x.${"y".repeat(40)}`, content: "sun", cache_control: { type: "ephemeral" } },
] as const;

/** What a client of many models sends with every call; nothing here is refused without `drop_params`. */
const habits = { max_tokens: 50, temperature: 0.2, store: false, user: "u", prompt_cache_key: "k" } as const;

function routerFor(host: StrictHostName) {
  const provider = host === "azure" ? azure() : host === "openai" ? openai() : openaiCompatible({ name: host });
  const apiBase = host === "azure" ? upstream.url("a") : `${upstream.url("a")}/v1`;
  const refuses =
    // The provider `openai` does not treat this address as OpenAI's, so the settings have to declare that the host is as strict.
    host === "openai"
      ? {
          toolIdLength: 24,
          messageFields:
            "annotations cache_control extra_content index provider_specific_fields reasoning reasoning_content reasoning_details thinking_blocks".split(
              " ",
            ),
        }
      : undefined;
  return createRouter({
    providers: [provider],
    numRetries: 0,
    modelList: [
      { modelName: "m", model: `${host}/m`, apiKey: "k", apiBase, ...(refuses === undefined ? {} : { refuses }) },
    ],
  });
}

describe.each(strictHostNames)("%s, which refuses unknown fields", (host) => {
  it.each([false, true])("accepts a conversation with other vendors' models (stream: %s)", async (stream) => {
    upstream.script({ host: "a" }, strict(host));
    const router = routerFor(host);
    const request = { model: "m" as const, messages: conversation as never, ...habits };
    if (host === "openai") Object.assign(request, { store: undefined, prompt_cache_key: undefined });
    const answer = stream
      ? await router.completion({ ...request, stream: true, stream_options: { include_usage: true } })
      : await router.completion(request);
    if (stream) for await (const _ of answer as AsyncIterable<unknown>);
    const { droppedParams } = answer.routing;
    expect(upstream.calls.map(({ status }) => status)).toEqual([200]);
    expect(droppedParams).toEqual(expect.arrayContaining(["cache_control", "reasoning_content"]));
    const [, , , , call, result] = (upstream.calls[0]?.body["messages"] ?? []) as {
      tool_calls?: { id: string }[];
      tool_call_id?: string;
    }[];
    expect(result?.tool_call_id).toBe(call?.tool_calls?.[0]?.id);
  });
});

describe("stream_options", () => {
  const ask = async (router: ReturnType<typeof createRouter>, more: object = {}) => {
    const stream = await router.completion({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      stream: true,
      ...more,
    });
    for await (const _ of stream);
    return stream.routing.droppedParams;
  };

  it.each(["mistral", "perplexity", "codestral"])("are dropped at %s, and reported", async (name) => {
    const router = createRouter({
      providers: [openaiCompatible({ name })],
      modelList: [{ modelName: "m", model: `${name}/m`, apiKey: "k", apiBase: `${upstream.url("a")}/v1` }],
    });
    expect(await ask(router, { stream_options: { include_usage: true } })).toEqual(["stream_options"]);
    expect(upstream.calls[0]?.body).not.toHaveProperty("stream_options");
  });

  it.each([
    ["additional_drop_params", { additionalDropParams: ["stream_options"] }],
    ["refuses", { refuses: { fields: ["stream_options"] } }],
  ])("are not added to a stream if %s forbids it", async (_, settings) => {
    const router = createRouter({
      providers: [openai()],
      modelList: [{ modelName: "m", model: "openai/m", apiKey: "k", apiBase: `${upstream.url("a")}/v1`, ...settings }],
    });
    expect(await ask(router)).toEqual([]);
    await ask(router, { stream_options: { include_usage: true } });
    for (const { body } of upstream.calls) expect(body).not.toHaveProperty("stream_options");
  });

  it("are not sent to API versions of Azure without them", async () => {
    const router = createRouter({
      providers: [azure({ apiVersion: "2024-06-01" })],
      modelList: [{ modelName: "m", model: "azure/m", apiKey: "k", apiBase: upstream.url("a") }],
    });
    expect(await ask(router, { stream_options: { include_usage: true } })).toEqual(["stream_options"]);
  });
});

describe("a host that is described in code", () => {
  it("refuses what its options say, so that other deployments of its group are called first", async () => {
    upstream.script({ host: "b" }, { text: "from b" });
    const mine = openaiCompatible({
      name: "mine",
      baseUrl: `${upstream.url("a")}/v1`,
      refuses: { fields: ["seed"], messageFields: ["mood"] },
    });
    const router = createRouter({
      providers: [mine, openai()],
      numRetries: 0,
      modelList: [
        { modelName: "m", model: "mine/m", order: 1 },
        { modelName: "m", model: "openai/m", apiKey: "k", apiBase: `${upstream.url("b")}/v1`, order: 2 },
      ],
    });
    const messages = [{ role: "user", content: "hi", mood: "good" }] as never;
    const moved = await router.completion({ model: "m", messages, seed: 1 });
    expect(moved.routing.attempts.map(({ provider }) => provider)).toEqual(["openai"]);
    const stayed = await router.completion({ model: "m", messages });
    expect(stayed.routing.droppedParams).toEqual(["mood"]);
    expect(upstream.calls.map(({ host }) => host)).toEqual(["b", "a"]);
  });

  it("cannot have an unknown option", () => {
    expect(() => openaiCompatible({ name: "groq", refuses: { field: ["seed"] } as never })).toThrow("refuses.field");
    expect(() => openai({ refuses: { toolIdLength: 3 } })).toThrow("refuses.toolIdLength");
  });
});
