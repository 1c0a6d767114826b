import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, chats, dialects } from "../support/raw-client.js";
import { callsTools, replies } from "../../src/upstream/behavior.js";
import { vectorOf } from "../../src/upstream/openai-dialect.js";
import { startUpstream, type Upstream } from "../../src/upstream/start-upstream.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const post = (path: string, body: unknown) => ask(`${upstream.url("east")}${path}`, body).whole();

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta?: Record<string, unknown>;
    readonly text?: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: unknown;
}

async function stream(path: string, body: object): Promise<{ chunks: readonly Chunk[]; last: string | undefined }> {
  const { events, headers } = await post(path, { ...body, stream: true });
  expect(headers["content-type"]).toContain("text/event-stream");
  const data = events.map((event) => event.data);
  const last = data.at(-1);
  return { chunks: data.filter((one) => one !== "[DONE]").map((one) => JSON.parse(one) as Chunk), last };
}

describe("a healthy upstream in the dialect of OpenAI", () => {
  it.each(["/v1/chat/completions", "/chat/completions"])("answers chats at %s", async (path) => {
    const { status, json } = await post(path, chats.openai.body);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      object: "chat.completion",
      model: "gpt-4",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello from upstream" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    });
    expect(upstream.calls[0]).toMatchObject({ host: "east", dialect: "openai", operation: "chat", status: 200 });
  });

  it("answers at a path without a host", async () => {
    await ask(`${upstream.origin}/v1/chat/completions`, chats.openai.body).whole();
    expect(upstream.calls[0]).toMatchObject({ host: "", model: "gpt-4" });
  });

  it("streams the text word by word, then the finish reason and the end mark", async () => {
    const { chunks, last } = await stream(chats.openai.path, chats.openai.body);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta?.["content"])).toEqual([
      "",
      "Hello ",
      "from ",
      "upstream",
      undefined,
    ]);
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, null, "stop"]);
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
    expect(last).toBe("[DONE]");
  });

  it("reports a stream's usage on request", async () => {
    const { chunks } = await stream(chats.openai.path, {
      ...chats.openai.body,
      stream_options: { include_usage: true },
    });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 21 } });
  });

  it("answers with the requested number of choices", async () => {
    const body = { ...chats.openai.body, n: 3 };
    expect((await post(chats.openai.path, body)).json).toMatchObject({ choices: [{}, {}, { index: 2 }] });
    const { chunks } = await stream(chats.openai.path, body);
    const finished = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason !== null);
    expect(finished.map((choice) => choice.index)).toEqual([0, 1, 2]);
  });

  it("answers text completions with one choice per prompt", async () => {
    const { json } = await post("/v1/completions", { model: "m", prompt: ["a", "b"] });
    expect(json).toMatchObject({ object: "text_completion", choices: [{ text: "Hello from upstream" }, { index: 1 }] });
    const { chunks, last } = await stream("/v1/completions", { model: "m", prompt: "a" });
    expect(chunks.map((chunk) => chunk.choices[0]?.text).join("")).toBe("Hello from upstream");
    expect([chunks.at(-1)?.choices[0]?.finish_reason, last]).toEqual(["stop", "[DONE]"]);
  });

  it("calls tools", async () => {
    const toolCalls = [
      { id: "c1", name: "weather", arguments: '{"city":"Zürich"}' },
      { id: "c2", name: "time", arguments: "{}" },
    ];
    upstream.script({}, callsTools(toolCalls));
    const { json } = await post(chats.openai.path, chats.openai.body);
    expect(json).toMatchObject({
      choices: [{ message: { content: null, tool_calls: [{ id: "c1" }, { id: "c2" }] }, finish_reason: "tool_calls" }],
    });
    const { chunks } = await stream(chats.openai.path, chats.openai.body);
    const pieces = chunks.flatMap(
      (chunk) =>
        (chunk.choices[0]?.delta?.["tool_calls"] ?? []) as { index: number; function: { arguments: string } }[],
    );
    const written = (index: number): string =>
      pieces
        .filter((piece) => piece.index === index)
        .map((piece) => piece.function.arguments)
        .join("");
    expect([written(0), written(1)]).toEqual(toolCalls.map((call) => call.arguments));
  });
});

