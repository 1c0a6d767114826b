// What an answer says on each wire: its envelope, its end, its usage, and what is not an answer at all.
import { describe, expect, it } from "vitest";
import { chat, messages, responses, ToolNames, translateAnswer, type WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";

const wires = { chat, responses, messages };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };
const caller = { now: 7, request: { store: false } };

function crossed(from: WireName, to: WireName, body: JsonObject, request: JsonObject = caller.request) {
  const crossing = {
    from: wires[from],
    to: wires[to],
    names: new ToolNames(),
    answerer,
    caller: { ...caller, request },
  };
  const { value, losses } = translateAnswer(crossing, body);
  return {
    value: JSON.parse(JSON.stringify(value)) as JsonObject,
    losses: losses.map(({ path, kind }) => `${kind} ${path}`),
  };
}

function chatAnswer(
  finish: unknown,
  message: JsonObject = { role: "assistant", content: "Hi" },
  more: JsonObject = {},
): JsonObject {
  const choices = [{ index: 0, message, finish_reason: finish }];
  return { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices, ...more };
}

const text = { type: "output_text", text: "Hi", annotations: [] };
function response(fields: JsonObject, content: readonly JsonObject[] = [text]): JsonObject {
  const output = [{ type: "message", id: "msg_1", role: "assistant", status: "completed", content }];
  return { id: "resp_1", object: "response", created_at: 1, model: "m", status: "completed", output, ...fields };
}

function anthropicAnswer(stop: string, more: JsonObject = {}): JsonObject {
  const content = [{ type: "text", text: "Hi" }];
  const usage = { input_tokens: 1, output_tokens: 1 };
  return { id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason: stop, usage, ...more };
}

/** How an answer of each wire says that it ended. */
function endOf(to: WireName, value: JsonObject): unknown {
  if (to === "chat") return (value["choices"] as readonly JsonObject[])[0]!["finish_reason"];
  if (to === "messages") return value["stop_reason"];
  const details = value["incomplete_details"] as { readonly reason: string } | null;
  return details === null ? value["status"] : `${String(value["status"])}: ${details.reason}`;
}

