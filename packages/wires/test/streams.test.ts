// Rules of the three kinds of streams, one by one.
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";

const wires = { chat, responses, messages };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };

function crossed(
  from: WireName,
  to: WireName,
  events: readonly WireEvent[],
  streamUsage = true,
): readonly JsonObject[] {
  const caller = { now: 1, request: { store: false }, streamUsage };
  const stream = new StreamTranslation({ from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller });
  const written = [...events.flatMap((event) => stream.read(event)), ...stream.end()];
  return written.map((event) =>
    event === "[DONE]" ? { type: event } : (JSON.parse(JSON.stringify(event)) as JsonObject),
  );
}

const types = (events: readonly JsonObject[]): readonly unknown[] => events.map(({ type }) => type);
const ofType = (events: readonly JsonObject[], type: string): readonly JsonObject[] =>
  events.filter((event) => event["type"] === type);
const choicesIn = (events: readonly JsonObject[]): readonly JsonObject[] =>
  events.flatMap((event) => (event["choices"] as readonly JsonObject[] | undefined) ?? []);

function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject {
  const choices = [{ index: 0, delta, finish_reason: finish, ...more }];
  return { id: "c1", object: "chat.completion.chunk", created: 1, model: "m", choices };
}

const args = (text: string, head: JsonObject = {}): JsonObject =>
  chunk({ tool_calls: [{ index: 0, ...head, function: { name: "f", arguments: text } }] });
const start = {
  type: "message_start",
  message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
};
const ended = (reason: string): readonly JsonObject[] => [
  { type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];
const block = (content: JsonObject, ...deltas: readonly JsonObject[]): readonly JsonObject[] => [
  { type: "content_block_start", index: 0, content_block: content },
  ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
  { type: "content_block_stop", index: 0 },
];
const created = { type: "response.created", response: { id: "resp_1", model: "m", created_at: 1 } };
const added = (item: JsonObject): JsonObject => ({ type: "response.output_item.added", output_index: 0, item });
const finished = (item: JsonObject): readonly JsonObject[] => [
  { type: "response.output_item.done", output_index: 0, item },
  { type: "response.completed", response: { id: "resp_1", status: "completed", output: [item] } },
];

describe("a stream to a caller of Chat Completions", () => {
  const events = crossed("messages", "chat", [
    start,
    ...block({ type: "text", text: "" }, { type: "text_delta", text: "Hi" }),
    ...ended("end_turn"),
  ]);

  it("has the same head in every chunk, and the role in the first", () => {
    for (const event of events.slice(0, -1))
      expect(event).toMatchObject({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" });
    expect(choicesIn(events).map(({ delta }) => "role" in (delta as JsonObject))).toEqual([true, false, false]);
  });

  it("reports usage in a chunk of its own, if the caller wants it", () => {
    expect(events.slice(0, -2).every(({ usage }) => usage === null)).toBe(true);
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } });
    const without = crossed("messages", "chat", [start, ...ended("end_turn")], false);
    expect(JSON.stringify(without)).not.toContain("usage");
  });

  it("has a role also where the vendor refused and wrote nothing", () => {
    const refused = crossed("messages", "chat", [start, ...ended("refusal")]);
    expect(choicesIn(refused)).toMatchObject([{ delta: { role: "assistant" } }, { finish_reason: "content_filter" }]);
  });

  it("has probabilities of tokens in an object", () => {
    const token = { token: "Hi", logprob: -1, bytes: [72], top_logprobs: [] };
    const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
    const delta = {
      type: "response.output_text.delta",
      output_index: 0,
      content_index: 0,
      delta: "Hi",
      logprobs: [token],
    };
    const written = crossed("responses", "chat", [
      created,
      added(message),
      delta,
      ...finished({ ...message, content: [{ type: "output_text", text: "Hi" }] }),
    ]);
    expect(choicesIn(written)[1]).toMatchObject({ delta: { content: "Hi" }, logprobs: { content: [token] } });
  });

  it("parts the parts of a summary by a blank line", () => {
    const item = { type: "reasoning", id: "rs_1", summary: [] };
    const summary = (part: number, delta: string): JsonObject => ({
      type: "response.reasoning_summary_text.delta",
      output_index: 0,
      summary_index: part,
      delta,
    });
    const written = crossed("responses", "chat", [
      created,
      added(item),
      summary(0, "A"),
      summary(1, "B"),
      ...finished(item),
    ]);
    const thoughts = choicesIn(written).map(({ delta }) => (delta as JsonObject)["reasoning_content"]);
    expect(thoughts.filter((thought) => thought !== undefined)).toEqual(["A", "\n\nB"]);
  });

  it("has citations at their places when their text ends", () => {
    const citation = { type: "web_search_result_location", url: "https://a.test", title: "A", encrypted_index: "E" };
    const written = crossed("messages", "chat", [
      start,
      ...block(
        { type: "text", text: "" },
        { type: "text_delta", text: "Cited" },
        { type: "citations_delta", citation },
      ),
      ...ended("end_turn"),
    ]);
    expect(choicesIn(written)[2]).toMatchObject({
      delta: { annotations: [{ url_citation: { url: "https://a.test", start_index: 0, end_index: 5 } }] },
    });
  });
});

