// Each test holds a statement that somebody found out the hard way: the reports are named beside it.
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
import { claude, hostChat, openaiChat, openaiResponses } from "./targets.js";

const wires = { chat, responses, messages };
type Name = keyof typeof wires;
const answerer = { vendor: "openai", deployment: "d2", model: "m" };

function translated(from: Name, to: Name, events: readonly WireEvent[], names = new ToolNames()): JsonObject[] {
  const caller = { now: 1, request: { store: false }, streamUsage: true };
  const stream = new StreamTranslation({ from: wires[from], to: wires[to], names, answerer, caller });
  const written = [...events.flatMap((event) => stream.read(event)), ...stream.end()];
  return written.map((event) =>
    event === "[DONE]" ? { type: event } : (JSON.parse(JSON.stringify(event)) as JsonObject),
  );
}

function chunk(delta: JsonObject, finish: string | null = null): JsonObject {
  return {
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
}

function callChunk(index: number, fields: JsonObject): JsonObject {
  return chunk({ tool_calls: [{ index, ...fields }] });
}

const done = "[DONE]" as const;

function ofType(events: readonly JsonObject[], type: string): JsonObject[] {
  return events.filter((event) => event["type"] === type);
}

describe("a stream of Chat Completions, to a caller of Messages", () => {
  it("has one message_start (BerriAI/litellm#33859)", () => {
    const events = translated("chat", "messages", [
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hi" }, "stop"),
      done,
    ]);
    expect(ofType(events, "message_start")).toHaveLength(1);
  });

  it("opens no block for an empty text before a call (BerriAI/litellm#25852)", () => {
    const events = translated("chat", "messages", [
      chunk({ role: "assistant", content: "" }),
      callChunk(0, { id: "a", function: { name: "f", arguments: "{}" } }),
      chunk({}, "tool_calls"),
      done,
    ]);
    const blocks = ofType(events, "content_block_start").map((event) => (event["content_block"] as JsonObject)["type"]);
    expect(blocks).toEqual(["tool_use"]);
  });

  it("opens no thinking block for an empty reasoning_content (farion1231/cc-switch#4404)", () => {
    const events = translated("chat", "messages", [
      chunk({ content: "A", reasoning_content: "" }),
      chunk({ content: "B", reasoning_content: "" }),
      chunk({}, "stop"),
      done,
    ]);
    expect(ofType(events, "content_block_start")).toHaveLength(1);
  });

  it("opens a new text block for text behind a call (sgl-project/sglang#24294)", () => {
    const events = translated("chat", "messages", [
      chunk({ content: "A" }),
      callChunk(0, { id: "a", function: { name: "f", arguments: '{"x":' } }),
      chunk({ content: "B" }),
      callChunk(0, { function: { arguments: "1}" } }),
      chunk({}, "tool_calls"),
      done,
    ]);
    const deltas = ofType(events, "content_block_delta").map(({ index, delta }) => [
      index,
      (delta as JsonObject)["type"],
    ]);
    expect(deltas).toEqual([
      [0, "text_delta"],
      [1, "input_json_delta"],
      [1, "input_json_delta"],
      [2, "text_delta"],
    ]);
  });

  it("tells calls apart by their ids where the host numbers all of them 0 (BerriAI/litellm#35663)", () => {
    const events = translated("chat", "messages", [
      callChunk(0, { id: "a", function: { name: "f", arguments: "{}" } }),
      callChunk(0, { id: "b", function: { name: "g", arguments: "{}" } }),
      chunk({}, "tool_calls"),
      done,
    ]);
    const ids = ofType(events, "content_block_start").map((event) => (event["content_block"] as JsonObject)["id"]);
    expect(ids).toEqual(["a", "b"]);
  });

  it("reports the prompt's tokens in message_delta when they come last (envoyproxy/ai-gateway#2350)", () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } };
    const events = translated("chat", "messages", [
      chunk({ content: "Hi" }, "stop"),
      { ...chunk({}), choices: [], usage },
      done,
    ]);
    expect(ofType(events, "message_delta")[0]?.["usage"]).toMatchObject({
      input_tokens: 5,
      cache_read_input_tokens: 4,
      output_tokens: 2,
    });
  });

  it("ends with an error and without message_stop when the bytes end too early", () => {
    const events = translated("chat", "messages", [chunk({ content: "Hi" })]);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    expect(ofType(events, "message_stop")).toEqual([]);
  });

  it("is complete without the end mark once every choice has a finish reason", () => {
    expect(translated("chat", "messages", [chunk({ content: "Hi" }, "stop")]).at(-1)).toEqual({ type: "message_stop" });
  });

  it("takes an end back when content follows it", () => {
    const events = translated("chat", "messages", [
      chunk({ content: "A" }, "stop"),
      chunk({ content: "B" }, "length"),
      done,
    ]);
    expect(ofType(events, "message_delta")[0]?.["delta"]).toMatchObject({ stop_reason: "max_tokens" });
  });
});

