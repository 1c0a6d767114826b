import type { FinishReasons } from "../finish-reasons.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { estimateBlocks, estimateMessagesInput } from "../token-estimate.js";
import { assembleMessage } from "./assemble-message.js";
import { errorFault, firstOf, firstWithin, isAnything, listProblem, objectsIn } from "./common-facts.js";
import { messagesContinuation } from "./continuation/messages.js";
import { mockMessage, mockMessageEvents } from "./mock-message.js";
import type { Usage } from "../wire/usage.js";
import type { AnswerReads, OperationRow, RequestFault } from "./operation-row.js";
import { promptParts } from "./prompt-parts.js";
import { messagesWithoutReasoning } from "./without-reasoning.js";

/** Source: https://platform.claude.com/docs/en/api/handling-stop-reasons. */
const stopReasons: FinishReasons = {
  end_turn: "complete",
  stop_sequence: "complete",
  tool_use: "complete",
  pause_turn: "complete",
  compaction: "complete",
  max_tokens: "cut",
  model_context_window_exceeded: "cut",
  refusal: "filtered",
};

export const messages: OperationRow & { readonly name: "messages" } = {
  name: "messages",
  path: "/messages",
  litellm: { mode: "anthropic_messages", callType: "anthropic_messages" },
  streams: true,
  required: "messages",
  check: requestFault,
  vendorMetadata: userOf,
  isVendors: isOwnFallbacks,
  sendsNull: true,
  inputTokens: estimateMessagesInput,
  maxOutputTokens: ({ max_tokens: limit }) => (typeof limit === "number" && limit >= 0 ? limit : undefined),
  choices: () => 1,
  fault: (value) => errorFault(value) ?? contentFault(value as JsonObject),
  outputTokens: estimateBlocks,
  awaitsUsage: () => false,
  // A model may end its turn without a word after the result of a tool.
  empty: (value) => objectsIn(value, "content").every(isSilent),
  finishReasons: stopReasons,
  reads: messageReads(),
  needs: {
    tools: ({ tools }) => firstOf("tools", tools, isAnything),
    vision: ({ messages: turns }) => firstWithin("messages", turns, "content", isOrHasImage),
    jsonSchema: ({ output_config: config }) =>
      isJsonObject(config) && config["format"] != null ? "output_config.format" : undefined,
  },
  assemble: assembleMessage,
  continuation: messagesContinuation,
  withoutReasoning: messagesWithoutReasoning,
  promptParts: promptParts(["tools", "system"], "messages"),
  latencyOf: "token",
  observation: "generation",
  mock: { answer: mockMessage, events: mockMessageEvents },
};

function requestFault({ messages: turns, max_tokens: limit }: JsonObject): RequestFault | undefined {
  if (limit == null) {
    const message = "max_tokens is required. Set it to the most tokens that the answer may have.";
    return { path: "max_tokens", message };
  }
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0)
    return { path: "max_tokens", message: "max_tokens must be a whole number, and at least 0." };
  return Array.isArray(turns)
    ? listProblem("messages", turns)
    : { path: "messages", message: "messages must be a list of messages." };
}

/**
 * Whether `fallbacks` are the models that the vendor itself asks after a refusal, instead of model groups: it takes them only
 * with a beta, and only it knows words in place of a list.
 * Source: https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback.
 */
function isOwnFallbacks(field: string, value: unknown, headers: Readonly<Record<string, string>> | undefined): boolean {
  if (field !== "fallbacks") return false;
  return typeof value === "string" || headers?.["anthropic-beta"]?.includes("server-side-fallback-") === true;
}

/** The user, which is all that the vendor accepts as metadata. */
function userOf({ metadata }: JsonObject): JsonObject | undefined {
  if (!isJsonObject(metadata)) return undefined;
  const { user_id: user, ...others } = metadata;
  if (typeof user !== "string" && user !== null) return undefined;
  return Object.keys(others).length === 0 ? metadata : { user_id: user };
}

function contentFault({ content, stop_reason: reason }: JsonObject): string | undefined {
  if (!Array.isArray(content)) return "the body has no content";
  return content.length === 0 && reason == null ? "the body has neither content nor a stop reason" : undefined;
}