describe("a stream to a caller of Responses", () => {
  it("marks the message that the limit cut", () => {
    const events = crossed("chat", "responses", [chunk({ content: "Hi" }), chunk({}, "length"), "[DONE]"]);
    expect(ofType(events, "response.output_item.done")).toMatchObject([{ item: { status: "incomplete" } }]);
    expect(events.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { output: [{ status: "incomplete" }] },
    });
  });

  it("marks the call that the limit cut, so that it is not run", () => {
    const events = crossed("chat", "responses", [args('{"a": "Par', { id: "a" }), chunk({}, "length"), "[DONE]"]);
    expect(ofType(events, "response.output_item.done")).toMatchObject([
      { item: { type: "function_call", status: "incomplete" } },
    ]);
  });

  it("has the probabilities of tokens", () => {
    const token = { token: "Hi", logprob: -1, bytes: [72], top_logprobs: [] };
    const events = crossed("chat", "responses", [
      chunk({ content: "Hi" }, null, { logprobs: { content: [token], refusal: null } }),
      chunk({}, "stop"),
      "[DONE]",
    ]);
    expect(ofType(events, "response.output_text.delta")).toMatchObject([{ logprobs: [token] }]);
    expect(ofType(events, "response.output_text.done")).toMatchObject([{ logprobs: [token] }]);
  });

  it("ends arguments also where there are none", () => {
    const events = crossed("messages", "responses", [
      start,
      ...block({ type: "tool_use", id: "a", name: "f", input: {} }),
      ...ended("tool_use"),
    ]);
    expect(ofType(events, "response.function_call_arguments.done")).toMatchObject([{ arguments: "{}" }]);
  });

  it("leaves out a summary of earlier turns, which only Anthropic can continue from", () => {
    const events = crossed("messages", "responses", [
      start,
      ...block({ type: "compaction", content: "So far" }),
      ...ended("compaction"),
    ]);
    expect(ofType(events, "response.output_item.added")).toEqual([]);
  });

  it("has citations at their places, though they come before their text", () => {
    const citation = { type: "web_search_result_location", url: "https://a.test", title: "A", encrypted_index: "e" };
    const events = crossed("messages", "responses", [
      start,
      ...block(
        { type: "text", text: "" },
        { type: "citations_delta", citation },
        { type: "text_delta", text: "Hello" },
      ),
      ...ended("end_turn"),
    ]);
    const citations = ofType(events, "response.output_text.annotation.added");
    expect(citations).toMatchObject([{ annotation_index: 0, annotation: { start_index: 0, end_index: 5 } }]);
    expect(types(events).indexOf("response.output_text.annotation.added")).toBeLessThan(
      types(events).indexOf("response.output_text.done"),
    );
  });

  it("holds parallel calls that are open at once", () => {
    const call = (index: number, fields: JsonObject): JsonObject => chunk({ tool_calls: [{ index, ...fields }] });
    const events = crossed("chat", "responses", [
      call(0, { id: "a", function: { name: "f", arguments: '{"x":' } }),
      call(1, { id: "b", function: { name: "g", arguments: '{"y":' } }),
      call(0, { function: { arguments: "1}" } }),
      call(1, { function: { arguments: "2}" } }),
      chunk({}, "tool_calls"),
      "[DONE]",
    ]);
    expect(events.at(-1)?.["response"]).toMatchObject({
      output: [
        { call_id: "a", arguments: '{"x":1}' },
        { call_id: "b", arguments: '{"y":2}' },
      ],
    });
  });
});

