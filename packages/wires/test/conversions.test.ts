// Conversions that depend on more than one field: empty and missing items of streams, names, schemas, files and headers.
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { crossed } from "./support/crossed.js";
import { claude, openaiChat, openaiResponses } from "./targets.js";

const wires = { chat, responses, messages };
type Name = keyof typeof wires;

function translated(from: Name, to: Name, events: readonly WireEvent[], names = new ToolNames()): JsonObject[] {
  const caller = { now: 1, request: { store: false } };
  const answerer = { vendor: "openai" };
  const stream = new StreamTranslation({ from: wires[from], to: wires[to], names, answerer, caller });
  const written = [...events.flatMap((event) => stream.read(event)), ...stream.end()];
  return written.map((event) =>
    event === "[DONE]" ? { type: event } : (JSON.parse(JSON.stringify(event)) as JsonObject),
  );
}
const blockTypes = (events: readonly JsonObject[]): unknown[] =>
  events.flatMap(({ type, content_block: block }) =>
    type === "content_block_start" ? [(block as JsonObject)["type"]] : [],
  );
const created = { type: "response.created", response: { id: "resp_1", model: "m", created_at: 1 } };
const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}" };
const completed = (output: readonly JsonObject[]): JsonObject => ({
  type: "response.completed",
  response: { id: "resp_1", model: "m", status: "completed", output, usage: { input_tokens: 1, output_tokens: 1 } },
});

describe("an empty message before a call", () => {
  const events: readonly WireEvent[] = [
    created,
    { type: "response.output_item.added", output_index: 0, item: message },
    { type: "response.content_part.added", output_index: 0, content_index: 0, part: { type: "output_text", text: "" } },
    { type: "response.output_text.done", output_index: 0, content_index: 0, text: "" },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { ...message, content: [{ type: "output_text", text: "" }] },
    },
    { type: "response.output_item.added", output_index: 1, item: { ...call, arguments: "" } },
    { type: "response.output_item.done", output_index: 1, item: call },
    completed([message, call]),
  ];

  it("opens no block of text in Messages, which could not be sent back", () => {
    expect(blockTypes(translated("responses", "messages", events))).toEqual(["tool_use"]);
  });

  it("is not a block from Messages to Messages either", () => {
    const written = translated("messages", "messages", [
      { type: "message_start", message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_stop", index: 1 },
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
    ]);
    expect(blockTypes(written)).toEqual(["text"]);
    expect(written.filter(({ type }) => type === "content_block_delta")).toMatchObject([{ index: 0 }]);
  });
});

describe("items that only the last event of a response has", () => {
  it.each(["messages", "chat"] as const)("are not lost to a caller of %s, though others were streamed", (to) => {
    const text = { ...message, content: [{ type: "output_text", text: "Hi", annotations: [] }] };
    const written = translated("responses", to, [
      created,
      { type: "response.output_item.added", output_index: 0, item: message },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi" },
      { type: "response.output_item.done", output_index: 0, item: text },
      completed([text, { ...call, arguments: '{"a":1}' }]),
    ]);
    expect(JSON.stringify(written)).toContain('{\\"a\\":1}');
    expect(JSON.stringify(written).split("Hi")).toHaveLength(2);
    expect(JSON.stringify(written)).toContain(
      to === "chat" ? '"finish_reason":"tool_calls"' : '"stop_reason":"tool_use"',
    );
  });

  it.each([0, 1])("include citations, of which %i had an event of its own", (streamed) => {
    const annotation = { type: "url_citation", url: "https://a.test", title: "A", start_index: 0, end_index: 2 };
    const place = { output_index: 0, content_index: 0 };
    const whole = { ...message, content: [{ type: "output_text", text: "Hi", annotations: [annotation] }] };
    const written = translated("responses", "chat", [
      created,
      { type: "response.output_item.added", output_index: 0, item: message },
      { type: "response.output_text.delta", ...place, delta: "Hi" },
      ...Array.from({ length: streamed }, () => ({
        type: "response.output_text.annotation.added",
        ...place,
        annotation,
      })),
      { type: "response.output_item.done", output_index: 0, item: whole },
      completed([whole]),
    ]);
    expect(JSON.stringify(written).split("https://a.test")).toHaveLength(2);
  });

  it("are not repeated where their ids changed on the way", () => {
    const written = translated("responses", "chat", [
      created,
      { type: "response.output_item.added", output_index: 0, item: { ...call, id: "fc_2" } },
      { type: "response.output_item.done", output_index: 0, item: { ...call, id: "fc_3" } },
      completed([{ ...call, id: "fc_4" }]),
    ]);
    expect(JSON.stringify(written).split("call_1")).toHaveLength(2);
  });
});

