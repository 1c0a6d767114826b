import type { Deployment, JsonObject, OperationName } from "@modelyard/core";
import { createProviderError } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { hostWireFacts } from "./host-wire-facts.js";
import { HostWires } from "./host-wires.js";

interface Setup {
  readonly name?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly deployment?: Partial<Deployment>;
  /** Whether the host is known to serve Responses. */
  readonly responses?: boolean;
}

function wiresOf({ name = "openai", model = "gpt-4o", baseUrl, deployment, responses = true }: Setup = {}): HostWires {
  const dialect = { name, azure: name === "azure", baseUrl: undefined, keyless: false, streamUsage: true, responses };
  const isOpenAI = name === "azure" || (name === "openai" && baseUrl === undefined);
  return new HostWires(
    hostWireFacts({
      operation: "chat",
      dialect,
      deployment: { ...deployment } as Deployment,
      model,
      baseUrl,
      isOpenAI,
    }),
  );
}

function wireOf(setup: Setup, request: JsonObject = {}, operation: OperationName = "chat"): OperationName | undefined {
  return wiresOf(setup).choose(operation, request)?.operation;
}

const tools = [{ type: "function", function: { name: "f" } }];

describe("the wire of a chat", () => {
  it.each([
    ["gpt-4o", "chat"],
    ["gpt-5", "chat"],
    ["gpt-5-chat-latest", "chat"],
    ["gpt-5-search-api", "chat"],
    ["gpt-4o-search-preview", "chat"],
    ["o3", "chat"],
    ["o1-pro", "responses"],
    ["o3-pro-2025-06-10", "responses"],
    ["gpt-5-pro", "responses"],
    ["gpt-5.5-pro", "responses"],
    ["gpt-5-codex", "responses"],
    ["gpt-5.3-codex", "responses"],
    ["gpt-5.1-codex-mini", "responses"],
    ["codex-mini-latest", "responses"],
    ["o4-mini-deep-research", "responses"],
    ["computer-use-preview", "responses"],
    ["gpt-5.6-sol", "chat"],
    ["my-model", "chat"],
  ])("with %s is %s", (model, wire) => {
    expect([wireOf({ model }), wireOf({ name: "azure", model })]).toEqual([wire, wire]);
  });

  it.each([
    ["gpt-5.2", {}, "chat"],
    ["gpt-5.2", { reasoning_effort: "high" }, "chat"],
    ["gpt-5.4", {}, "chat"],
    ["gpt-5.4-mini", { reasoning_effort: "low" }, "responses"],
    ["gpt-5.4", { reasoning_effort: "none" }, "chat"],
    ["gpt-5.5", { reasoning: { effort: "low" } }, "responses"],
    ["gpt-5.6-sol", {}, "responses"],
    ["gpt-5.6", { reasoning_effort: "none" }, "chat"],
    ["gpt-5.10", {}, "responses"],
    ["gpt-6", {}, "responses"],
    ["gpt-6.1-mini", { reasoning_effort: "medium" }, "responses"],
    ["gpt-50", {}, "responses"],
    ["gpt-4.1", { reasoning_effort: "high" }, "chat"],
    ["my-gpt-5.6", {}, "chat"],
  ])("with functions for %s, and %j, is %s", (model, more, wire) => {
    expect(wireOf({ model }, { tools, ...more })).toBe(wire);
    expect(wireOf({ model: "prod", deployment: { baseModel: `azure/${model}` } }, { tools, ...more })).toBe(wire);
  });

  it.each([
    ["gpt-5.2", { effort: "high", summary: "auto" }, "responses"],
    ["gpt-5.2", { effort: "high" }, "chat"],
    ["gpt-5-chat", { effort: "high", summary: "auto" }, "chat"],
    ["gpt-4.1", { effort: "high", summary: "auto" }, "chat"],
    ["gpt-5.6", { effort: "none", summary: null }, "chat"],
  ])("with an effort and a summary for %s, %j, is %s, where the model reasons", (model, effort, wire) => {
    expect(wireOf({ model }, { reasoning_effort: effort })).toBe(wire);
  });

  it("with a summary is Responses, even if chats without one are known to be served", () => {
    const wires = wiresOf({ model: "gpt-5.2" });
    wires.lesson("chat", {}, "chat")?.served("chat");
    expect(wires.choose("chat", {})?.operation).toBe("chat");
    expect(wires.choose("chat", { reasoning_effort: { summary: "auto" } })?.operation).toBe("responses");
  });

  it("stays chat completions if the only tools take free text", () => {
    expect(wireOf({ model: "gpt-5.6" }, { tools: [{ type: "custom", custom: { name: "exec" } }] })).toBe("chat");
  });

  it("is Responses for tools that only Responses has", () => {
    expect(wireOf({}, { tools: [{ type: "web_search" }] })).toBe("responses");
  });

  it.each([
    ["another host", { name: "groq", model: "gpt-5.6", responses: false }],
    ["a host that serves Responses", { name: "openrouter", model: "openai/gpt-5.6-codex" }],
    ["a custom address", { baseUrl: "http://vllm:8000/v1", model: "gpt-5-codex" }],
  ])("stays chat completions at %s, whatever the model is called", (_, setup) => {
    expect(wireOf(setup, { tools, reasoning_effort: "high" })).toBe("chat");
  });

  it("is Responses for the provider openai if chats are set to it, unless a field needs chat completions", () => {
    const deployment = { chatOverResponses: true };
    expect(wireOf({ deployment })).toBe("responses");
    expect(wireOf({ deployment, name: "azure" })).toBe("chat");
    for (const more of [{ n: 2 }, { stop: "x" }, { presence_penalty: 1 }, { audio: {} }])
      expect(wireOf({ deployment }, more)).toBe("chat");
    expect(wireOf({ deployment }, { n: 1, stop: [], presence_penalty: 0 })).toBe("responses");
  });
});