const call = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
};
const called = { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" };

describe("the end of an answer", () => {
  it.each<[WireName, string, JsonObject, Readonly<Partial<Record<WireName, string>>>]>([
    ["chat", "stop", chatAnswer("stop"), { responses: "completed", messages: "end_turn" }],
    ["chat", "length", chatAnswer("length"), { responses: "incomplete: max_output_tokens", messages: "max_tokens" }],
    ["chat", "tool_calls", chatAnswer("tool_calls", call), { responses: "completed", messages: "tool_use" }],
    ["chat", "stop of a forced call", chatAnswer("stop", call), { responses: "completed", messages: "tool_use" }],
    ["chat", "nothing of a call", chatAnswer(null, call), { responses: "completed", messages: "tool_use" }],
    [
      "chat",
      "content_filter",
      chatAnswer("content_filter"),
      { responses: "incomplete: content_filter", messages: "refusal" },
    ],
    [
      "chat",
      "stop of a refusal",
      chatAnswer("stop", { role: "assistant", content: null, refusal: "No." }),
      { responses: "completed", messages: "refusal" },
    ],
    [
      "chat",
      "a full window",
      chatAnswer("model_context_window_exceeded"),
      { responses: "incomplete: max_output_tokens", messages: "model_context_window_exceeded" },
    ],
    ["responses", "completed", response({}), { chat: "stop", messages: "end_turn" }],
    [
      "responses",
      "completed with a call",
      response({ output: [called] }),
      { chat: "tool_calls", messages: "tool_use" },
    ],
    [
      "responses",
      "completed with a refusal",
      response({}, [{ type: "refusal", refusal: "No." }]),
      { chat: "stop", messages: "refusal" },
    ],
    [
      "responses",
      "a limit",
      response({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }),
      { chat: "length", messages: "max_tokens" },
    ],
    [
      "responses",
      "a filter",
      response({ status: "incomplete", incomplete_details: { reason: "content_filter" } }),
      { chat: "content_filter", messages: "refusal" },
    ],
    [
      "responses",
      "a limit of messages",
      response({ status: "incomplete", incomplete_details: { reason: "max_messages" } }),
      { chat: "stop", messages: "end_turn" },
    ],
    [
      "responses",
      "a turn",
      response({ status: "incomplete", incomplete_details: { reason: "steered" } }),
      { chat: "stop", messages: "end_turn" },
    ],
    ["messages", "end_turn", anthropicAnswer("end_turn"), { chat: "stop", responses: "completed" }],
    [
      "messages",
      "max_tokens",
      anthropicAnswer("max_tokens"),
      { chat: "length", responses: "incomplete: max_output_tokens" },
    ],
    [
      "messages",
      "stop_sequence",
      anthropicAnswer("stop_sequence", { stop_sequence: "X" }),
      { chat: "stop", responses: "completed", messages: "stop_sequence" },
    ],
    [
      "messages",
      "tool_use",
      anthropicAnswer("tool_use", { content: [{ type: "tool_use", id: "a", name: "f", input: {} }] }),
      { chat: "tool_calls", responses: "completed" },
    ],
    [
      "messages",
      "pause_turn",
      anthropicAnswer("pause_turn"),
      { chat: "stop", responses: "completed", messages: "pause_turn" },
    ],
    [
      "messages",
      "compaction",
      anthropicAnswer("compaction"),
      { chat: "stop", responses: "completed", messages: "compaction" },
    ],
    [
      "messages",
      "a full window",
      anthropicAnswer("model_context_window_exceeded"),
      { chat: "length", responses: "incomplete: max_output_tokens" },
    ],
    [
      "messages",
      "a refusal",
      anthropicAnswer("refusal", { content: [], stop_details: { type: "refusal", explanation: "Blocked." } }),
      { chat: "content_filter", responses: "incomplete: content_filter" },
    ],
    ["messages", "an unknown word", anthropicAnswer("new_word"), { chat: "stop", responses: "completed" }],
  ])("of %s that is %s is written in the words of the others", (from, _, body, ends) => {
    for (const [to, end] of Object.entries(ends)) {
      const { value } = crossed(from, to as WireName, body);
      expect({ to, end: endOf(to as WireName, value) }).toEqual({ to, end });
    }
  });

  it.each(["pause_turn", "compaction", "new_word"])("that OpenAI has no word for is reported: %s", (stop) => {
    expect(crossed("messages", "chat", anthropicAnswer(stop)).losses).toEqual(["converted stop_reason"]);
    expect(crossed("messages", "responses", anthropicAnswer(stop)).losses).toContain("converted stop_reason");
  });

  it("of a refusal by the vendor explains itself to a caller of Chat Completions", () => {
    const body = anthropicAnswer("refusal", {
      content: [],
      stop_details: { type: "refusal", explanation: "Blocked." },
    });
    expect(crossed("messages", "chat", body).value["choices"]).toMatchObject([
      { message: { content: null, refusal: "Blocked." }, finish_reason: "content_filter" },
    ]);
  });

  it("by a limit marks the item that it cut", () => {
    expect(crossed("chat", "responses", chatAnswer("length")).value["output"]).toMatchObject([
      { status: "incomplete" },
    ]);
  });
});

describe("what is not an answer, though its status is 200,", () => {
  it.each<[WireName, string, JsonObject, string]>([
    ["chat", "no choices", { id: "c", choices: [] }, "invalid_response"],
    ["chat", "an error", { error: { message: "Slow", code: "rate_limit_exceeded" } }, "rate_limit"],
    ["chat", "choices of another type", { choices: "none" }, "invalid_response"],
    ["chat", "a finish reason that is an error", chatAnswer("error"), "internal_server"],
    [
      "chat",
      "a call that names no tool",
      chatAnswer("stop", { role: "assistant", tool_calls: [{ id: "a" }] }),
      "invalid_response",
    ],
    [
      "responses",
      "failed",
      response({ status: "failed", error: { code: "server_error", message: "x" } }),
      "internal_server",
    ],
    ["responses", "cancelled", response({ status: "cancelled" }), "internal_server"],
    ["responses", "queued", response({ status: "queued", output: [] }), "invalid_response"],
    ["responses", "empty", response({ output: [], usage: { input_tokens: 1, output_tokens: 0 } }), "invalid_response"],
    ["responses", "an error", { error: { message: "x", code: "insufficient_quota" } }, "quota_exhausted"],
    ["responses", "no output", { id: "resp_1" }, "invalid_response"],
    ["messages", "an error", { type: "error", error: { type: "overloaded_error", message: "x" } }, "overloaded"],
    ["messages", "no content", { id: "msg_1", type: "message" }, "invalid_response"],
    [
      "messages",
      "a call without an id",
      anthropicAnswer("tool_use", { content: [{ type: "tool_use", name: "f" }] }),
      "invalid_response",
    ],
  ])("is a failure: %s with %s", (from, _, body, kind) => {
    for (const to of ["chat", "responses", "messages"] as const)
      expect(() => crossed(from, to, body)).toThrow(expect.objectContaining({ kind }) as Error);
  });

  it("but an empty message that ends its turn is an answer", () => {
    expect(crossed("messages", "chat", anthropicAnswer("end_turn", { content: [] })).value["choices"]).toMatchObject([
      { message: { content: "" }, finish_reason: "stop" },
    ]);
  });
});

describe("a call whose arguments are not an object, to a caller of Messages,", () => {
  const cut = {
    ...call,
    tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: '{"a": "Par' } }],
  };
  it("is a failure of the vendor", () => {
    expect(() => crossed("chat", "messages", chatAnswer("tool_calls", cut))).toThrow(
      "arguments that are not a JSON object",
    );
  });

  it("is not shown if the limit cut it, and reported", () => {
    const { value, losses } = crossed("chat", "messages", chatAnswer("length", cut));
    expect(value).toMatchObject({ content: [], stop_reason: "max_tokens" });
    expect(losses).toEqual(["dropped content[0]"]);
  });
});