describe("a stream to a caller of Messages", () => {
  it("has pings after its beginning only", () => {
    const events = crossed("messages", "messages", [{ type: "ping" }, start, { type: "ping" }, ...ended("end_turn")]);
    expect(types(events)).toEqual(["message_start", "ping", "message_delta", "message_stop"]);
  });

  it("ends with an error where the arguments of a call are not an object", () => {
    const events = crossed("chat", "messages", [args("[1", { id: "a" }), chunk({}, "tool_calls"), "[DONE]"]);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(types(events)).not.toContain("message_stop");
  });

  it("says that the limit cut a call", () => {
    const events = crossed("chat", "messages", [args('{"a": "Par', { id: "a" }), chunk({}, "length"), "[DONE]"]);
    expect(ofType(events, "message_delta")).toMatchObject([{ delta: { stop_reason: "max_tokens" } }]);
  });

  it("names a forced call as the reason of its end", () => {
    const events = crossed("chat", "messages", [args("{}", { id: "a" }), chunk({}, "stop"), "[DONE]"]);
    expect(ofType(events, "message_delta")).toMatchObject([{ delta: { stop_reason: "tool_use" } }]);
  });

  it("has the input of a custom tool in one piece of JSON", () => {
    const item = { type: "custom_tool_call", id: "ctc_1", call_id: "a", name: "g", input: "" };
    const delta = { type: "response.custom_tool_call_input.delta", output_index: 0, delta: 'say "hi"' };
    const events = crossed("responses", "messages", [
      created,
      added(item),
      delta,
      ...finished({ ...item, input: 'say "hi"' }),
    ]);
    expect(ofType(events, "content_block_delta")).toMatchObject([
      { delta: { partial_json: JSON.stringify({ input: 'say "hi"' }) } },
    ]);
  });

  it("fails when the vendor writes more than a mebibyte of several blocks at once", () => {
    const piece = "x".repeat(600_000);
    const events = [args('{"a":', { id: "a" }), chunk({ content: piece }), chunk({ reasoning_content: piece })];
    expect(() => crossed("chat", "messages", events)).toThrow("more than 1 MiB had to wait");
  });

  it("has text behind a call whose arguments are whole at once", () => {
    const stream = new StreamTranslation({
      from: chat,
      to: messages,
      names: new ToolNames(),
      answerer,
      caller: { now: 1, request: {} },
    });
    stream.read(args('{"a":', { id: "a" }));
    expect(stream.read(chunk({ content: "waits" }))).toEqual([]);
    expect(stream.read(args("1}"))).toMatchObject([
      { type: "content_block_delta", index: 0 },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1 },
      { type: "content_block_delta", index: 1, delta: { text: "waits" } },
    ]);
    expect(stream.read(chunk({ content: "follows" }))).toMatchObject([{ index: 1, delta: { text: "follows" } }]);
  });

  it("has whole inputs of custom tools that look like whole JSON on the way", () => {
    const call = (index: number, input: string, head: JsonObject = {}): JsonObject =>
      chunk({ tool_calls: [{ index, ...head, custom: { name: "patch", input } }] });
    const events = crossed("chat", "responses", [
      call(0, "{}", { id: "a", type: "custom" }),
      call(1, "{}", { id: "b", type: "custom" }),
      call(0, " and more"),
      chunk({}, "tool_calls"),
      "[DONE]",
    ]);
    expect(events.at(-1)?.["response"]).toMatchObject({ output: [{ input: "{} and more" }, { input: "{}" }] });
  });

  it("has calls without ids told apart by ids that we make", () => {
    const call = (index: number): JsonObject =>
      chunk({ tool_calls: [{ index, function: { name: "f", arguments: "{}" } }] });
    const events = crossed("chat", "messages", [call(0), call(1), chunk({}, "tool_calls"), "[DONE]"]);
    const ids = ofType(events, "content_block_start").map((event) => (event["content_block"] as JsonObject)["id"]);
    expect(ids).toEqual([expect.stringMatching(/^call_[0-9a-f]{22}$/u), expect.stringMatching(/^call_[0-9a-f]{22}$/u)]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe("a stream whose finish reason means a failure", () => {
  it.each([
    ["chat", "error"],
    ["responses", "network_error"],
    ["messages", "insufficient_system_resource"],
    ["responses", "upstream_failure"],
  ] as const)("ends with an error to a caller of %s: %s", (to, reason) => {
    const events = crossed("chat", to, [chunk({ content: "Hi" }), chunk({}, reason), "[DONE]"]);
    const ends = new Set<unknown>(["[DONE]", "message_stop", "response.completed", "response.incomplete"]);
    expect(types(events).filter((type) => ends.has(type))).toEqual([]);
    const last = to === "responses" ? events.at(-2) : events.at(-1);
    expect(last?.["error"]).toMatchObject({ message: expect.stringContaining(`"${reason}"`) as string });
  });

  it("is whole where the failure is taken back by more text", () => {
    const events = crossed("chat", "messages", [
      chunk({ content: "Hi" }, "error"),
      chunk({ content: " there" }, "stop"),
      "[DONE]",
    ]);
    expect(types(events).at(-1)).toBe("message_stop");
  });
});

describe("a stream that ends too early", () => {
  const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
  const text = { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi" };
  const begun: Readonly<Record<WireName, readonly WireEvent[]>> = {
    chat: [chunk({ content: "Hi" })],
    responses: [created, added(message), text],
    messages: [start, ...block({ type: "text", text: "" }, { type: "text_delta", text: "Hi" })],
  };
  it.each(["chat", "responses", "messages"] as const)(
    "is an error without an end mark on every wire, from %s",
    (from) => {
      expect(crossed(from, "chat", begun[from]).at(-1)).toMatchObject({
        error: { type: "server_error", param: null, code: "stream_interrupted" },
      });
      const toResponses = crossed(from, "responses", begun[from]);
      expect(types(toResponses).slice(-2)).toEqual(["error", "response.failed"]);
      expect(toResponses.at(-1)?.["response"]).toMatchObject({
        status: "failed",
        error: { code: "server_error" },
        output: [{ type: "message", content: [{ text: "Hi" }] }],
      });
      expect(crossed(from, "messages", begun[from]).at(-1)).toMatchObject({
        type: "error",
        error: { type: "overloaded_error" },
      });
    },
  );

  it("is whole where only the end mark is missing, but for Responses", () => {
    const whole = crossed("messages", "chat", [start, ...ended("end_turn").slice(0, 1)]);
    expect(whole.at(-1)).toEqual({ type: "[DONE]" });
    expect(crossed("chat", "messages", [chunk({ content: "Hi" }, "stop")]).at(-1)).toEqual({ type: "message_stop" });
    const cut = crossed("responses", "chat", [...begun.responses, finished({ ...message, content: [] })[0]!]);
    expect(cut.at(-1)).toHaveProperty("error");
  });

  it("before it began is still a whole response that failed", () => {
    const events = crossed("chat", "responses", []);
    expect(types(events)).toEqual(["response.created", "response.in_progress", "error", "response.failed"]);
  });

  it("has nothing behind its error", () => {
    for (const to of ["chat", "responses", "messages"] as const) {
      const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
      const events = crossed("messages", to, [start, error, ...ended("end_turn")]);
      expect(JSON.stringify(events.at(-1))).toContain("Overloaded");
    }
  });
});

describe("a delta of Messages that cannot be read", () => {
  const begin = {
    type: "message_start",
    message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1 } },
  };
  const open = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
  const end = [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ];

  it.each<[string, JsonObject]>([
    ["is of a newer kind", { index: 0, delta: { type: "newer_delta" } }],
    ["is not an object", { index: 0, delta: false }],
    ["names no block", { delta: { type: "newer_delta" } }],
    ["names no block, and is not an object", { delta: false }],
  ])("is not written again if it %s, since it may not fit the block that is open", (_, delta) => {
    const events = [begin, open, { type: "content_block_delta", ...delta }, ...end];
    expect(ofType(crossed("messages", "messages", events), "content_block_delta")).toEqual([]);
  });
});