describe("a stream of Chat Completions, to a caller of Responses", () => {
  it("numbers its events without a gap and ends with response.completed (dwgx/WindsurfAPI#63)", () => {
    const events = translated("chat", "responses", [
      chunk({ reasoning_content: "Hm" }),
      callChunk(0, { id: "a", function: { name: "f", arguments: "{}" } }),
      chunk({}, "tool_calls"),
      done,
    ]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)?.["type"]).toBe("response.completed");
  });

  it("ends with response.failed when the bytes end too early, and keeps what was said (openai/codex#41340)", () => {
    const last = translated("chat", "responses", [chunk({ content: "Hi" })]).at(-1);
    expect(last?.["type"]).toBe("response.failed");
    expect(last?.["response"]).toMatchObject({
      status: "failed",
      output: [{ status: "incomplete", content: [{ text: "Hi" }] }],
    });
  });

  it("gives back calls of custom tools as text, streamed too (Wei-Shaw/sub2api#3989)", () => {
    const request = responses.readRequest({
      model: "m",
      input: "Hi",
      tools: [{ type: "custom", name: "apply_patch" }],
    });
    const { names } = chat.writeRequest(request, hostChat);
    const events = translated(
      "chat",
      "responses",
      [
        callChunk(0, { id: "a", function: { name: "apply_patch", arguments: '{"inp' } }),
        callChunk(0, { function: { arguments: 'ut":"*** Begin"}' } }),
        chunk({}, "tool_calls"),
        done,
      ],
      names,
    );
    expect(ofType(events, "response.custom_tool_call_input.done")).toMatchObject([{ input: "*** Begin" }]);
    expect(ofType(events, "response.output_item.done")).toMatchObject([
      { item: { type: "custom_tool_call", input: "*** Begin" } },
    ]);
  });

  it("fails when the call of a custom tool does not hold its input, instead of giving an empty one", () => {
    const request = responses.readRequest({
      model: "m",
      input: "Hi",
      tools: [{ type: "custom", name: "apply_patch" }],
    });
    const { names } = chat.writeRequest(request, hostChat);
    const events = [
      callChunk(0, { id: "a", function: { name: "apply_patch", arguments: "{}" } }),
      chunk({}, "tool_calls"),
      done,
    ];
    expect(() => translated("chat", "responses", events, names)).toThrow("do not contain its input");
  });

  it("gives back members of namespaces under their short names (rynfar/meridian#976)", () => {
    const tools = [
      { type: "namespace", name: "mcp__github", tools: [{ type: "function", name: "get_issue", parameters: {} }] },
    ];
    const { names, value } = chat.writeRequest(responses.readRequest({ model: "m", input: "Hi", tools }), hostChat);
    expect(value["tools"]).toMatchObject([{ function: { name: "mcp__github__get_issue" } }]);
    const events = translated(
      "chat",
      "responses",
      [
        callChunk(0, { id: "a", function: { name: "mcp__github__get_issue", arguments: "{}" } }),
        chunk({}, "tool_calls"),
        done,
      ],
      names,
    );
    const items = ofType(events, "response.output_item.done").map(({ item }) => item);
    expect(items).toMatchObject([{ type: "function_call", name: "get_issue", namespace: "mcp__github" }]);
  });
});