describe("usage", () => {
  it.each<[WireName, JsonObject, WireName, JsonObject]>([
    [
      "chat",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      "messages",
      {
        input_tokens: 3,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 3,
        output_tokens: 5,
        output_tokens_details: { thinking_tokens: 2 },
      },
    ],
    [
      "chat",
      { prompt_tokens: 10, completion_tokens: 5 },
      "responses",
      {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 15,
      },
    ],
    [
      "chat",
      { prompt_tokens: 2, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 8 } },
      "messages",
      { input_tokens: 2, cache_read_input_tokens: 8 },
    ],
    [
      "chat",
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { audio_tokens: 1 } },
      "chat",
      { prompt_tokens_details: { audio_tokens: 1 } },
    ],
    [
      "responses",
      {
        input_tokens: 10,
        input_tokens_details: {
          cached_tokens: 4,
          cache_write_tokens: 2,
          cache_write_tokens_details: { ttl_30m_tokens: 2, ttl_12h_tokens: 0 },
        },
        output_tokens: 5,
      },
      "responses",
      {
        input_tokens_details: {
          cached_tokens: 4,
          cache_write_tokens: 2,
          cache_write_tokens_details: { ttl_30m_tokens: 2, ttl_12h_tokens: 0 },
        },
      },
    ],
    [
      "messages",
      { input_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 3, output_tokens: 5 },
      "responses",
      { input_tokens: 10, input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 }, total_tokens: 15 },
    ],
    [
      "messages",
      {
        input_tokens: 3,
        output_tokens: 5,
        cache_creation_input_tokens: 3,
        cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 },
      },
      "messages",
      { cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 } },
    ],
    [
      "messages",
      { input_tokens: 3, output_tokens: 5, server_tool_use: { web_search_requests: 2 } },
      "chat",
      { server_tool_use: { web_search_requests: 2 } },
    ],
  ])("of %s, %j, is right for %s", (from, usage, to, expected) => {
    const body =
      from === "chat"
        ? chatAnswer("stop", undefined, { usage })
        : from === "responses"
          ? response({ usage })
          : anthropicAnswer("end_turn", { usage });
    expect(crossed(from, to, body).value["usage"]).toMatchObject(expected);
  });

  it("that a vendor does not report is not made up", () => {
    expect(crossed("chat", "responses", chatAnswer("stop")).value["usage"]).toBeNull();
    expect(crossed("responses", "chat", response({})).value).not.toHaveProperty("usage");
  });

  it("of a stream counts what was read from the cache once, whichever event reports it", () => {
    const reader = messages.streamReader();
    const start = {
      id: "msg_1",
      content: [],
      usage: { input_tokens: 10, cache_read_input_tokens: 1000, output_tokens: 1 },
    };
    reader.read({ type: "message_start", message: start });
    const ended = {
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { input_tokens: 12, output_tokens: 5 },
    };
    expect(reader.read(ended)).toMatchObject([
      { type: "stop" },
      { usage: { input: 1012, cacheRead: 1000, output: 5 } },
    ]);
  });
});

