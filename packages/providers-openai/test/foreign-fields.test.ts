import type { Deployment, JsonObject } from "@modelyard/core";
import { type Transport, toJson } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { sharedTransport } from "@modelyard/provider-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { azure, openai, openaiCompatible } from "../src/factories.js";
import { type FittedMessages, fitMessages } from "../src/fit-messages.js";
import { hostRefusals } from "../src/host-refusals.js";
import { compileRules } from "../src/request-rules.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const mark = { cache_control: { type: "ephemeral" } };
const weather = { name: "weather", parameters: { type: "object", properties: { cache_control: { type: "string" } } } };

/** A conversation with fields that Claude understands, and the same without those that OpenAI refuses. */
const marked: JsonObject = {
  model: "group",
  seed: 1,
  ...mark,
  messages: [
    { role: "system", content: [{ type: "text", text: "be brief", ...mark }] },
    { role: "user", content: "hi", ...mark },
    {
      role: "assistant",
      content: null,
      reasoning_content: "hm",
      thinking_blocks: [{ type: "thinking", thinking: "hm", signature: "s" }],
      tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" }, ...mark }],
    },
    { role: "tool", tool_call_id: "1", content: "cache_control", ...mark },
  ],
  tools: [
    { type: "function", function: { ...weather, ...mark } },
    { type: "function", function: weather, ...mark },
  ],
};
const clean: JsonObject = {
  model: "group",
  seed: 1,
  messages: [
    { role: "system", content: [{ type: "text", text: "be brief" }] },
    { role: "user", content: "hi" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "1", content: "cache_control" },
  ],
  tools: [
    { type: "function", function: weather },
    { type: "function", function: weather },
  ],
};

const rules = compileRules({
  operation: "chat",
  provider: "openai",
  host: hostRefusals["openai"],
  added: undefined,
  streamUsage: true,
  deployment: {} as Deployment,
  model: "gpt-4",
})?.messages;

function fit(request: JsonObject) {
  if (rules === undefined) throw new Error("OpenAI has rules for messages");
  return fittedAtOnce(request, rules);
}

/** Only long requests are fitted in later turns of the event loop. */
const fittedAtOnce = (...args: Parameters<typeof fitMessages>): FittedMessages | undefined =>
  fitMessages(...args) as FittedMessages | undefined;

describe("fields that only other vendors' models understand", () => {
  it("are removed and reported, while the rest of the request is kept", () => {
    const before = toJson(marked);
    const { request, dropped } = fit(marked) ?? {};
    expect(request).toEqual({ ...clean, ...mark });
    expect([...(dropped ?? [])].toSorted()).toEqual(["cache_control", "reasoning_content", "thinking_blocks"]);
    expect(toJson(marked)).toBe(before);
  });

  it.each([
    [clean],
    [{ messages: "none", tools: {} }],
    [{ messages: [null, 1, "x", { content: [null, 1] }, { tool_calls: {} }], tools: [null] }],
    [{ messages: [{ role: "user", content: "cache_control" }] }],
  ] as const)("are removed without changing requests that do not have any: %#", (request) => {
    expect(fit(request as JsonObject)).toBeUndefined();
  });

  it("are not reported if they are empty, and a message that contains nothing else is kept", () => {
    const thinking = [{ type: "thinking", thinking: "hm", signature: "s" }];
    const { request, dropped } =
      fit({
        messages: [
          { role: "assistant", content: "a", annotations: [], reasoning: null, tool_calls: [] },
          { role: "assistant", content: thinking },
          { role: "assistant", content: thinking, tool_calls: [{ id: "1", index: 0, function: { name: "f" } }] },
        ],
      }) ?? {};
    expect(request?.["messages"]).toEqual([
      { role: "assistant", content: "a" },
      { role: "assistant", content: "" },
      { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "f" } }] },
    ]);
    expect([...(dropped ?? [])]).toEqual(["thinking", "index"]);
  });

  /** A transport that sends every call to the scripted vendor, whatever its address is. */
  const transport: Transport = {
    send: (asked) => {
      const url = new URL(upstream.url("a"));
      return sharedTransport().send({ ...asked, origin: url.origin, path: url.pathname + asked.path });
    },
    close: () => Promise.resolve(),
  };
  const providers = [openai({ transport }), azure({ transport }), openaiCompatible({ name: "hosted_vllm", transport })];

  it.each([
    ["OpenAI", { model: "openai/gpt-4" }, clean],
    ["OpenAI in Europe", { model: "openai/gpt-5", apiBase: "https://eu.api.openai.com/v1" }, clean],
    ["Azure", { model: "azure/gpt", apiBase: "https://x.openai.azure.com" }, clean],
    ["a compatible host", { model: "openai/gpt-4", apiBase: "https://llm.example.com/v1" }, marked],
    ["a name that only looks like it", { model: "openai/gpt-4", apiBase: "https://notopenai.com/v1" }, marked],
    ["other hosts", { model: "hosted_vllm/x", apiBase: "https://vllm.example.com/v1" }, marked],
  ] as const)("are removed for OpenAI and Azure, and kept for others: %s", async (_, deployment, sent) => {
    const router = createRouter({ providers, modelList: [{ modelName: "group", apiKey: "key", ...deployment }] });
    const answer = await router.completion(marked as never, { requestText: toJson(marked) });
    const body = upstream.calls.at(-1)?.body ?? {};
    expect({ ...body, model: "group" }).toEqual(sent);
    expect(answer.routing.droppedParams.length).toBe(sent === clean ? 3 : 0);
  });
});
