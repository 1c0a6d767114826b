// Codex searches for tools itself; only Responses has a word for it.
import { describe, expect, it } from "vitest";
import { chat, messages, responses, StreamTranslation, translateAnswer, type WireEvent } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { claude, hostChat, openaiResponses } from "./targets.js";

const search = {
  type: "tool_search",
  execution: "client",
  description: "Finds tools",
  parameters: { type: "object", properties: { query: { type: "string" } } },
};
const found = { type: "function", name: "deploy", parameters: { type: "object" }, strict: false };
const input = [
  { type: "message", role: "user", content: [{ type: "input_text", text: "Deploy" }] },
  { type: "tool_search_call", call_id: "a", execution: "client", arguments: { query: "deploy" } },
  { type: "tool_search_output", call_id: "a", execution: "client", status: "completed", tools: [found] },
];
const request = { model: "model", input, tools: [search], store: false };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };
const caller = { now: 1, request };

describe("a search for tools", () => {
  it("is a function in Chat Completions, and what it found can be called", () => {
    const { value, losses } = chat.writeRequest(responses.readRequest(request), hostChat);
    expect(losses).toEqual([]);
    expect(value).toMatchObject({
      messages: [
        { role: "user" },
        {
          role: "assistant",
          tool_calls: [{ id: "a", function: { name: "tool_search", arguments: '{"query":"deploy"}' } }],
        },
        { role: "tool", tool_call_id: "a", content: "These tools can be called now: deploy" },
      ],
      tools: [
        { function: { name: "tool_search", description: "Finds tools", parameters: search.parameters } },
        { function: { name: "deploy" } },
      ],
    });
  });

  it("is a tool of its own in Messages, and what it found can be called", () => {
    const { value, losses } = messages.writeRequest(responses.readRequest(request), claude);
    expect(losses).toEqual([]);
    expect(value).toMatchObject({ tools: [{ name: "tool_search" }, { name: "deploy" }] });
  });

  it("finds a tool once that the request lists too", () => {
    const asked = responses.readRequest({ ...request, tools: [search, found] });
    expect(chat.writeRequest(asked, hostChat).value["tools"]).toHaveLength(2);
  });

  it("stays what it is in Responses", () => {
    const { value } = responses.writeRequest(responses.readRequest(request), openaiResponses);
    expect(JSON.parse(JSON.stringify(value))).toMatchObject(request);
    expect(value["tools"]).toHaveLength(1);
  });

  it("by the vendor itself is refused elsewhere", () => {
    const asked = responses.readRequest({ ...request, input: "Hi", tools: [{ type: "tool_search" }] });
    expect(chat.writeRequest(asked, hostChat).losses).toMatchObject([{ path: "tools[0]", kind: "refused" }]);
  });

  const { names } = chat.writeRequest(responses.readRequest(request), hostChat);
  const call = (args: string): JsonObject => ({
    id: "b",
    type: "function",
    function: { name: "tool_search", arguments: args },
  });

  it("in an answer is the search that the caller declared, with an object", () => {
    const message = { role: "assistant", content: null, tool_calls: [call('{"query":"x"}')] };
    const body = { id: "c", created: 1, model: "m", choices: [{ index: 0, message, finish_reason: "tool_calls" }] };
    const { value } = translateAnswer({ from: chat, to: responses, names, answerer, caller }, body);
    expect(value["output"]).toMatchObject([
      { type: "tool_search_call", call_id: "b", execution: "client", arguments: { query: "x" }, status: "completed" },
    ]);
  });

  const streamed = (pieces: readonly string[]): readonly WireEvent[] => {
    const stream = new StreamTranslation({ from: chat, to: responses, names, answerer, caller });
    const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      id: "c",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const events: WireEvent[] = [
      chunk({ tool_calls: [{ index: 0, ...call("") }] }),
      ...pieces.map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      chunk({}, "tool_calls"),
      "[DONE]",
    ];
    return [...events.flatMap((event) => stream.read(event)), ...stream.end()];
  };

  it("in a stream comes whole", () => {
    const items = streamed(['{"que', 'ry":"x"}']).flatMap((event) =>
      event !== "[DONE]" && event["type"] === "response.output_item.done" ? [event["item"]] : [],
    );
    expect(items).toMatchObject([{ type: "tool_search_call", call_id: "b", arguments: { query: "x" } }]);
  });

  it("whose arguments are not an object is a failure of the vendor", () => {
    expect(() => streamed(['{"que'])).toThrow("arguments that are not a JSON object");
  });
});