/** Whether a block contains nothing for the reader. */
function isSilent({ type, text }: JsonObject): boolean {
  return type === "thinking" || type === "redacted_thinking" || (type === "text" && text === "");
}

/** The message of an answer or a stream's first event, or the fields that the last event changes. */
function messageIn(value: JsonObject): JsonObject {
  const { message, delta, type } = value;
  if (type === "message_start") return isJsonObject(message) ? message : value;
  return type === "message_delta" && isJsonObject(delta) ? delta : value;
}

function messageReads(): AnswerReads {
  return {
    choices: (value) => [messageIn(value)],
    finishReason: (message) => {
      const reason: unknown = isJsonObject(message) ? message["stop_reason"] : undefined;
      return typeof reason === "string" ? reason : undefined;
    },
    usage: (value, earlier) => usageOf(value["usage"] ?? messageIn(value)["usage"], earlier),
    contentLength: ({ type, delta, content_block: block, message }) => {
      if (type === "content_block_delta") return isJsonObject(delta) ? textLength(delta) : 0;
      if (type === "content_block_start") return isJsonObject(block) ? blockLength(block) : 0;
      if (type !== "message_start" || !isJsonObject(message)) return 0;
      return objectsIn(message, "content").reduce((length, whole) => length + blockLength(whole), 0);
    },
    isEvent: ({ type }) => typeof type === "string" && type !== "error",
    text: ({ content, delta, content_block: block }) => {
      const blocks: readonly unknown[] = Array.isArray(content) ? content : [delta ?? block];
      return blocks.map(textOfBlock).join("");
    },
  };
}

function textOfBlock(block: unknown): string {
  return isJsonObject(block) && typeof block["text"] === "string" ? block["text"] : "";
}

/** Usage with the counts of a chat, where the prompt includes what was read from the cache and written to it. */
function usageOf(usage: unknown, earlier: Usage | undefined): JsonObject | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { input_tokens: fresh, output_tokens: output, output_tokens_details: details } = usage;
  const before = earlier?.prompt_tokens_details;
  const read = usage["cache_read_input_tokens"] ?? before?.cached_tokens;
  const written = usage["cache_creation_input_tokens"] ?? before?.cache_write_tokens;
  const prompt = typeof fresh === "number" ? fresh + countOf(read) + countOf(written) : earlier?.prompt_tokens;
  const thinking = isJsonObject(details) ? details["thinking_tokens"] : undefined;
  const lifetimes = usage["cache_creation"] ?? earlier?.["cache_creation"];
  const serverTools = usage["server_tool_use"] ?? earlier?.["server_tool_use"];
  return {
    ...(prompt === undefined ? {} : { prompt_tokens: prompt, total_tokens: prompt + countOf(output) }),
    completion_tokens: output,
    ...(read == null && written == null
      ? {}
      : { prompt_tokens_details: { cached_tokens: countOf(read), cache_write_tokens: countOf(written) } }),
    ...(typeof thinking === "number" ? { completion_tokens_details: { reasoning_tokens: thinking } } : {}),
    ...(isJsonObject(lifetimes) ? { cache_creation: lifetimes } : {}),
    ...(isJsonObject(serverTools) ? { server_tool_use: serverTools } : {}),
  };
}

function countOf(tokens: unknown): number {
  return typeof tokens === "number" ? tokens : 0;
}

function textLength({ text, thinking, partial_json: json }: JsonObject): number {
  const content = text ?? thinking ?? json;
  return typeof content === "string" ? content.length : 0;
}

/** Text and reasoning begin empty. All other blocks are content from their beginning. */
function blockLength(block: JsonObject): number {
  const length = textLength(block);
  return length === 0 && block["type"] !== "text" && block["type"] !== "thinking" ? 1 : length;
}

/** Whether a block is an image, or the result of a tool with images. */
function isOrHasImage(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  const { type, content } = block;
  return type === "image" || (type === "tool_result" && Array.isArray(content) && content.some(isImage));
}

function isImage(block: unknown): boolean {
  return isJsonObject(block) && block["type"] === "image";
}