describe("a healthy upstream's embeddings", () => {
  it("are one vector per input, and equal for equal inputs", async () => {
    const { json } = await post("/v1/embeddings", { model: "m", input: ["a", "b", "a"] });
    const vectors = (json as { data: { embedding: number[] }[] }).data.map((item) => item.embedding);
    expect(vectors).toEqual([vectorOf("a"), vectorOf("b"), vectorOf("a")]);
    expect(vectors[0]).not.toEqual(vectors[1]);
  });

  it("accept a list of tokens as one input, and have the requested dimensions", async () => {
    const { json } = await post("/v1/embeddings", { model: "m", input: [1, 2, 3], dimensions: 7 });
    const { data } = json as { data: { embedding: number[] }[] };
    expect(data).toHaveLength(1);
    expect(data[0]?.embedding).toHaveLength(7);
  });

  it("are base64 on request", async () => {
    const { json } = await post("/v1/embeddings", { model: "m", input: "a", encoding_format: "base64" });
    const [item] = (json as { data: { embedding: string }[] }).data;
    const bytes = Uint8Array.from(Buffer.from(item?.embedding ?? "", "base64"));
    expect([...new Float32Array(bytes.buffer)]).toEqual(vectorOf("a"));
  });
});

describe("a healthy upstream in the dialect of Azure", () => {
  it("uses the deployment in the path as the model", async () => {
    const { status } = await post(chats.azure.path, chats.azure.body);
    expect(status).toBe(200);
    expect(upstream.calls[0]).toMatchObject({
      host: "east",
      dialect: "azure",
      operation: "chat",
      model: "my-gpt",
      path: `/east${chats.azure.path}`,
    });
  });

  it("starts streams with the prompt's filter results, in an event without choices", async () => {
    const { chunks } = await stream(chats.azure.path, chats.azure.body);
    expect(chunks[0]).toMatchObject({ choices: [], prompt_filter_results: [{}] });
  });
});

describe("a healthy upstream in the dialect of Anthropic", () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 5,
    total_tokens: 105,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
  };

  it("answers messages, and reports cached tokens separately", async () => {
    upstream.script({}, replies("Hi", { usage, finishReason: "length" }));
    expect((await post(chats.anthropic.path, chats.anthropic.body)).json).toMatchObject({
      type: "message",
      content: [{ type: "text", text: "Hi" }],
      stop_reason: "max_tokens",
      usage: { input_tokens: 10, cache_read_input_tokens: 60, cache_creation_input_tokens: 30, output_tokens: 5 },
    });
  });

  it("streams blocks of thinking, text and tool calls", async () => {
    upstream.script(
      {},
      {
        reasoning: "Let me see",
        text: "Looking it up",
        toolCalls: [{ id: "t1", name: "find", arguments: '{"q":1}' }],
      },
    );
    const { events } = await post(chats.anthropic.path, { ...chats.anthropic.body, stream: true });
    const data = events.map((event) => JSON.parse(event.data) as Record<string, unknown>);
    expect(events.every((event, index) => event.event === data[index]?.["type"])).toBe(true);
    expect(data.filter((one) => one["type"] === "content_block_start")).toMatchObject([
      { index: 0, content_block: { type: "thinking" } },
      { index: 1, content_block: { type: "text" } },
      { index: 2, content_block: { type: "tool_use", name: "find" } },
    ]);
    const valuesOf = (key: string): string =>
      data.map((one) => (one["delta"] as Record<string, string> | undefined)?.[key] ?? "").join("");
    expect([valuesOf("thinking"), valuesOf("text"), valuesOf("partial_json")]).toEqual([
      "Let me see",
      "Looking it up",
      '{"q":1}',
    ]);
    expect(data.slice(-2)).toMatchObject([
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 12 } },
      { type: "message_stop" },
    ]);
  });
});