describe("a thought that led to nothing", () => {
  it("is reported when Responses would refuse it", () => {
    const signature = messages.writeAnswer(
      responses.readAnswer({
        id: "resp_1",
        model: "m",
        status: "completed",
        output: [
          { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }], encrypted_content: "gA" },
        ],
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
      { now: 1, request: {} },
    ).value["content"];
    const { value, losses } = crossed("messages", "responses", {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: signature },
        { role: "user", content: "b" },
      ],
    });
    expect(JSON.stringify(value)).not.toContain("gA");
    expect(losses).toContain("dropped messages[1].content[0]");
  });
});

describe("a turn of the assistant that says nothing to the target", () => {
  const nothing = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gA" };
  const before = { type: "message", role: "user", content: "a" };
  const after = { type: "message", role: "user", content: "b" };

  it.each(["chat", "messages"] as const)("is not written as a message, which %s would refuse", (to) => {
    const { value, losses } = crossed("responses", to, { input: [before, nothing, after] });
    const roles = (value["messages"] as readonly JsonObject[]).map(({ role }) => role);
    expect(roles).not.toContain("assistant");
    expect(losses).toContain("dropped input[1]");
  });

  it("keeps its place if it calls a tool", () => {
    const called = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
    const result = { type: "function_call_output", call_id: "c", output: "x" };
    const { value } = crossed("responses", "chat", { input: [before, nothing, called, result] });
    expect(value["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", content: null, tool_calls: [{ id: "c" }] },
      { role: "tool" },
    ]);
  });
});

describe("a file whose data is bare base64", () => {
  it.each([
    [
      "chat",
      { messages: [{ role: "user", content: [{ type: "file", file: { filename: "a.pdf", file_data: "JVBERi0=" } }] }] },
    ],
    [
      "responses",
      { input: [{ role: "user", content: [{ type: "input_file", filename: "a.pdf", file_data: "JVBERi0=" }] }] },
    ],
  ] as const)("is a document in Messages, from %s", (from, fields) => {
    const { value } = crossed(from, "messages", fields);
    expect(JSON.stringify(value)).toContain('{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}');
  });

  it("of a text is its text", () => {
    const file = { filename: "notes.txt", file_data: btoa("Hello") };
    const { value } = crossed("chat", "messages", { messages: [{ role: "user", content: [{ type: "file", file }] }] });
    expect(JSON.stringify(value)).toContain('{"type":"text","media_type":"text/plain","data":"Hello"}');
  });
});

describe("a text whose data is not base64", () => {
  it("is refused by its path", () => {
    const file = { filename: "notes.txt", file_data: "data:text/plain;base64,***" };
    const turn = { role: "user", content: [{ type: "file", file }] };
    expect(() => crossed("chat", "messages", { messages: [turn] })).toThrow(
      "messages[0].content[0] is a text file that is not base64-encoded UTF-8.",
    );
  });
});

describe("what a written request needs of the headers", () => {
  const betas = (from: Name, fields: JsonObject): readonly string[] =>
    messages.writeRequest(wires[from].readRequest({ model: "m", ...fields }), claude).betas ?? [];

  it("is nothing for an ordinary request", () => {
    expect(betas("responses", { input: "Hi" })).toEqual([]);
  });

  it("names the beta of compaction", () => {
    const context_management = [{ type: "compaction", compact_threshold: 100_000 }];
    expect(betas("responses", { input: "Hi", context_management })).toEqual(["compact-2026-01-12"]);
  });

  it("names the beta of MCP servers", () => {
    const server = { type: "mcp", server_label: "s", server_url: "https://mcp.test", require_approval: "never" };
    expect(betas("responses", { input: "Hi", tools: [server] })).toEqual(["mcp-client-2025-04-04"]);
  });
});

