import { type ChatMessage, type RouterError } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { breaks, refuses, replies, specialErrors, startUpstream, type Upstream } from "@modelyard/testing";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { anthropic } from "./anthropic-provider.js";
import { convertAnswer, convertUsage } from "./convert-answer.js";
import { convertMessages } from "./convert-messages.js";
import { convertRequest } from "./convert-request.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const request = { model: "claude", messages: [{ role: "user", content: "hi" }] } as const;
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "Tells it",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
} as const;

function router(suffix = "") {
  return createRouter({
    providers: [anthropic()],
    numRetries: 0,
    modelList: [
      {
        modelName: "claude",
        model: "anthropic/claude-2",
        apiKey: "sk-ant-canary-key",
        apiBase: `${upstream.url("a")}${suffix}`,
      },
    ],
  });
}

async function failure(promise: Promise<unknown>): Promise<RouterError> {
  try {
    await promise;
  } catch (error) {
    return error as RouterError;
  }
  throw new Error("it should have failed");
}

const options = { model: "claude-2", stream: false, dropParams: false, maxTokens: 100 };

describe("anthropic", () => {
  it.each(["", "/", "/v1", "/v1/"])(
    "sends one message to %s with its own headers, and answers in OpenAI's words",
    async (suffix) => {
      const answer = await router(suffix).completion(request);
      expect(answer).toMatchObject({
        object: "chat.completion",
        choices: [{ message: { role: "assistant", content: "Hello from upstream" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
      });
      const [call] = upstream.calls;
      expect(call?.path).toBe("/a/v1/messages");
      expect(call?.headers).toMatchObject({ authorization: "Bearer sk-ant-canary-key" });
      expect(call?.headers["anthropic-version"]).toMatch(/^\d{4}-\d\d-\d\d$/u);
      expect(call?.body).toEqual({
        model: "claude-2",
        max_tokens: 4_096,
        messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      });
    },
  );

  it.each([undefined, 1, 5])("streams text in OpenAI's chunks (pieces of %s bytes)", async (splitBytes) => {
    upstream.script({}, replies("naïve 日本 text", splitBytes === undefined ? {} : { splitBytes }));
    const stream = await router().completion({ ...request, stream: true, stream_options: { include_usage: true } });
    let text = "";
    const reasons: unknown[] = [];
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.choices[0]?.finish_reason != null) reasons.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("naïve 日本 text");
    expect(reasons).toEqual(["stop"]);
    expect(usage).toMatchObject({ total_tokens: 21 });
  });

  it("translates parallel tool calls, whole and streamed", async () => {
    const toolCalls = [
      { id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
      { id: "call_2", name: "weather", arguments: '{"city":"Ulm"}' },
    ];
    upstream.script({}, { toolCalls });
    const tools = [weather];
    const answer = await router().completion({ ...request, tools });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    expect(answer.choices[0]?.message.tool_calls?.map((call) => [call.id, call.function.arguments])).toEqual(
      toolCalls.map((call) => [call.id, call.arguments]),
    );
    const built = new Map<number, string>();
    for await (const chunk of await router().completion({ ...request, tools, stream: true })) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? [])
        built.set(call.index, (built.get(call.index) ?? "") + (call.function?.arguments ?? ""));
    }
    expect([...built.values()]).toEqual(toolCalls.map((call) => call.arguments));
  });

  it("completes texts", async () => {
    const answer = await router().textCompletion({ model: "claude", prompt: "Say hello" });
    expect(answer).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Hello from upstream", finish_reason: "stop" }],
    });
    let text = "";
    for await (const chunk of await router().textCompletion({ model: "claude", prompt: "Say hello", stream: true }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("Hello from upstream");
  });

  it("says that it has no embeddings", async () => {
    expect((await failure(router().embedding({ model: "claude", input: "x" }))).message).toContain("no embeddings");
  });

  it.each([
    [400, "bad_request", 400],
    [401, "authentication", 401],
    [402, "quota_exhausted", 402],
    [403, "permission_denied", 403],
    [404, "not_found", 404],
    [413, "payload_too_large", 413],
    [429, "rate_limit", 429],
    [500, "internal_server", 500],
    [503, "service_unavailable", 503],
    [504, "timeout", 504],
    [529, "overloaded", 503],
  ] as const)("maps %i to %s with status %i", async (status, kind, shown) => {
    upstream.script({}, refuses(status, { headers: { "retry-after": "7" } }));
    expect(await failure(router().completion(request))).toMatchObject({
      kind,
      status: shown,
      retryAfterMs: 7_000,
      upstream: { status },
    });
  });

  it.each([
    ["contextWindow", "context_window_exceeded"],
    ["contentPolicy", "content_policy_violation"],
    ["quota", "quota_exhausted"],
  ] as const)("knows %s by its wording", async (special, kind) => {
    upstream.script({}, refuses(400, { body: specialErrors[special].anthropic }));
    expect((await failure(router().completion(request))).kind).toBe(kind);
  });

  it("never shows a key that is quoted", async () => {
    upstream.script(
      {},
      refuses(401, {
        body: '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key sk-ant-canary-key"}}',
      }),
    );
    expect((await failure(router().completion(request))).message).not.toContain("canary");
  });

  it.each(["error_in_200", "truncated_json", "wrong_content_type", "reset_after_headers"] as const)(
    "fails a plain call on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      expect((await failure(router().completion(request))).source).toBe("provider");
    },
  );

  it.each(["truncated_stream", "malformed_event", "error_event_after_content", "reset_mid_stream"] as const)(
    "throws in the stream on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      const stream = await router().completion({ ...request, stream: true });
      const read = async (): Promise<void> => {
        for await (const chunk of stream) expect(chunk.object).toBe("chat.completion.chunk");
      };
      expect((await failure(read())).source).toBe("provider");
    },
  );

  it("needs a key", () => {
    expect(() =>
      createRouter({ providers: [anthropic()], modelList: [{ modelName: "c", model: "claude-2" }] }),
    ).toThrow("ANTHROPIC_API_KEY");
  });
});

