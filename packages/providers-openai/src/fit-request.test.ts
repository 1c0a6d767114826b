import type { Deployment, JsonObject, OperationName, ProviderCall, RouterError } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Fitted, fitRequest, refusedFields } from "./fit-request.js";
import { hostRefusals } from "./host-refusals.js";
import { compileRules } from "./request-rules.js";

interface Asked extends Partial<Pick<ProviderCall, "dropParams" | "allowedParams" | "omittedFields">> {
  readonly operation?: OperationName;
  readonly provider?: string;
  readonly deployment?: Partial<Deployment>;
  /** Whether the request was translated from another wire. */
  readonly translated?: boolean;
}

function rulesOf(model: string, { operation = "chat", provider = "openai", deployment = {} }: Asked) {
  const host = provider === "openai" ? undefined : hostRefusals[provider];
  return compileRules({
    operation,
    provider,
    host,
    added: undefined,
    streamUsage: provider !== "mistral",
    deployment: deployment as Deployment,
    model,
  });
}

function fit(model: string, request: JsonObject, asked: Asked = {}) {
  const rules = rulesOf(model, asked);
  const call = { model, request, dropParams: false, requestText: "text", ...asked } as unknown as ProviderCall;
  // Only long requests are fitted in later turns of the event loop.
  return rules === undefined
    ? undefined
    : (fitRequest(rules, call, asked.provider ?? "openai", asked.translated ?? false) as Fitted | undefined);
}

function sent(model: string, request: JsonObject, asked: Asked = {}) {
  return fit(model, request, asked)?.call.request ?? request;
}

/** What happens to a request with refused fields: without `drop_params`, with it, and when the router asks beforehand. */
function refusal(model: string, request: JsonObject, asked: Asked = {}) {
  let thrown: unknown;
  try {
    fit(model, request, asked);
  } catch (error) {
    thrown = error;
  }
  const { kind, message } = thrown as RouterError;
  const fitted = fit(model, request, { ...asked, dropParams: true });
  const rules = rulesOf(model, asked);
  return {
    kind,
    named: Object.keys(request).filter((field) => message.includes(field)),
    dropped: fitted?.dropped.toSorted(),
    sent: fitted?.call.request,
    unsupported:
      rules && refusedFields(rules, { model, request, deployment: {} } as unknown as ProviderCall).toSorted(),
  };
}

/** The refusal of exactly these fields. */
function of(refused: readonly string[], request: JsonObject) {
  const kept = Object.entries(request).filter(([field]) => !refused.includes(field));
  const sorted = refused.toSorted();
  return {
    kind: "unsupported_params",
    named: Object.keys(request).filter((field) => refused.includes(field)),
    dropped: sorted,
    sent: Object.fromEntries(kept),
    unsupported: sorted,
  };
}

