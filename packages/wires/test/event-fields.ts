import type { BetaRawMessageStreamEvent } from "@anthropic-ai/sdk/resources/beta/messages/messages.js";
import type { ResponseStreamEvent } from "openai/resources/responses/responses.js";
import type { WireEvent, WireName } from "../src/index.js";
import { isJsonObject, type JsonObject } from "../src/json.js";
import { answerSamples, contentBlocks, outputItems } from "./answer-fields.js";

const list = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const object = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** An answer as a stream, in which each field comes once: in chunks, each with what a choice says, and the usage at the end. */
function chatStream({ choices, usage, ...envelope }: JsonObject): readonly WireEvent[] {
  const chunk = (more: JsonObject): JsonObject => ({
    id: envelope["id"],
    object: "chat.completion.chunk",
    created: envelope["created"],
    model: envelope["model"],
    ...more,
  });
  const said = list(choices).flatMap(({ message, finish_reason: reason, index, ...rest }) => {
    const { tool_calls: calls, ...delta } = object(message);
    const numbered = list(calls).map((call, place) => ({ index: place, ...call }));
    const whole = calls === undefined ? delta : { ...delta, tool_calls: numbered };
    return [
      chunk({ choices: [{ index, delta: whole, finish_reason: null, ...rest }] }),
      chunk({ choices: [{ index, delta: {}, finish_reason: reason }] }),
    ];
  });
  return [
    ...said,
    { ...envelope, object: "chat.completion.chunk", choices: [], ...(usage === undefined ? {} : { usage }) },
    "[DONE]",
  ];
}

/** An answer as a stream, in which each field comes once: items when they are done, everything else in the last event. */
function responsesStream({ output, ...response }: JsonObject): readonly WireEvent[] {
  const events: JsonObject[] = [{ type: "response.created", response: { id: "resp_1", model: "m", output: [] } }];
  for (const [place, item] of list(output).entries()) {
    const { type } = item;
    events.push(
      { type: "response.output_item.added", output_index: place, item: headOf(item) },
      { type: "response.output_item.done", output_index: place, item: { ...item, type } },
    );
  }
  const status = response["status"] === "incomplete" ? "incomplete" : "completed";
  events.push({ type: `response.${status}`, response: { ...response, output: [] } });
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

/** An item as it is announced: with what later events cannot change. */
function headOf({ type, id, call_id, name, role, execution }: JsonObject): JsonObject {
  const head = { type, id, call_id, name, role, execution, status: "in_progress", content: [], summary: [] };
  return Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined));
}

/** An answer as a stream: blocks come whole when they begin, usage and the reason at the end. */
function messagesStream({ content, stop_reason, stop_sequence, stop_details, usage, ...message }: JsonObject) {
  const { context_management, input_transformations, container, ...started } = message;
  const { service_tier, inference_geo, ...counted } = object(usage);
  const events: JsonObject[] = [
    {
      type: "message_start",
      message: {
        ...started,
        content: [],
        stop_reason: null,
        usage: { input_tokens: 1, output_tokens: 1, service_tier, inference_geo },
      },
    },
  ];
  for (const [index, block] of list(content).entries())
    events.push({ type: "content_block_start", index, content_block: block }, { type: "content_block_stop", index });
  events.push(
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: { output_tokens: 2, ...counted },
      context_management,
      input_transformations,
    },
    { type: "message_stop" },
  );
  return JSON.parse(JSON.stringify(events)) as readonly WireEvent[];
}

const streamOf = { chat: chatStream, responses: responsesStream, messages: messagesStream };

/** The samples of answers as streams. */
export const streamSamples = Object.fromEntries(
  (Object.keys(answerSamples) as WireName[]).map((wire) => [
    wire,
    Object.fromEntries(Object.entries(answerSamples[wire]).map(([name, answer]) => [name, streamOf[wire](answer)])),
  ]),
) as Readonly<Record<WireName, Readonly<Record<string, readonly WireEvent[]>>>>;

/** An event in its stream, or why no other wire reports it. */
type EventSample =
  | { readonly before: readonly JsonObject[]; readonly event: JsonObject; readonly after: readonly JsonObject[] }
  | string;

const created = { type: "response.created", response: { id: "resp_1", model: "m", output: [] } };
const completed = {
  type: "response.completed",
  response: { status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 1 } },
};
const place = { item_id: "i", output_index: 0, content_index: 0, summary_index: 0 };
const added = (item: JsonObject): JsonObject => ({ type: "response.output_item.added", output_index: 0, item });
const done = (item: JsonObject): JsonObject => ({ type: "response.output_item.done", output_index: 0, item });

/** An event of an item of which nothing else says what it says. */
function ofItem(item: JsonObject, event: JsonObject): EventSample {
  return { before: [created, added(item)], event: { ...place, ...event }, after: [done(item), completed] };
}

const message = { type: "message", id: "i", role: "assistant", content: [], status: "in_progress" };
const reasoning = { type: "reasoning", id: "i", summary: [] };
const call = { type: "function_call", id: "i", call_id: "call_1", name: "f", arguments: "" };
const custom = { type: "custom_tool_call", id: "i", call_id: "call_1", name: "g", input: "" };
const alone = (event: JsonObject): EventSample => ({ before: [created], event, after: [completed] });
const repeats = "Other events say the same.";
const progress = "The item says the same when it is done, and is reported.";
const ending = "It ends the stream.";