describe("convertMessages", () => {
  it("collects system messages, merges turns and puts tool results into the user's", () => {
    const { system, messages } = convertMessages([
      { role: "system", content: "one" },
      { role: "developer", content: [{ type: "text", text: "two", cache_control: { type: "ephemeral" } }] },
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "image_url", image_url: { url: "https://x.example/i.png" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
      { role: "tool", tool_call_id: "1", content: "result" },
      { role: "user", content: "and now?" },
    ]);
    expect(system).toEqual([
      { type: "text", text: "one" },
      { type: "text", text: "two", cache_control: { type: "ephemeral" } },
    ]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          { type: "image", source: { type: "url", url: "https://x.example/i.png" } },
        ],
      },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "f", input: { a: 1 } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "result" }] },
          { type: "text", text: "and now?" },
        ],
      },
    ]);
  });

  it("refuses tool arguments that are no JSON, and conversations that say nothing", () => {
    expect(() =>
      convertMessages([
        { role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{" } }] },
      ]),
    ).toThrow("no JSON");
    expect(() => convertMessages([{ role: "user", content: "" }])).toThrow("nothing to answer");
  });

  it("alternates, and loses no text, whatever the conversation", () => {
    const message = fc.record({ role: fc.constantFrom("user", "assistant", "system"), content: fc.string() });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (conversation) => {
        const source: ChatMessage[] = [...conversation, { role: "user", content: "end" }] as ChatMessage[];
        const { system, messages } = convertMessages(source);
        const roles = messages.map((turn) => turn.role);
        const alternates = roles.every((role, index) => index === 0 || role !== roles[index - 1]);
        const texts = [...(system ?? []), ...messages.flatMap((turn) => turn.content as { text: string }[])]
          .map((block) => block.text)
          .toSorted();
        const wanted = source
          .map((entry) => entry.content as string)
          .filter((text) => text.trim() !== "")
          .toSorted();
        return alternates && JSON.stringify(texts) === JSON.stringify(wanted);
      }),
    );
  });
});

describe("convertRequest", () => {
  it("translates the settings that have an equivalent", () => {
    const { body } = convertRequest(
      {
        ...request,
        max_completion_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        stop: ["END", " "],
        user: "u",
        tools: [weather],
        tool_choice: "required",
        parallel_tool_calls: false,
        top_k: 5,
      },
      { ...options, stream: true },
    );
    expect(body).toMatchObject({
      max_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
      stream: true,
      top_k: 5,
      tools: [{ name: "weather", input_schema: weather.function.parameters }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
  });

  it("asks for JSON by schema or by word, and for thinking by effort", () => {
    const schema = { type: "object", properties: {} };
    expect(
      convertRequest(
        { ...request, response_format: { type: "json_schema", json_schema: { name: "x", schema } } },
        options,
      ).body["output_config"],
    ).toEqual({ format: { type: "json_schema", schema } });
    expect(
      JSON.stringify(convertRequest({ ...request, response_format: { type: "json_object" } }, options).body["system"]),
    ).toContain("JSON");
    expect(convertRequest({ ...request, reasoning_effort: "low" }, options).body).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2_048 },
      max_tokens: 2_148,
    });
  });

  it("names what Anthropic does not know, or drops and reports it", () => {
    const odd = { ...request, logprobs: true, seed: 1, n: 2 };
    expect(() => convertRequest(odd, options)).toThrow("logprobs, seed, n");
    const { body, dropped } = convertRequest(odd, { ...options, dropParams: true });
    expect(dropped).toEqual(["logprobs", "seed", "n"]);
    expect(Object.keys(body)).not.toContain("seed");
  });
});

describe("convertAnswer", () => {
  it("keeps thinking, with its signature for the way back", () => {
    const message = {
      id: "m",
      model: "c",
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 2 },
      content: [
        { type: "thinking", thinking: "hm", signature: "s" },
        { type: "text", text: "so" },
      ],
    };
    const answer = convertAnswer(message as never, 0);
    expect(answer.choices[0]?.message).toMatchObject({
      content: "so",
      reasoning_content: "hm",
      thinking_blocks: [{ signature: "s" }],
    });
    const back = convertMessages([{ role: "user", content: "x" }, answer.choices[0]!.message]);
    expect(back.messages[1]?.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "text", text: "so" },
    ]);
  });

  it("counts cached tokens in, as OpenAI does", () => {
    expect(
      convertUsage({
        input_tokens: 10,
        output_tokens: 5,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 20,
      }),
    ).toEqual({
      prompt_tokens: 130,
      completion_tokens: 5,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 100, cache_creation_tokens: 20 },
    });
  });
});