describe("a stream of Responses", () => {
  const created = { type: "response.created", response: { id: "resp_1", model: "m", created_at: 1 } };
  const item = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f" };
  const added = { type: "response.output_item.added", output_index: 0, item: { ...item, arguments: "" } };
  const whole = { ...item, arguments: '{"a":1}' };
  const completed = { type: "response.completed", response: { id: "resp_1", status: "completed", output: [whole] } };

  it.each([
    [
      "response.function_call_arguments.done",
      { type: "response.function_call_arguments.done", output_index: 0, arguments: '{"a":1}' },
    ],
    ["response.output_item.done only", { type: "response.in_progress", response: {} }],
  ])("gives arguments once that came in %s (BerriAI/litellm#40069)", (_, told) => {
    const ended = { type: "response.output_item.done", output_index: 0, item: whole };
    const events = translated("responses", "messages", [created, added, told, ended, completed]);
    const input = ofType(events, "content_block_delta").map(({ delta }) => (delta as JsonObject)["partial_json"]);
    expect(input.join("")).toBe('{"a":1}');
  });

  it("gives one finish reason, at its end (BerriAI/litellm#17246)", () => {
    const ended = { type: "response.output_item.done", output_index: 0, item: whole };
    const events = translated("responses", "chat", [created, added, ended, completed]);
    const finishes = events.flatMap(
      (event) => (event["choices"] as JsonObject[] | undefined)?.map(({ finish_reason: reason }) => reason) ?? [],
    );
    expect(finishes.filter((reason) => reason !== null)).toEqual(["tool_calls"]);
  });

  it("is read by the places of its items, whose ids may change on the way (can1357/oh-my-pi#457)", () => {
    const message = { type: "message", id: "msg_a", role: "assistant", content: [] };
    const events = translated("responses", "chat", [
      created,
      { type: "response.output_item.added", output_index: 0, item: message },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, item_id: "msg_b", delta: "Hi" },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { ...message, id: "msg_c", content: [{ type: "output_text", text: "Hi" }] },
      },
      { type: "response.completed", response: { status: "completed", output: [] } },
    ]);
    expect(JSON.stringify(events).match(/"content":"Hi"/gu)).toHaveLength(1);
  });

  it("ends with its calls, though its last event repeats none of them", () => {
    const ended = { type: "response.output_item.done", output_index: 0, item: whole };
    const empty = { type: "response.completed", response: { id: "resp_1", status: "completed", output: [] } };
    const events = translated("responses", "messages", [created, added, ended, empty]);
    expect(ofType(events, "message_delta")).toMatchObject([{ delta: { stop_reason: "tool_use" } }]);
  });

  it("has each part of a message once, also where no event says that a part ends", () => {
    const message = { type: "message", id: "msg_1", role: "assistant", content: [] };
    const parts = ["A", "B"].map((text) => ({ type: "output_text", text, annotations: [] }));
    const delta = (at: number, text: string): JsonObject => ({
      type: "response.output_text.delta",
      output_index: 0,
      content_index: at,
      delta: text,
    });
    const both = { ...message, content: parts };
    const events = translated("responses", "responses", [
      created,
      { type: "response.output_item.added", output_index: 0, item: message },
      delta(0, "A"),
      delta(1, "B"),
      { type: "response.output_item.done", output_index: 0, item: both },
      { type: "response.completed", response: { id: "resp_1", status: "completed", output: [both] } },
    ]);
    expect(ofType(events, "response.output_item.done")).toMatchObject([{ item: { id: "msg_1", content: parts } }]);
  });

  it("that fails inside status 200 is an error", () => {
    const failed = {
      type: "response.failed",
      response: { status: "failed", error: { code: "rate_limit_exceeded", message: "Slow down" } },
    };
    expect(translated("responses", "messages", [created, failed]).at(-1)).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error", message: "Slow down" },
    });
  });
});

describe("a stream of Messages", () => {
  const start = {
    type: "message_start",
    message: { id: "msg_1", model: "claude", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
  };
  const stop = { type: "message_stop" };

  it("may hold a whole call in content_block_start, and the whole answer in message_start", () => {
    const content_block = { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 } };
    const ended = { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 2 } };
    const inBlock = translated("messages", "chat", [
      start,
      { type: "content_block_start", index: 0, content_block },
      { type: "content_block_stop", index: 0 },
      ended,
      stop,
    ]);
    const atOnce = translated("messages", "chat", [
      { ...start, message: { ...start.message, content: [content_block], stop_reason: "tool_use" } },
      stop,
    ]);
    for (const events of [inBlock, atOnce]) expect(JSON.stringify(events)).toContain('{\\"a\\":1}');
  });

  it("that is refused without any content has a reason and no text (reports of empty successes)", () => {
    const ended = {
      type: "message_delta",
      delta: { stop_reason: "refusal", stop_details: { explanation: "Blocked." } },
      usage: {},
    };
    const events = translated("messages", "chat", [start, ended, stop]);
    const finishes = events.flatMap((event) => (event["choices"] as JsonObject[] | undefined) ?? []);
    expect(finishes.at(-1)).toMatchObject({ finish_reason: "content_filter" });
    expect(JSON.stringify(events)).toContain("Blocked.");
  });
});