describe("a healthy upstream in the wire of Responses", () => {
  const { path, body } = chats.responses;
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 5,
    total_tokens: 105,
    prompt_tokens_details: { cached_tokens: 60 },
  };

  it("answers with items, a status and the usage", async () => {
    upstream.script({}, replies("Hi", { usage, finishReason: "length" }));
    expect((await post(path, body)).json).toMatchObject({
      object: "response",
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }],
      usage: { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 5, total_tokens: 105 },
    });
    expect(upstream.calls[0]).toMatchObject({ dialect: "openai", operation: "responses", model: "gpt-4" });
  });

  it("streams items of reasoning, text and tool calls in the order of a real stream", async () => {
    upstream.script(
      {},
      { reasoning: "Let me", text: "Looking", toolCalls: [{ id: "t1", name: "find", arguments: '{"q":1}' }] },
    );
    const { events } = await post(path, { ...body, stream: true });
    const data = events.map((event) => JSON.parse(event.data) as Record<string, unknown>);
    expect(events.every((event, index) => event.event === data[index]?.["type"])).toBe(true);
    expect(data.map((one) => one["sequence_number"])).toEqual(data.map((_, index) => index));
    expect(data.map((one) => String(one["type"]).replace("response.", ""))).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.done",
      "reasoning_summary_part.done",
      "output_item.done",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "completed",
    ]);
    const whole = (await post(path, body)).json as { output: unknown };
    expect(data.at(-1)).toMatchObject({ response: { status: "completed", output: whole.output } });
    expect(data.filter((one) => one["type"] === "response.output_item.done").map((one) => one["item"])).toEqual(
      whole.output,
    );
  });

  it("streams calls of custom tools, and names their namespace", async () => {
    const call = { id: "t1", name: "patch", kind: "custom", namespace: "files", arguments: "*** Begin" } as const;
    upstream.script({}, callsTools([call]));
    const item = { type: "custom_tool_call", call_id: "t1", name: "patch", namespace: "files", input: "*** Begin" };
    const whole = (await post(path, body)).json as { output: unknown };
    expect(whole.output).toMatchObject([item]);
    const { events } = await post(path, { ...body, stream: true });
    const data = events.map((event) => JSON.parse(event.data) as Record<string, unknown>);
    expect(data.map((one) => String(one["type"]).replace("response.", "")).slice(2)).toEqual([
      "output_item.added",
      "custom_tool_call_input.delta",
      "custom_tool_call_input.delta",
      "custom_tool_call_input.done",
      "output_item.done",
      "completed",
    ]);
    expect(data.at(-2)).toMatchObject({ item });
  });

  it("encrypts its reasoning if the caller asks for that", async () => {
    upstream.script({}, replies("Hi", { reasoning: "Let me" }));
    const outputOf = async (more: object): Promise<readonly object[]> =>
      ((await post(path, { ...body, ...more })).json as { readonly output: readonly object[] }).output;
    expect((await outputOf({}))[0]).not.toHaveProperty("encrypted_content");
    const [sealed] = await outputOf({ include: ["reasoning.encrypted_content"] });
    expect(sealed).toHaveProperty("encrypted_content", expect.any(String));
  });
});

describe("a healthy upstream in any dialect", () => {
  it.each(dialects)("gives each %s call a unique id", async (dialect) => {
    const { path, body } = chats[dialect];
    const header = dialect === "anthropic" ? "request-id" : "x-request-id";
    const first = await post(path, body);
    const second = await post(path, { ...body, stream: true });
    expect(first.headers[header]).toBe(upstream.calls[0]?.requestId);
    expect(second.headers[header]).toBe(upstream.calls[1]?.requestId);
    expect(first.headers[header]).not.toBe(second.headers[header]);
  });

  it.each(dialects)("numbers its %s answers on request, whole and as a stream", async (dialect) => {
    const { path, body } = chats[dialect];
    upstream.script({}, replies("Hi", { answerNumber: 7 }));
    const whole = (await post(path, body)).json as { readonly id: string };
    expect(whole.id).toMatch(/[-_]7$/u);
    const { events } = await post(path, { ...body, stream: true });
    expect(events.some(({ data }) => data.includes(`"id":"${whole.id}"`))).toBe(true);
  });

  it.each([
    ["/v1/chat/completions", { model: "m" }, "messages"],
    ["/v1/chat/completions", { messages: [] }, "model"],
    ["/v1/completions", { model: "m" }, "prompt"],
    ["/v1/embeddings", { model: "m" }, "input"],
    ["/v1/messages", { model: "m", messages: [] }, "max_tokens"],
    ["/v1/responses", { model: "m" }, "input"],
    ["/v1/responses", { input: "hi" }, "model"],
    [chats.azure.path, {}, "messages"],
    ["/v1/chat/completions", "{", "JSON"],
  ])("rejects a request at %s that every vendor would reject: %j", async (path, body, named) => {
    upstream.script({}, replies("never said"));
    const { status, json } = await post(path, body);
    expect(status).toBe(400);
    expect((json as { error: { message: string } }).error.message).toContain(named);
  });

  it("rejects other paths and methods", async () => {
    expect((await post("/v1/models", {})).status).toBe(404);
    expect((await ask(`${upstream.url("east")}/v1/embeddings`, "", { method: "GET" }).whole()).status).toBe(405);
    expect(upstream.calls).toHaveLength(0);
  });
});