describe("a request for one of OpenAI's models", () => {
  it.each([
    "o1",
    "o3-mini",
    "o4-mini-2025-04-16",
    "gpt-5",
    "gpt-5-nano",
    "gpt-5-2025-08-07",
    "gpt-5.2",
    "gpt-5.1-codex",
  ])("has its token limit under the name that %s knows", (model) => {
    expect(sent(model, { max_tokens: 5, seed: 1 })).toEqual({ max_completion_tokens: 5, seed: 1 });
    expect(fit(model, { max_tokens: 5 })?.call.requestText).toBeUndefined();
    expect(fit(model, { seed: 1 })).toBeUndefined();
    const both = fit(model, { max_tokens: 5, max_completion_tokens: 6 });
    expect(both?.call.request).toEqual({ max_completion_tokens: 6 });
    expect(both?.dropped).toEqual(["max_tokens"]);
  });

  it.each([
    ["o3-mini", ["temperature", "top_p", "thinking"]],
    ["gpt-5-mini", ["temperature", "top_p", "thinking", "stop"]],
    ["o3", ["temperature", "top_p", "thinking", "stop"]],
    ["gpt-5.2", ["temperature", "top_p", "thinking"]],
    ["gpt-5-chat-latest", ["thinking", "reasoning_effort"]],
    ["gpt-4o", ["thinking", "reasoning_effort"]],
    ["gpt-3.5-turbo", ["thinking", "reasoning_effort"]],
    ["ft:gpt-4o-mini:org::id", ["thinking", "reasoning_effort"]],
    ["gpt-4o-search-preview", ["temperature", "top_p", "thinking", "reasoning_effort", "stop"]],
  ])("loses the fields that %s refuses if they may be dropped, and is refused otherwise", (model, refused) => {
    const request = { temperature: 0, top_p: 0.5, reasoning_effort: "low", thinking: {}, stop: "x" };
    expect(refusal(model, request)).toEqual(of(refused, request));
  });

  it("keeps its sampling parameters if a later model is not asked to reason", () => {
    for (const request of [{ temperature: 0 }, { temperature: 0, reasoning_effort: "none" }])
      expect(fit("gpt-5.2", request)).toBeUndefined();
  });

  it("is sent without fields that have no effect", () => {
    const neutral = {
      temperature: 1,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      stop: [],
      thinking: { type: "disabled" },
    };
    const fitted = fit("gpt-5", { ...neutral, seed: 1 });
    expect(fitted?.call.request).toEqual({ seed: 1 });
    expect(fitted?.dropped).toEqual([]);
  });

  it("is sent as it is for models with other names, and for other operations", () => {
    const request = { max_tokens: 5, temperature: 0, thinking: {} };
    for (const model of ["llama-3", "my-deployment", "o-1", "gpt-oss-20b", "grok-4"])
      expect(fit(model, request)).toBeUndefined();
    expect(fit("gpt-5", request, { operation: "text_completion" })).toBeUndefined();
  });
});

describe("a request that was translated to Responses, for one of OpenAI's models", () => {
  const asked = { operation: "responses", translated: true } as const;

  it.each([
    ["gpt-5-mini", ["temperature", "top_p"], { temperature: 0.2, top_p: 0.5, max_output_tokens: 9 }],
    ["o4-mini", ["temperature"], { temperature: 0.2 }],
    ["gpt-5.4", ["temperature"], { temperature: 0.2, reasoning: { effort: "high" } }],
    ["gpt-4.1", ["reasoning"], { temperature: 0.2, reasoning: { effort: "low" } }],
  ])("is refused, or loses what %s does not accept: %s", (model, refused, request) => {
    expect(refusal(model, request, asked)).toEqual(of(refused, request));
  });

  it("keeps everything that the model accepts", () => {
    for (const [model, request] of [
      ["gpt-4.1", { temperature: 0.2, top_logprobs: 2 }],
      ["gpt-5.4", { temperature: 0.2, reasoning: { effort: "none" } }],
      ["gpt-5.4", { temperature: 0.2, reasoning: { summary: "auto" } }],
      ["gpt-5-mini", { reasoning: { effort: "low" }, parallel_tool_calls: false }],
    ] as const)
      expect(fit(model, request, asked)).toBeUndefined();
    expect(fit("grok-4", { temperature: 0.2, stop: ["a"] }, { ...asked, provider: "xai" })).toBeUndefined();
  });
});

