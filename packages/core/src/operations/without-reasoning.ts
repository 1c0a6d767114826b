import { isJsonObject, type JsonObject } from "../json.js";
import type { WithoutReasoning } from "./operation-row.js";

// What requests lose if the vendor refuses the reasoning in them. Text that other vendors can read, too, stays.

/** The fields of a chat's messages with reasoning that is signed or encrypted, in the spellings of LiteLLM and of OpenRouter. */
const sealedFields = ["thinking_blocks", "reasoning_details", "reasoning_items"] as const;

/** A chat without what its messages bring. What a provider remembers for its caller is gone in any case. */
export function chatWithoutReasoning(request: JsonObject): WithoutReasoning {
  const { messages } = request;
  if (!Array.isArray(messages)) return { request, dropped: [] };
  const found = sealedFields.filter((field) => messages.some((message) => isJsonObject(message) && field in message));
  if (found.length === 0) return { request, dropped: ["messages[].reasoning"] };
  const left = messages.map((message: unknown) => (isJsonObject(message) ? omit(message, found) : message));
  return { request: { ...request, messages: left }, dropped: found.map((field) => `messages[].${field}`) };
}

/**
 * Items of reasoning are removed, and with them the ids of what they led to: a vendor that knows such an id would ask for its
 * reasoning.
 */
export function responsesWithoutReasoning(
  request: JsonObject,
  isRemoved: (item: JsonObject) => boolean = () => true,
): WithoutReasoning {
  const { input } = request;
  const isGone = (item: unknown): boolean => isReasoning(item) && isRemoved(item);
  if (!Array.isArray(input) || !input.some(isGone)) return { request, dropped: [] };
  const items: unknown[] = [];
  let follows = false;
  for (const item of input as readonly unknown[]) {
    if (isGone(item)) {
      follows = true;
      continue;
    }
    follows &&= isOfModel(item);
    items.push(follows ? omit(item as JsonObject, ["id"]) : item);
  }
  return { request: { ...request, input: items }, dropped: ["input[]"] };
}

/** Thinking is removed as whole blocks, since a vendor that checks them accepts no change. */
export function messagesWithoutReasoning(
  request: JsonObject,
  isRemoved: (block: JsonObject) => boolean = () => true,
): WithoutReasoning {
  const { messages } = request;
  const isGone = (block: unknown): boolean => isThinking(block) && isRemoved(block);
  const changes = (message: unknown): boolean => hasContent(message) && message.content.some(isGone);
  if (!Array.isArray(messages) || !messages.some(changes)) return { request, dropped: [] };
  const left = (messages as readonly unknown[]).flatMap((message) => {
    if (!hasContent(message)) return [message];
    const content = message.content.filter((block) => !isGone(block));
    if (content.length === message.content.length) return [message];
    return content.length === 0 ? [] : [{ ...message, content }];
  });
  const written = { request: { ...request, messages: left }, dropped: ["messages[].content[]"] };
  return needsThinking(request, left) ? withoutThinking(written) : written;
}

/**
 * With a budget to think, the last turn of the model must begin with thinking while results of its tools follow.
 * Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking.
 */
function needsThinking({ thinking }: JsonObject, messages: readonly unknown[]): boolean {
  if (!isJsonObject(thinking) || thinking["type"] !== "enabled") return false;
  const [before, last] = messages.slice(-2);
  const begins = hasContent(before) && isThinking(before.content[0]);
  return !begins && hasContent(last) && last.content.some(isToolResult);
}

/** Switches thinking off for this call, and what is only accepted together with it. */
function withoutThinking({ request, dropped }: WithoutReasoning): WithoutReasoning {
  const { context_management: management, ...others } = omit(request, ["thinking"]);
  const paths = [...dropped, "thinking"];
  if (!isJsonObject(management)) return { request: omit(request, ["thinking"]), dropped: paths };
  const { edits } = management;
  const kept = Array.isArray(edits) ? edits.filter((edit) => !clearsThinking(edit)) : edits;
  const same = Array.isArray(edits) && Array.isArray(kept) && edits.length === kept.length;
  return {
    request: { ...others, context_management: { ...management, edits: kept } },
    dropped: same ? paths : [...paths, "context_management.edits[]"],
  };
}

function clearsThinking(edit: unknown): boolean {
  return isJsonObject(edit) && typeof edit["type"] === "string" && edit["type"].startsWith("clear_thinking_");
}

function hasContent(message: unknown): message is JsonObject & { readonly content: readonly unknown[] } {
  return isJsonObject(message) && Array.isArray(message["content"]);
}

function isThinking(block: unknown): block is JsonObject {
  return isJsonObject(block) && (block["type"] === "thinking" || block["type"] === "redacted_thinking");
}

function isToolResult(block: unknown): boolean {
  return isJsonObject(block) && block["type"] === "tool_result";
}

function isReasoning(item: unknown): item is JsonObject {
  return isJsonObject(item) && item["type"] === "reasoning";
}

/** Whether an item is a message or a call of the model, whose id can be omitted. */
function isOfModel(item: unknown): boolean {
  if (!isJsonObject(item)) return false;
  const { type, role } = item;
  return type === "function_call" || type === "custom_tool_call" || role === "assistant";
}

function omit(value: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)));
}