describe("names of tools", () => {
  const long = `mcp__${"a".repeat(90)}`;
  const tool = { name: long, input_schema: { type: "object", properties: {} } };
  const history = [
    { role: "user", content: "a" },
    { role: "assistant", content: [{ type: "tool_use", id: "t1", name: long, input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "b" }] },
  ];
  const request = messages.readRequest({
    model: "m",
    max_tokens: 100,
    tools: [tool],
    tool_choice: { type: "tool", name: long },
    messages: history,
  });

  it("that are too long for Responses are shortened everywhere, and given back whole", () => {
    const { value, names } = responses.writeRequest(request, openaiResponses);
    const [{ name }] = value["tools"] as [{ readonly name: string }];
    expect(name.length).toBeLessThanOrEqual(64);
    expect(value["tool_choice"]).toMatchObject({ name });
    expect(value["input"]).toContainEqual(expect.objectContaining({ type: "function_call", name }));
    const body = {
      id: "resp_1",
      model: "m",
      status: "completed",
      output: [{ ...call, name }],
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    const crossing = { from: responses, to: messages, names, answerer: {}, caller: { now: 1, request: {} } };
    expect(translateAnswer(crossing, body).value["content"]).toMatchObject([{ type: "tool_use", name: long }]);
  });

  it.each(["messages", "responses"] as const)(
    "with characters that %s does not take are changed, and given back",
    (to) => {
      const from = to === "messages" ? responses : chat;
      const odd =
        to === "messages" ? { type: "function", name: "a.b:c" } : { type: "function", function: { name: "a.b:c" } };
      const fields = to === "messages" ? { input: "Hi" } : { messages: [{ role: "user", content: "Hi" }] };
      const read = from.readRequest({ model: "m", ...fields, tools: [odd] });
      const { value, names } =
        to === "messages" ? messages.writeRequest(read, claude) : responses.writeRequest(read, openaiResponses);
      expect(value["tools"]).toMatchObject([{ name: "a_b_c" }]);
      expect(names.declared("a_b_c")).toMatchObject({ name: "a.b:c" });
    },
  );

  it("are changed for Chat Completions too, whose hosts differ", () => {
    const read = responses.readRequest({ model: "m", input: "Hi", tools: [{ type: "function", name: "a.b" }] });
    expect(chat.writeRequest(read, openaiChat).value["tools"]).toMatchObject([{ function: { name: "a_b" } }]);
  });
});

describe("a schema of Messages, which holds the model to it", () => {
  const strict = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  const open = {
    type: "object",
    properties: { a: { type: "object", properties: { b: {} } } },
    required: ["a"],
    additionalProperties: false,
  };
  const format = (schema: JsonObject): JsonObject => ({ output_config: { format: { type: "json_schema", schema } } });

  it("is strict at OpenAI where OpenAI takes it so", () => {
    expect(crossed("messages", "chat", format(strict)).value["response_format"]).toMatchObject({
      json_schema: { strict: true },
    });
    expect(crossed("messages", "responses", format(strict)).value["text"]).toMatchObject({ format: { strict: true } });
  });

  it.each(["chat", "responses"] as const)("is a wish elsewhere, which is reported: %s", (to) => {
    const { value, losses } = crossed("messages", to, format(open));
    expect(JSON.stringify(value)).toContain('"strict":false');
    expect(losses).toContain("converted output_config.format");
  });
});

describe("the effort max", () => {
  it("is xhigh in Chat Completions, which refuses it", () => {
    const { value, losses } = crossed("messages", "chat", { output_config: { effort: "max" } });
    expect(value["reasoning_effort"]).toBe("xhigh");
    expect(losses).toContain("converted output_config.effort");
  });

  it("is kept in Responses", () => {
    expect(crossed("messages", "responses", { output_config: { effort: "max" } }).value["reasoning"]).toMatchObject({
      effort: "max",
    });
  });
});