describe("the envelope of an answer", () => {
  it("of Responses repeats function tools with all of their fields", () => {
    const search = { type: "web_search" };
    const given = { type: "function", name: "f", parameters: { type: "object" }, strict: true };
    const tools = [{ type: "function", name: "bare" }, given, search];
    const { value } = crossed("chat", "responses", chatAnswer("stop"), { store: false, tools });
    const missing = { description: null, parameters: null, strict: null };
    expect(value["tools"]).toEqual([{ ...missing, ...tools[0] }, { ...missing, ...given }, search]);
  });

  it.each([
    [undefined, { format: { type: "text" } }],
    [{ verbosity: "low" }, { verbosity: "low" }],
    [
      { verbosity: "low", format: { type: "json_schema", name: "n", schema: {}, strict: true } },
      { verbosity: "low", format: { type: "json_schema", name: "n", schema: {}, strict: true, description: null } },
    ],
  ])("of Responses repeats a schema of the answer with all of its fields: %j", (given, repeated) => {
    const { value } = crossed("chat", "responses", chatAnswer("stop"), { store: false, text: given });
    expect(value["text"]).toEqual(repeated);
  });

  it("of Responses has every field that typed clients want, and repeats the request", () => {
    const request = {
      model: "m",
      input: "Hi",
      instructions: "Be brief.",
      max_output_tokens: 9,
      tools: [called],
      metadata: { a: "b" },
    };
    const { value, losses } = crossed("chat", "responses", chatAnswer("stop"), request);
    expect(Object.keys(value).toSorted()).toEqual(
      (
        "background completed_at created_at error frequency_penalty id incomplete_details instructions max_output_tokens " +
        "max_tool_calls metadata model object output parallel_tool_calls presence_penalty previous_response_id " +
        "prompt_cache_key reasoning safety_identifier service_tier status store temperature text tool_choice tools " +
        "top_logprobs top_p truncation usage"
      ).split(" "),
    );
    expect(value).toMatchObject({
      instructions: "Be brief.",
      max_output_tokens: 9,
      tools: [called],
      metadata: { a: "b" },
      store: false,
    });
    expect(losses).toEqual(["converted store"]);
  });

  it("of Messages has every field that typed clients want", () => {
    const { value } = crossed("chat", "messages", chatAnswer("stop"));
    expect(Object.keys(value).toSorted()).toEqual(
      "container content id model role stop_details stop_reason stop_sequence type usage".split(" "),
    );
    expect(Object.keys(value["usage"] as object).toSorted()).toEqual(
      (
        "cache_creation cache_creation_input_tokens cache_read_input_tokens inference_geo input_tokens output_tokens " +
        "output_tokens_details server_tool_use service_tier"
      ).split(" "),
    );
  });

  it.each([
    ["standard", "default"],
    ["priority", "priority"],
    ["batch", undefined],
  ])("says %s of Messages as %s", (tier, expected) => {
    const body = anthropicAnswer("end_turn", { usage: { input_tokens: 1, output_tokens: 1, service_tier: tier } });
    expect(crossed("messages", "chat", body).value["service_tier"]).toBe(expected);
  });

  it("leaves out of Chat Completions what is unknown, since null is not allowed there", () => {
    const { value } = crossed("messages", "chat", anthropicAnswer("end_turn"));
    expect(value).not.toHaveProperty("service_tier");
    expect(value).not.toHaveProperty("system_fingerprint");
    expect(value["created"]).toBe(7);
  });

  it("has the vendor's id behind the prefix of the caller's wire", () => {
    expect(crossed("messages", "responses", anthropicAnswer("end_turn")).value["id"]).toBe("resp_1");
    expect(crossed("responses", "messages", response({})).value["id"]).toBe("msg_1");
    expect(crossed("responses", "chat", response({})).value["id"]).toBe("chatcmpl-1");
  });

  it("has the model that the caller asked for where its wire compares it", () => {
    const crossing = {
      from: chat,
      to: messages,
      names: new ToolNames(),
      answerer,
      caller: { ...caller, model: "asked" },
    };
    expect(translateAnswer(crossing, chatAnswer("stop")).value["model"]).toBe("asked");
  });
});