/** Every event of a streamed response. */
export const responsesEvents = {
  "response.created": { before: [], event: created, after: [completed] },
  "response.queued": "The vendor is at work.",
  "response.in_progress": "The vendor is at work.",
  "response.completed": ending,
  "response.incomplete": ending,
  "response.failed": ending,
  error: ending,
  "response.output_item.added": repeats,
  "response.output_item.done": { before: [created], event: done(outputItems.message), after: [completed] },
  "response.content_part.added": repeats,
  "response.content_part.done": repeats,
  "response.output_text.delta": ofItem(message, { type: "response.output_text.delta", delta: "Hi" }),
  "response.output_text.done": repeats,
  "response.output_text.annotation.added": ofItem(message, {
    type: "response.output_text.annotation.added",
    annotation_index: 0,
    annotation: { type: "url_citation", url: "https://a.test", title: "A", start_index: 0, end_index: 1 },
  }),
  "response.refusal.delta": ofItem(message, { type: "response.refusal.delta", delta: "No." }),
  "response.refusal.done": repeats,
  "response.reasoning_summary_part.added": repeats,
  "response.reasoning_summary_part.done": repeats,
  "response.reasoning_summary_text.delta": ofItem(reasoning, {
    type: "response.reasoning_summary_text.delta",
    delta: "Hm",
  }),
  "response.reasoning_summary_text.done": repeats,
  "response.reasoning_text.delta": ofItem(reasoning, { type: "response.reasoning_text.delta", delta: "Hm" }),
  "response.reasoning_text.done": repeats,
  "response.function_call_arguments.delta": ofItem(call, {
    type: "response.function_call_arguments.delta",
    delta: '{"a":1}',
  }),
  "response.function_call_arguments.done": ofItem(call, {
    type: "response.function_call_arguments.done",
    arguments: '{"a":1}',
  }),
  "response.custom_tool_call_input.delta": ofItem(custom, {
    type: "response.custom_tool_call_input.delta",
    delta: "raw",
  }),
  "response.custom_tool_call_input.done": ofItem(custom, {
    type: "response.custom_tool_call_input.done",
    input: "raw",
  }),
  "response.audio.delta": alone({ type: "response.audio.delta", delta: "UklGRg==" }),
  "response.audio.done": alone({ type: "response.audio.done" }),
  "response.audio.transcript.delta": alone({ type: "response.audio.transcript.delta", delta: "Hello" }),
  "response.audio.transcript.done": alone({ type: "response.audio.transcript.done" }),
  "response.code_interpreter_call.completed": progress,
  "response.code_interpreter_call.in_progress": progress,
  "response.code_interpreter_call.interpreting": progress,
  "response.code_interpreter_call_code.delta": progress,
  "response.code_interpreter_call_code.done": progress,
  "response.compaction.compacting": progress,
  "response.file_search_call.completed": progress,
  "response.file_search_call.in_progress": progress,
  "response.file_search_call.searching": progress,
  "response.image_generation_call.completed": progress,
  "response.image_generation_call.generating": progress,
  "response.image_generation_call.in_progress": progress,
  "response.image_generation_call.partial_image": progress,
  "response.mcp_call.completed": progress,
  "response.mcp_call.failed": progress,
  "response.mcp_call.in_progress": progress,
  "response.mcp_call_arguments.delta": progress,
  "response.mcp_call_arguments.done": progress,
  "response.mcp_list_tools.completed": progress,
  "response.mcp_list_tools.failed": progress,
  "response.mcp_list_tools.in_progress": progress,
  "response.shell_call_command.added": progress,
  "response.shell_call_command.delta": progress,
  "response.shell_call_command.done": progress,
  "response.shell_call_output_content.delta": progress,
  "response.shell_call_output_content.done": progress,
  "response.web_search_call.completed": progress,
  "response.web_search_call.in_progress": progress,
  "response.web_search_call.searching": progress,
} satisfies Record<ResponseStreamEvent["type"], EventSample>;

type Delta = Extract<BetaRawMessageStreamEvent, { readonly type: "content_block_delta" }>["delta"];

const start = { type: "message_start", message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1 } } };
const ended: readonly JsonObject[] = [
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];

function ofBlock(block: JsonObject, delta: JsonObject): EventSample {
  const begun = { type: "content_block_start", index: 0, content_block: block };
  return { before: [start, begun], event: { type: "content_block_delta", index: 0, delta }, after: ended };
}

/** Every delta of a streamed message. */
export const messagesDeltas = {
  text_delta: ofBlock({ type: "text", text: "" }, { type: "text_delta", text: "Hi", unknown_field: 1 }),
  citations_delta: ofBlock(
    { type: "text", text: "" },
    { type: "citations_delta", citation: contentBlocks.text.citations[0] },
  ),
  thinking_delta: ofBlock(
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking_delta", thinking: "Hm" },
  ),
  signature_delta: ofBlock(
    { type: "thinking", thinking: "Hm", signature: "" },
    { type: "signature_delta", signature: "EqRk" },
  ),
  input_json_delta: ofBlock(
    { type: "tool_use", id: "toolu_1", name: "f", input: {} },
    { type: "input_json_delta", partial_json: '{"a":1}' },
  ),
  compaction_delta: ofBlock(
    { type: "compaction", content: null, encrypted_content: null },
    { type: "compaction_delta", content: "So far", encrypted_content: "gAAA" },
  ),
} satisfies Record<Delta["type"], EventSample>;

/** Events that no specification has. */
export const unknownEvents: Readonly<Record<WireName, EventSample>> = {
  chat: {
    before: [],
    event: {
      id: "chatcmpl-1",
      model: "m",
      choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }],
      future: 1,
    },
    after: [],
  },
  responses: alone({ type: "response.future", value: 1 }),
  messages: { before: [start], event: { type: "future_event", value: 1 }, after: ended.slice(1) },
};