describe("the wire of a message", () => {
  it.each([
    ["OpenAI", {}, {}, "responses"],
    ["Azure", { name: "azure" }, {}, "responses"],
    ["a custom address", { baseUrl: "http://vllm:8000/v1" }, {}, "chat"],
    ["another host", { name: "xai" }, {}, "chat"],
    ["OpenAI, with stop sequences", {}, { stop_sequences: ["x"] }, "chat"],
    [
      "OpenAI, with stop sequences of a model without chats",
      { model: "o3-pro" },
      { stop_sequences: ["x"] },
      "responses",
    ],
    ["OpenAI, with a model that only has chats", { model: "gpt-5-search-api" }, {}, "chat"],
    ["OpenAI, if it is set so", { deployment: { messagesOverChat: true } }, {}, "chat"],
    [
      "a custom address that lists Responses",
      {
        baseUrl: "http://x/v1",
        deployment: { info: { supported_endpoints: ["/v1/chat/completions", "/v1/responses"] } },
      },
      {},
      "responses",
    ],
  ])("at %s is %s", (_, setup, request, wire) => {
    expect(wireOf(setup, request, "messages")).toBe(wire);
  });
});

describe("the wire of a response", () => {
  it.each([
    ["OpenAI", {}, "responses"],
    ["a custom address", { baseUrl: "http://vllm:8000/v1" }, "responses"],
    ["a host that serves them", { name: "xai" }, "responses"],
    ["a host that does not", { name: "groq", responses: false }, "chat"],
    [
      "a host that does not, but lists them",
      { name: "groq", responses: false, deployment: { info: { supported_endpoints: ["/v1/responses"] } } },
      "responses",
    ],
    [
      "OpenAI, if only chats are listed",
      { deployment: { info: { supported_endpoints: ["/v1/chat/completions"] } } },
      "chat",
    ],
    ["OpenAI, with a model that only has chats", { model: "gpt-4o-search-preview" }, "chat"],
  ])("at %s is %s", (_, setup, wire) => {
    expect(wireOf(setup, {}, "responses")).toBe(wire);
  });
});

describe("the wire of a deployment that is set to Responses", () => {
  it.each([
    ["by its setting", { deployment: { wire: "responses" } }],
    ["by its mode", { deployment: { info: { mode: "responses" } } }],
    ["by its address", { baseUrl: "https://x.example/openai/responses?api-version=2025-04-01-preview" }],
    ["at another host", { name: "groq", responses: false, deployment: { wire: "responses" } }],
  ] as const)("is Responses for all callers: %s", (_, setup) => {
    for (const operation of ["chat", "messages", "responses"] as const)
      expect(wireOf(setup, {}, operation)).toBe("responses");
    expect(wireOf(setup, {}, "embeddings")).toBeUndefined();
  });

  it("is chat completions for all callers if it is set to those", () => {
    for (const operation of ["chat", "messages", "responses"] as const)
      expect(wireOf({ model: "o3-pro", deployment: { wire: "chat" } }, {}, operation)).toBe("chat");
  });
});

/** A vendor's refusal. */
function refusal(status: number, message: string, code?: string) {
  const upstream = { status, ...(code === undefined ? {} : { code }) };
  return createProviderError({
    kind: status === 404 ? "not_found" : "bad_request",
    provider: "openai",
    message,
    upstream,
  });
}

