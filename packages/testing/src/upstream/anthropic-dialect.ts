import type { JsonObject, Usage } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { type ScriptedBlock, textBlock, thinkingBlock, toolUseBlock } from "./message-blocks.js";
import type { SentCall } from "./sent-call.js";
import { type Behavior, defaultText, defaultUsage } from "./behavior.js";
import { snippets, sse, type StreamScript, words } from "./sse.js";

const stopReasons: ReadonlyMap<string, string> = new Map([
  ["stop", "end_turn"],
  ["length", "max_tokens"],
  ["tool_calls", "tool_use"],
  ["content_filter", "refusal"],
]);

/** OpenAI's finish reason as Anthropic's stop reason. Any other word is passed on unchanged. */
function stopReasonOf({ finishReason, toolCalls }: Behavior): string {
  const reason = finishReason ?? (toolCalls === undefined ? "stop" : "tool_calls");
  return stopReasons.get(reason) ?? reason;
}

/** Anthropic reports tokens read from and written to its cache separately from the other prompt tokens. */
function usageOf(behavior: Behavior) {
  const usage = behavior.usage ?? defaultUsage;
  const { cached_tokens: read = 0, cache_write_tokens: written = 0 } = usage.prompt_tokens_details ?? {};
  const creation = { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 };
  return {
    input_tokens: usage.prompt_tokens - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    ...outputOf(usage),
    cache_creation: isJsonObject(usage["cache_creation"]) ? usage["cache_creation"] : creation,
    inference_geo: "global",
    service_tier: "standard",
  };
}

function outputOf({ completion_tokens: output, completion_tokens_details: details, ...usage }: Usage) {
  return {
    output_tokens: output,
    output_tokens_details: { thinking_tokens: details?.reasoning_tokens ?? 0 },
    server_tool_use: usage["server_tool_use"] ?? null,
  };
}

/** Usage at the end of a stream. It may leave out what its start has said. */
function lastUsageOf({ usage = defaultUsage }: Behavior) {
  const known = { input_tokens: null, cache_creation_input_tokens: null, cache_read_input_tokens: null };
  return { ...known, ...outputOf(usage) };
}

function blocksOf({ toolCalls = [], text, reasoning }: Behavior): readonly ScriptedBlock[] {
  const content = text ?? (toolCalls.length > 0 ? undefined : defaultText);
  return [
    ...(reasoning === undefined ? [] : [thinkingBlock(words(reasoning))]),
    ...(content === undefined ? [] : [textBlock(words(content))]),
    ...toolCalls.map((call) => toolUseBlock(call, ["", ...snippets(call.arguments)])),
  ];
}

function messageOf(sent: SentCall, { answerNumber = 1 }: Behavior, fields: JsonObject): JsonObject {
  const head = { id: `msg_${String(answerNumber)}`, type: "message", role: "assistant", model: sent.model };
  return { ...head, stop_sequence: null, stop_details: null, container: null, ...fields };
}

/** The whole answer of a healthy vendor. */
export function anthropicAnswer(sent: SentCall, behavior: Behavior): JsonObject {
  return messageOf(sent, behavior, {
    content: blocksOf(behavior).map(({ whole }) => whole),
    stop_reason: stopReasonOf(behavior),
    usage: usageOf(behavior),
  });
}

/** The events of a healthy vendor. */
export function anthropicStream(sent: SentCall, behavior: Behavior): StreamScript {
  const event = (type: string, fields: JsonObject): string => sse({ type, ...fields }, type);
  const [first = "", ...contents] = blocksOf(behavior).flatMap(({ start, deltas }, index) => [
    event("content_block_start", { index, content_block: start }),
    ...deltas.map((delta) => event("content_block_delta", { index, delta })),
    event("content_block_stop", { index }),
  ]);
  const usage = { ...usageOf(behavior), output_tokens: 1 };
  const message = messageOf(sent, behavior, { content: [], stop_reason: null, usage });
  const delta = { stop_reason: stopReasonOf(behavior), stop_sequence: null, stop_details: null, container: null };
  return {
    opening: [event("message_start", { message }), event("ping", {}), first],
    contents,
    finishing: [event("message_delta", { delta, usage: lastUsageOf(behavior) })],
    usage: [],
    ending: [event("message_stop", {})],
  };
}