describe("a request that its caller wrote for Responses", () => {
  const asked = { operation: "responses" } as const;

  it.each([
    ["gpt-5-mini", { temperature: 0.2, top_p: 0.5 }, ["temperature", "top_p"]],
    ["gpt-5-mini", { temperature: 1 }, []],
    ["gpt-5.4", { temperature: 0.2, reasoning: { effort: "high" } }, ["temperature"]],
    ["gpt-4.1", { reasoning: { effort: "low" } }, ["reasoning"]],
  ])("reaches %s as it is unless fields may be dropped: %s", (model, request, dropped) => {
    expect(fit(model, request, asked)).toBeUndefined();
    expect(fit(model, request, { ...asked, dropParams: true })?.dropped).toEqual(dropped);
  });

  it("loses only the fields that are named", () => {
    const request = { temperature: 0.2, top_p: 0.5 };
    const fitted = fit("gpt-5-mini", request, { ...asked, dropParams: ["top_p"] });
    expect(fitted).toMatchObject({ call: { request: { temperature: 0.2 } }, dropped: ["top_p"] });
  });

  it("is refused with the fields that the deployment is configured to refuse", () => {
    const deployment = { refuses: { fields: ["temperature"] } };
    expect(() => fit("gpt-5-mini", { temperature: 0.2, top_p: 0.5 }, { ...asked, deployment })).toThrow(
      /does not accept temperature\./u,
    );
  });

  it("is known to be refused, so that other deployments of its group come first", () => {
    const rules = rulesOf("gpt-5-mini", asked);
    const call = { model: "gpt-5-mini", request: { temperature: 0.2 }, deployment: {} } as unknown as ProviderCall;
    expect(rules && refusedFields(rules, call)).toEqual(["temperature"]);
  });
});

describe("the base model of a deployment", () => {
  it.each([
    ["azure", "azure/gpt-5-mini"],
    ["azure", "gpt-5-mini"],
    ["openai", "openai/gpt-5"],
    ["custom_openai", "gpt-5"],
  ])("determines what the deployment accepts at %s, whatever its name: %s", (provider, baseModel) => {
    const asked = { provider, deployment: { baseModel }, dropParams: true };
    for (const model of ["prod-gpt5", "gpt-4o"]) {
      expect(sent(model, { max_tokens: 50, temperature: 0.2, thinking: {} }, asked)).toEqual({
        max_completion_tokens: 50,
      });
    }
  });

  it("takes precedence over a name that would refuse more", () => {
    const asked = { provider: "azure", deployment: { baseModel: "azure/gpt-4o" } };
    expect(sent("gpt-5", { max_tokens: 50, temperature: 0.2 }, asked)).toEqual({ max_tokens: 50, temperature: 0.2 });
  });
});