const toResponses = [
  "Function tools with reasoning_effort are not supported for gpt-9 in /v1/chat/completions. Please use /v1/responses instead.",
  "Function tools with reasoning_effort are not supported for gpt-9 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
  "This model is only supported in v1/responses and not in v1/chat/completions.",
  "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
];

describe("a refusal", () => {
  const lesson = (asked: OperationName, setup: Setup = {}) => wiresOf(setup).lesson(asked, { tools }, asked);

  it.each(toResponses.flatMap((text) => [400, 404].map((status) => [status, text] as const)))(
    "of a chat that names Responses leads there: %i, %s",
    (status, text) => {
      expect(lesson("chat")?.otherWire(refusal(status, text))?.operation).toBe("responses");
    },
  );

  it.each([
    [400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."],
    [404, "The model `gpt-9` does not exist or you do not have access to it."],
    [429, "Please use /v1/responses instead."],
    [500, "This model is only supported in v1/responses and not in v1/chat/completions."],
  ])("of a chat that is about something else does not: %i, %s", (status, text) => {
    expect(lesson("chat")?.otherWire(refusal(status, text))).toBeUndefined();
  });

  it.each([
    [405, "Method Not Allowed", undefined],
    [404, "Not Found", undefined],
    [404, "Invalid URL (POST /v1/responses)", undefined],
    [404, "The requested model 'gpt-4o-search' is not supported with the Responses API.", "model_not_found"],
  ])("of a response that the host does not serve leads to chat completions: %i, %s", (status, text, code) => {
    expect(lesson("responses")?.otherWire(refusal(status, text, code))?.operation).toBe("chat");
  });

  it.each([
    [404, "The model `gpt-9` does not exist.", "model_not_found"],
    [404, "The model `x` does not exist.", undefined],
    [404, "Previous response with id 'resp_1' not found.", "previous_response_not_found"],
    [404, "Item with id 'rs_1' not found.", undefined],
    [404, "The API deployment for this resource does not exist.", "DeploymentNotFound"],
    [400, "Invalid value: input", undefined],
  ])("of a response that is about something else does not: %i, %s", (status, text, code) => {
    expect(lesson("responses")?.otherWire(refusal(status, text, code))).toBeUndefined();
  });

  it.each([
    ["groq", { name: "groq" }],
    ["openrouter", { name: "openrouter" }],
    ["a deployment whose wire is set", { deployment: { wire: "chat" } }],
  ] as const)("teaches nothing at %s", (_, setup) => {
    expect(lesson("chat", setup)).toBeUndefined();
  });
});

describe("what answers have shown", () => {
  it("counts for calls of the same kind only", () => {
    const wires = wiresOf({ model: "unknown" });
    wires.lesson("chat", { tools, reasoning_effort: "low" }, "chat")?.served("responses");
    expect(wires.choose("chat", { tools, reasoning_effort: "high" })).toMatchObject({ operation: "responses" });
    for (const request of [{}, { tools }, { tools, reasoning_effort: "none" }])
      expect(wires.choose("chat", request)?.operation).toBe("chat");
  });

  it("is not asked for again", () => {
    const wires = wiresOf();
    wires.lesson("chat", {}, "chat")?.served("chat");
    expect(wires.lesson("chat", {}, "chat")).toBeUndefined();
    expect(wires.lesson("chat", { tools }, "chat")).toBeDefined();
  });
});

describe("a chat without tools", () => {
  const settled = (setup: Setup): boolean => wiresOf(setup).servesPlain;

  it("needs no decision at hosts that always get chats", () => {
    expect([settled({ name: "groq", responses: false }), settled({ name: "xai" })]).toEqual([true, true]);
    expect(settled({ name: "groq", deployment: { wire: "responses" } })).toBe(false);
  });

  it.each([
    [{}, true],
    [{ model: "o3-pro" }, false],
    [{ deployment: { chatOverResponses: true } }, false],
  ])("needs none at OpenAI once one has been answered, unless Responses serves it: %j, %s", (setup, expected) => {
    const wires = wiresOf(setup);
    wires.lesson("chat", { tools }, "chat")?.served("chat");
    expect(wires.servesPlain).toBe(false);
    wires.lesson("chat", {}, "chat")?.served("chat");
    expect(wires.servesPlain).toBe(expected);
  });

  it("needs one if it was refused over chat completions", () => {
    const wires = wiresOf();
    wires.lesson("chat", {}, "chat")?.served("responses");
    expect(wires.servesPlain).toBe(false);
  });
});