describe("usage", () => {
  it("is the same after a way through both ways of counting (Portkey-AI/gateway#1754)", () => {
    const usage = {
      prompt_tokens: 2600,
      completion_tokens: 50,
      total_tokens: 2650,
      prompt_tokens_details: { cached_tokens: 2000, cache_write_tokens: 400 },
    };
    const answer = {
      id: "c1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
      usage,
    };
    const caller = { now: 1, request: {} };
    const names = new ToolNames();
    const there = translateAnswer({ from: chat, to: messages, names, answerer, caller }, answer).value;
    expect(there["usage"]).toMatchObject({
      input_tokens: 200,
      cache_read_input_tokens: 2000,
      cache_creation_input_tokens: 400,
    });
    expect(translateAnswer({ from: messages, to: chat, names, answerer, caller }, there).value["usage"]).toEqual(usage);
  });
});

describe("a request", () => {
  const results = [
    { role: "user", content: "Go" },
    { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
    { type: "function_call", call_id: "b", name: "g", arguments: "{}" },
    { type: "function_call_output", call_id: "a", output: "1" },
    { role: "user", content: "Wait" },
    { type: "function_call_output", call_id: "b", output: "2" },
  ];

  it("has every tool message directly behind its calls in Chat Completions (diegosouzapw/OmniRoute#4882)", () => {
    const { value } = chat.writeRequest(responses.readRequest({ model: "m", input: results }), openaiChat);
    expect((value["messages"] as JsonObject[]).map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "tool",
      "user",
    ]);
  });

  it("has all results of a turn first in one message in Messages (mlflow/mlflow#24296)", () => {
    const { value } = messages.writeRequest(responses.readRequest({ model: "m", input: results }), claude);
    const written = (value["messages"] as JsonObject[]).map(({ role, content }) => [
      role,
      (content as JsonObject[]).map(({ type }) => type),
    ]);
    expect(written).toEqual([
      ["user", ["text"]],
      ["assistant", ["tool_use", "tool_use"]],
      ["user", ["tool_result", "tool_result", "text"]],
    ]);
  });

  it("with calls next to each other has them in one message (BerriAI/litellm#21154)", () => {
    const { value } = chat.writeRequest(responses.readRequest({ model: "m", input: results }), openaiChat);
    expect((value["messages"] as JsonObject[])[1]).toMatchObject({ tool_calls: [{ id: "a" }, { id: "b" }] });
  });

  it("with a result whose call is missing is refused by its path", () => {
    const request = responses.readRequest({
      model: "m",
      input: [{ type: "function_call_output", call_id: "x", output: "1" }],
    });
    expect(() => chat.writeRequest(request, openaiChat)).toThrow("input[0] is the result of");
    expect(() => messages.writeRequest(request, claude)).toThrow("input[0] is the result of");
  });

  it("with names that would collide is refused (Wei-Shaw/sub2api#3989)", () => {
    const f = { type: "function", name: "b__c", parameters: {} };
    const tools = [
      { type: "namespace", name: "a", tools: [f] },
      { type: "namespace", name: "a__b", tools: [{ ...f, name: "c" }] },
    ];
    const asked = responses.readRequest({ model: "m", input: "Hi", store: false, tools });
    const { losses } = chat.writeRequest(asked, openaiChat);
    expect(losses).toMatchObject([{ path: "tools[1].tools[0]", kind: "refused" }]);
  });

  it("sends item ids back only with the prefix of their type, and shortens long ids of calls alike (nodetool-ai/nodetool#4252)", () => {
    const id = "x".repeat(80);
    const call = { id, type: "function", function: { name: "f", arguments: "{}" } };
    const asked = {
      model: "m",
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: id, content: "1" },
      ],
    };
    const input = responses.writeRequest(chat.readRequest(asked), openaiResponses).value["input"] as JsonObject[];
    expect(input[1]?.["call_id"]).toBe(input[2]?.["call_id"]);
    expect(String(input[1]?.["call_id"]).length).toBeLessThanOrEqual(64);
    expect(input[1]).not.toHaveProperty("id");
  });

  it("has no thought at the end of a turn that led to nothing (continuedev/continue#11721)", () => {
    const thought = {
      type: "thinking",
      thinking: "Hm",
      signature: `mdy1.${btoa('{"w":"responses","k":"enc","i":"rs_1"}')}.gAAA`,
    };
    const asked = {
      model: "m",
      max_tokens: 100,
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [thought] },
        { role: "user", content: "Go on" },
      ],
    };
    const input = responses.writeRequest(messages.readRequest(asked), openaiResponses).value["input"] as JsonObject[];
    expect(input.map(({ type }) => type)).toEqual(["message", "message"]);
  });

  it("never sends a signature to Anthropic that was made elsewhere (can1357/oh-my-pi#6379)", () => {
    const thought = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Hm" }],
      encrypted_content: "gAAA",
    };
    const asked = { model: "m", input: [{ role: "user", content: "Hi" }, thought, { role: "user", content: "Go on" }] };
    const { value, losses } = messages.writeRequest(responses.readRequest(asked), claude);
    expect(JSON.stringify(value)).not.toContain("gAAA");
    expect(losses).toContainEqual(expect.objectContaining({ path: "input[1]", kind: "dropped" }));
  });

  it("does not show Claude Code's billing block to other vendors (1rgs/claude-code-proxy#99)", () => {
    const system = [
      { type: "text", text: "x-anthropic-billing-header: cc_version=2" },
      { type: "text", text: "Be brief." },
    ];
    const asked = messages.readRequest({
      model: "m",
      max_tokens: 100,
      system,
      messages: [{ role: "user", content: "Hi" }],
    });
    for (const { value } of [chat.writeRequest(asked, openaiChat), responses.writeRequest(asked, openaiResponses)])
      expect(JSON.stringify(value)).not.toContain("billing");
    expect(JSON.stringify(messages.writeRequest(asked, claude).value)).toContain("billing");
  });

  it("keeps its limits, sampling and choice on the way from Messages to Chat Completions (freecodexyz/free-code#28)", () => {
    const tools = [{ name: "f", input_schema: { type: "object" } }];
    const asked = {
      model: "m",
      max_tokens: 7,
      temperature: 0.2,
      stop_sequences: ["X"],
      tools,
      tool_choice: { type: "any" },
      messages: [{ role: "user", content: "Hi" }],
    };
    expect(chat.writeRequest(messages.readRequest(asked), openaiChat).value).toMatchObject({
      max_completion_tokens: 7,
      temperature: 0.2,
      stop: ["X"],
      tool_choice: "required",
    });
  });
});

describe("a reference to an item that only another API has stored", () => {
  const asked = (id: string): JsonObject => ({
    model: "m",
    input: [
      { role: "user", content: "hi" },
      { type: "item_reference", id },
      { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "call_1", output: "ok" },
    ],
  });
  const targets = [
    ["chat", (id: string) => chat.writeRequest(responses.readRequest(asked(id)), { ...openaiChat, dropParams: true })],
    [
      "messages",
      (id: string) => messages.writeRequest(responses.readRequest(asked(id)), { ...claude, dropParams: true }),
    ],
  ] as const;

  // The AI SDK refers to reasoning in every step of an agent, unless its caller sets `store` to false.
  it.each(targets)("is dropped if it is reasoning: %s", (_, write) => {
    const { losses } = write("rs_1");
    expect(losses.filter(({ path }) => path === "input[1]").map(({ kind }) => kind)).toEqual(["dropped"]);
  });

  it.each(targets)("is refused if it is a text, with the advice not to store it: %s", (_, write) => {
    expect(write("msg_1").losses).toContainEqual({
      path: "input[1]",
      kind: "refused",
      why: expect.stringContaining(`"store": false`) as string,
    });
  });
});