describe("a host", () => {
  it.each([
    ["groq", "llama", { logprobs: true, logit_bias: { 1: 2 }, n: 2, thinking: { type: "enabled" } }],
    ["mistral", "m", { logprobs: true, logit_bias: { 1: 2 }, thinking: { type: "enabled" }, service_tier: "flex" }],
    ["cerebras", "llama", { frequency_penalty: 0.5, logit_bias: { 1: 2 }, top_k: 3 }],
    ["gemini", "gemini-3", { frequency_penalty: 0.5, seed: 1, top_k: 3 }],
    ["xai", "grok-4", { frequency_penalty: 0.5, stop: "x", logit_bias: { 1: 2 }, thinking: { type: "enabled" } }],
    ["azure", "prod", { thinking: { type: "enabled" }, top_k: 3, repetition_penalty: 1.1 }],
    ["deepseek", "deepseek-reasoner", { logprobs: true }],
    ["moonshot", "kimi-k2.6", { temperature: 0.3 }],
  ])("%s: a refused field is named in the error, or dropped with drop_params", (provider, model, refused) => {
    const request = { ...refused, tools: [] };
    expect(refusal(model, request, { provider })).toEqual(of(Object.keys(refused), request));
  });

  it.each([
    ["xai", "grok-3", { frequency_penalty: 0.5, stop: "x" }],
    ["xai", "grok-4-fast-non-reasoning", { stop: "x" }],
    ["mistral", "m", { frequency_penalty: 0.5, random_seed: 1, safe_prompt: true }],
    ["moonshot", "kimi-k2.6", { temperature: 0.6, thinking: { type: "disabled" } }],
    ["together_ai", "llama", { logit_bias: { 1: 2 }, top_k: 3 }],
  ])("%s: the request is changed into what the host accepts: %s", (provider, model, request) => {
    expect(sent(model, request, { provider })).toEqual(request);
  });

  it.each([
    ["groq", ["store", "prompt_cache_key", "frequency_penalty"]],
    ["mistral", ["store", "user", "stream_options", "safety_identifier"]],
    ["cerebras", ["store", "prompt_cache_key"]],
    ["nvidia_nim", ["prompt_cache_key", "store"]],
  ])("%s: fields that do not change the answer are dropped and reported", (provider, fields) => {
    const request = Object.fromEntries(fields.map((field) => [field, "x"]));
    const fitted = fit("m", { ...request, seed: undefined }, { provider });
    expect(fitted?.dropped.toSorted()).toEqual(fields.toSorted());
    expect(Object.keys(fitted?.call.request ?? {})).toEqual(["seed"]);
  });

  it.each([
    ["mistral", { seed: 7, max_completion_tokens: 5 }, { random_seed: 7, max_tokens: 5 }],
    ["deepseek", { max_completion_tokens: 5 }, { max_tokens: 5 }],
    ["ollama_chat", { max_completion_tokens: 5 }, { max_tokens: 5 }],
    ["groq", { max_completion_tokens: 5, seed: 7 }, { max_completion_tokens: 5, seed: 7 }],
  ])("%s: fields are renamed to the names that the host knows", (provider, request, wanted) => {
    const fitted = fit("m", request, { provider });
    expect(fitted?.call.request ?? request).toEqual(wanted);
    expect(fitted?.dropped ?? []).toEqual([]);
  });

  it("is sent allowed fields, even if it is known to refuse them", () => {
    const request = { logprobs: true, top_logprobs: 2 };
    const asked = { provider: "groq", deployment: { allowedOpenaiParams: ["logprobs"] } };
    expect(sent("m", request, { ...asked, allowedParams: ["logprobs", "top_logprobs"] })).toEqual(request);
    expect(() => fit("m", request, asked)).toThrow(expect.objectContaining({ param: "top_logprobs" }));
  });

  it("is sent everything except the listed fields if only those may be dropped", () => {
    const request = { logprobs: true, logit_bias: { 1: 2 } };
    const asked = { provider: "groq", dropParams: ["logprobs", "logit_bias"] };
    expect(fit("m", request, asked)?.dropped.toSorted()).toEqual(["logit_bias", "logprobs"]);
    expect(() => fit("m", request, { ...asked, dropParams: ["logprobs"] })).toThrow(
      expect.objectContaining({ param: "logit_bias" }),
    );
  });

  it("is not sent a renamed field if the operator omits the field with the new name", () => {
    const fitted = fit("m", { seed: 7 }, { provider: "mistral", omittedFields: ["random_seed"] });
    expect(fitted?.call.request).toEqual({});
    expect(fitted?.dropped).toEqual(["seed"]);
  });
});

describe("the refusals of a deployment", () => {
  it("are added to those of its host", () => {
    const refuses = {
      fields: ["tools", "max_completion_tokens", "user"],
      renames: { seed: "random_seed" },
      messageFields: ["name", "weight"],
      developerRole: true,
      toolIdLength: 12,
    };
    const request = {
      max_completion_tokens: 5,
      seed: 7,
      user: "u",
      messages: [
        { role: "developer", name: "dev", content: "brief" },
        { role: "assistant", weight: 1, content: null, tool_calls: [{ id: "call_1", function: { name: "name" } }] },
        { role: "tool", tool_call_id: "call_1", content: "sun" },
      ],
    };
    const fitted = fit("any", request, { deployment: { refuses } });
    const id = expect.stringMatching(/^[\dA-Za-z]{12}$/u) as unknown;
    expect(fitted?.call.request).toEqual({
      max_tokens: 5,
      random_seed: 7,
      messages: [
        { role: "system", content: "brief" },
        { role: "assistant", content: null, tool_calls: [{ id, function: { name: "name" } }] },
        { role: "tool", tool_call_id: id, content: "sun" },
      ],
    });
    expect(fitted?.dropped).toEqual(["name", "weight", "user"]);
    expect(refusal("any", { tools: [], top_k: 1 }, { deployment: { refuses } })).toEqual(
      of(["tools"], { tools: [], top_k: 1 }),
    );
  });

  it("apply to every operation", () => {
    const deployment = { refuses: { fields: ["dimensions"] } };
    expect(() => fit("any", { dimensions: 3 }, { operation: "embeddings", deployment })).toThrow(
      expect.objectContaining({ param: "dimensions" }),
    );
  });
});