describe("a citation", () => {
  const cited = {
    type: "web_search_result_location",
    url: "https://a.test",
    title: "A",
    cited_text: "x",
    encrypted_index: "E",
  };
  it("of a search stands for its whole text, whose place the others count", () => {
    const content = [
      { type: "text", text: "Before " },
      { type: "text", text: "cited", citations: [cited] },
    ];
    const { value, losses } = crossed("messages", "chat", anthropicAnswer("end_turn", { content }));
    expect(value["choices"]).toMatchObject([
      {
        message: {
          content: "Before cited",
          annotations: [{ url_citation: { url: "https://a.test", title: "A", start_index: 7, end_index: 12 } }],
        },
      },
    ]);
    expect(losses).toEqual(["dropped citations.cited_text", "dropped citations.encrypted_index"]);
  });

  it("of a document is reported, since only Messages cites documents", () => {
    const content = [
      { type: "text", text: "x", citations: [{ type: "char_location", cited_text: "x", document_index: 0 }] },
    ];
    expect(crossed("messages", "responses", anthropicAnswer("end_turn", { content })).losses).toEqual([
      "dropped citations",
    ]);
  });
});

describe("opaque reasoning", () => {
  it("of Responses comes back from a caller of Messages to the same deployment as it was", () => {
    const item = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Hm" }],
      encrypted_content: "gAAA",
    };
    const { value } = crossed("responses", "messages", response({ output: [item, called] }));
    const content = value["content"] as readonly JsonObject[];
    const request = messages.readRequest({
      model: "m",
      max_tokens: 100,
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "1" }] },
      ],
    });
    const target = {
      model: "m",
      vendor: "vendor",
      deployment: "deployment",
      dropParams: false,
      reasoning: true,
      cacheMarks: false,
      penalties: false,
    };
    expect(responses.writeRequest(request, target).value["input"]).toMatchObject([
      {},
      item,
      { type: "function_call" },
      {},
    ]);
    const elsewhere = responses.writeRequest(request, { ...target, vendor: "other" });
    expect(JSON.stringify(elsewhere.value)).not.toContain("gAAA");
    expect(elsewhere.losses).toMatchObject([{ path: "messages[1].content[0]", kind: "dropped" }]);
  });

  it.each(["litellm_encrypted_reasoning:gAAA", `litellm_enc:${btoa("model_id:1")};gAAA`])(
    "that LiteLLM wrapped is read, as in %s",
    (signature) => {
      const request = messages.readRequest({
        model: "m",
        max_tokens: 100,
        messages: [{ role: "assistant", content: [{ type: "thinking", thinking: "Hm", signature }] }],
      });
      expect(request.turns).toMatchObject([{ blocks: [{ opaque: { data: "gAAA", madeBy: { wire: "responses" } } }] }]);
    },
  );

  it("without a summary is redacted thinking to a caller of Messages", () => {
    const item = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" };
    const { value } = crossed("responses", "messages", response({ output: [item, called] }));
    expect(value["content"]).toMatchObject([{ type: "redacted_thinking" }, { type: "tool_use" }]);
  });

  it("without a signature has an empty one", () => {
    const { value } = crossed(
      "chat",
      "messages",
      chatAnswer("stop", { role: "assistant", content: "Hi", reasoning_content: "Hm" }),
    );
    expect(value["content"]).toMatchObject([{ type: "thinking", thinking: "Hm", signature: "" }, { type: "text" }]);
  });
});
