import type { JsonObject } from "@modelyard/core";
import type { AnswerOf } from "@modelyard/core/kit";
import { answers, failure, fails, type ScriptedProvider, streams } from "@modelyard/testing";
import OpenAI, { type BadRequestError } from "openai";
import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, post, sdkFetch, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";

const path = "/v1/chat/completions";
const grammar = { syntax: "lark", definition: "start: PATCH" };
/**
 * As Cursor's agent sends it. Source: https://forum.cursor.com/t/159298 and
 * https://forum.cursor.com/t/cursor-agent-sends-responses-api-format-to-chat-completions-endpoint/153019.
 */
const fromAgent = {
  model: "gpt-4",
  input: [
    { role: "system", content: "You edit files." },
    { role: "user", content: [{ type: "input_text", text: "hi" }] },
  ],
  include: ["reasoning.encrypted_content"],
  reasoning: { effort: "medium", summary: "auto" },
  text: { verbosity: "low" },
  tools: [
    { type: "function", name: "read", parameters: { type: "object" } },
    { type: "custom", name: "ApplyPatch", format: { type: "grammar", ...grammar } },
  ],
};

function chunksIn(text: string): readonly JsonObject[] {
  const events = text.split("\n\n").filter((event) => event.startsWith("data: {"));
  return events.map((event) => JSON.parse(event.slice(6)) as JsonObject);
}

describe.each(adapterNames)("Responses requests at the path of chats over %s", (name) => {
  let served: ServedGateway;
  let provider: ScriptedProvider;
  let sdk: OpenAI;
  beforeEach(async () => {
    const built = threeGroups();
    ({ provider } = built);
    served = await adapters[name](built.gateway);
    const fetch = sdkFetch(served.send);
    sdk = new OpenAI({ apiKey: "sk-master", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
  });

  it.each([path, "/chat/completions", "/cursor/chat/completions", "/openai/deployments/gpt-4/chat/completions"])(
    "are answered with a chat completion: %s",
    async (place) => {
      const response = await served.send(place, post(fromAgent, { "x-litellm-call-id": "call-1" }));
      expect(response.headers.get("x-request-id")).toBe("call-1");
      expect([response.status, await response.json()]).toMatchObject([
        200,
        {
          object: "chat.completion",
          id: expect.stringMatching(/^chatcmpl-/u) as string,
          choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
          usage: { completion_tokens: 6 },
        },
      ]);
      expect(provider.calls.at(-1)).toMatchObject({ operation: "responses", call: { request: fromAgent } });
    },
  );

  it("reach the vendor without the fields of chats, and are not stored unless they say so", async () => {
    const nested = [
      { type: "function", function: { name: "read", parameters: { type: "object" } } },
      { type: "custom", custom: { name: "ApplyPatch", format: { type: "grammar", grammar } } },
    ];
    const stream_options = { include_usage: true, include_obfuscation: false };
    await served.send(path, post({ ...fromAgent, messages: [], tools: nested, stream_options }));
    await served.send(
      path,
      post({ ...fromAgent, messages: null, store: true, stream_options: { include_usage: true } }),
    );
    const [first, second] = provider.calls.map(({ call }) => call.request as unknown as JsonObject);
    expect(first).toEqual({ ...fromAgent, store: false, stream_options: { include_obfuscation: false } });
    expect(second).toEqual({ ...fromAgent, store: true });
  });

  it("stream chunks, with the usage where it is asked for", async () => {
    const body = { ...fromAgent, stream: true };
    const text = await (await served.send(path, post({ ...body, stream_options: { include_usage: true } }))).text();
    const chunks = chunksIn(text);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["chat.completion.chunk"]));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.flatMap(({ choices }) => (choices as JsonObject[]).map(({ delta }) => delta))).toEqual([
      { role: "assistant", content: "", refusal: null },
      { content: "hel" },
      { content: "lo" },
      {},
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 6 } });
    expect(text.split("data: [DONE]\n\n")).toHaveLength(2);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    const without = await (await served.send(path, post(body))).text();
    expect(without).not.toContain('"usage"');
  });

  it("work with OpenAI's SDK for chats, calls of tools included", async () => {
    const given = { id: "c1", call_id: "call_1", status: "completed" };
    const output = [
      { ...given, type: "reasoning", summary: [{ type: "summary_text", text: "Look." }], encrypted_content: "gAAA" },
      { ...given, type: "function_call", name: "tool", arguments: '{"city":"Rome"}' },
      { ...given, type: "custom_tool_call", call_id: "call_2", name: "ApplyPatch", input: "*** Begin" },
    ];
    const value = { id: "resp_1", object: "response", created_at: 1, model: "m", status: "completed", output };
    provider.script("a", answers("", { value: value as unknown as AnswerOf }));
    const body = { ...fromAgent, messages: [] } as unknown as OpenAI.ChatCompletionCreateParams & { stream?: never };
    const call = { type: "function", function: { name: "tool", arguments: '{"city":"Rome"}' } };
    const plain = await sdk.chat.completions.create(body);
    expect(plain).toMatchObject({
      id: "chatcmpl-1",
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            reasoning_content: "Look.",
            tool_calls: [
              { ...call, id: "call_1" },
              { type: "custom", id: "call_2", custom: { name: "ApplyPatch", input: "*** Begin" } },
            ],
          },
        },
      ],
    });
    provider.script("a", streams(['{"city":', '"Rome"}'], { content: "tool_call" }));
    const streamed = await sdk.chat.completions.stream({ ...body, tools: [] }).finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { tool_calls: [call] } });
  });

  it("fail as chats do, before the answer and in the middle of it", async () => {
    const wrong = {
      ...fromAgent,
      input: [1],
      messages: [],
    } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
    const refused = await failure<BadRequestError>(sdk.chat.completions.create(wrong));
    expect([refused.status, refused.param]).toEqual([400, "input[0]"]);
    provider.script("*", fails("overloaded"));
    expect((await served.send(path, post({ ...fromAgent, model: "other" }))).status).toBe(503);
    provider.script("*", streams(["one ", "two"], { failAfter: 1, failKind: "overloaded" }));
    const text = await (await served.send(path, post({ ...fromAgent, stream: true }))).text();
    expect(chunksIn(text).at(-1)).toMatchObject({ error: { message: "scripted mid-stream failure" } });
    expect(text).not.toContain("[DONE]");
  });

  it("are only taken for that without messages: a chat's own input is the vendor's to refuse", async () => {
    const messages = [{ role: "user", content: "hi" }];
    const response = await served.send(path, post({ model: "gpt-4", messages, input: "hi" }));
    expect([response.status, provider.calls.at(-1)?.operation]).toEqual([200, "chat"]);
    const neither = await served.send(path, post({ model: "gpt-4", input: null }));
    expect(await neither.json()).toMatchObject({ error: { param: "messages" } });
  });
});