describe("a long conversation", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const turn = (id: string): readonly JsonObject[] => [
    { role: "user", content: [{ type: "text", text: "read it", cache_control: { type: "ephemeral" } }], name: null },
    {
      role: "assistant",
      content: null,
      refusal: null,
      tool_calls: [{ id, type: "function", function: { name: "read", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "text" },
  ];
  const conversation = (turns: number): JsonObject => ({
    messages: Array.from({ length: turns }, (_, index) => turn(`call.${String(index)}`)).flat(),
  });
  /** The same messages in several shorter requests, each of which is fitted at once. */
  const fittedApart = (request: JsonObject): readonly unknown[] => {
    const messages = request["messages"] as readonly unknown[];
    const parts = Array.from({ length: Math.ceil(messages.length / 300) }, (_, index) =>
      messages.slice(index * 300, index * 300 + 300),
    );
    return parts.flatMap((part) => (sent("m", { messages: part }, { provider: "mistral" }) as JsonObject)["messages"]);
  };

  it("is fitted in several turns of the event loop, with the same result", async () => {
    const request = conversation(5_000);
    const expected = fittedApart(request);
    const timers = vi.spyOn(globalThis, "setTimeout");
    const fitting: unknown = fit("m", request, { provider: "mistral" });
    expect(fitting).toBeInstanceOf(Promise);
    const { call, dropped } = await (fitting as Promise<Fitted>);
    expect((call.request as unknown as JsonObject)["messages"]).toEqual(expected);
    expect(dropped).toContain("cache_control");
    expect(timers.mock.calls.length).toBeGreaterThan(5);
  });

  it.each<[string, JsonObject, (message: JsonObject) => readonly unknown[]]>([
    [
      "tool calls",
      {
        role: "assistant",
        content: null,
        refusal: null,
        tool_calls: Array.from({ length: 9_000 }, (_, index) => ({
          id: `call.${String(index)}`,
          type: "function",
          function: { name: "read", arguments: "{}" },
        })),
      },
      ({ tool_calls: calls }) => calls as readonly unknown[],
    ],
    [
      "parts",
      {
        role: "user",
        name: null,
        content: Array.from({ length: 9_000 }, (_, index) => ({
          type: "text",
          text: String(index),
          cache_control: { type: "ephemeral" },
        })),
      },
      ({ content }) => content as readonly unknown[],
    ],
  ])("is fitted in several turns, with the same result, when one message has many %s", async (_, message, itemsOf) => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const request = { messages: [{ role: "user", content: "hello", name: null }, message] };
    const { call } = await (fit("m", request, { provider: "mistral" }) as unknown as Promise<Fitted>);
    expect(timers.mock.calls.length).toBeGreaterThanOrEqual(5);
    const [first, fitted] = (call.request as unknown as { readonly messages: readonly JsonObject[] }).messages;
    expect(first).toEqual({ role: "user", content: "hello" });
    const few = itemsOf(message).slice(0, 500);
    const short = sent(
      "m",
      { messages: [{ ...message, [message["content"] === null ? "tool_calls" : "content"]: few }] },
      { provider: "mistral" },
    );
    const [expected] = (short as { readonly messages: readonly JsonObject[] }).messages as [JsonObject];
    expect({ ...fitted, content: undefined, tool_calls: undefined }).toEqual({
      ...expected,
      content: undefined,
      tool_calls: undefined,
    });
    expect(itemsOf(fitted as JsonObject).slice(0, 500)).toEqual(itemsOf(expected));
    expect(itemsOf(fitted as JsonObject)).toHaveLength(9_000);
  });

  it("is fitted at once if it has a few hundred messages", () => {
    expect(fit("m", conversation(100), { provider: "mistral" })).not.toBeInstanceOf(Promise);
  });
});
