import type Anthropic from "@anthropic-ai/sdk";
import { type ChatMessage, type ContentPart, createError, type ToolCall } from "@modelyard/core";

type Block = Anthropic.ContentBlockParam;
type TextBlock = Anthropic.TextBlockParam;
type Turn = Anthropic.MessageParam;

export interface ConvertedMessages {
  readonly system: TextBlock[] | undefined;
  readonly messages: Turn[];
}

function bad(message: string): Error {
  return createError({ kind: "bad_request", param: "messages", message });
}

/** `cache_control` is Anthropic's own and stays where the caller put it. */
function cacheControl(part: Readonly<Record<string, unknown>>): Pick<TextBlock, "cache_control"> {
  const control = part["cache_control"];
  return control === undefined ? {} : { cache_control: control as NonNullable<TextBlock["cache_control"]> };
}

/** Anthropic refuses empty texts. */
function textBlock(text: string, part: Readonly<Record<string, unknown>> = {}): TextBlock[] {
  return text.trim() === "" ? [] : [{ type: "text", text, ...cacheControl(part) }];
}

const dataUrl = /^data:(?<type>[\w/+.-]+);base64,(?<data>.*)$/su;

function imageBlock(part: ContentPart): Block {
  const { url } = (part as { readonly image_url: { readonly url: string } }).image_url;
  const groups = dataUrl.exec(url)?.groups;
  const source =
    groups === undefined
      ? { type: "url" as const, url }
      : {
          type: "base64" as const,
          media_type: groups["type"] as Anthropic.Base64ImageSource["media_type"],
          data: groups["data"] ?? "",
        };
  return { type: "image", source, ...cacheControl(part) };
}

function fileBlock(part: ContentPart): Block {
  const file = (part as { readonly file?: { readonly file_data?: unknown; readonly filename?: unknown } }).file;
  const groups = typeof file?.file_data === "string" ? dataUrl.exec(file.file_data)?.groups : undefined;
  if (groups?.["type"] !== "application/pdf") throw bad("Only PDF files given as data URLs can be sent to Anthropic.");
  const title = typeof file?.filename === "string" ? { title: file.filename } : {};
  return {
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: groups["data"] ?? "" },
    ...title,
    ...cacheControl(part),
  };
}

function partBlocks(part: ContentPart): Block[] {
  switch (part.type) {
    case "text":
      return textBlock((part as { readonly text: string }).text, part);
    case "image_url":
      return [imageBlock(part)];
    case "file":
      return [fileBlock(part)];
    case "refusal":
      return textBlock(typeof part["refusal"] === "string" ? part["refusal"] : "", part);
    case "input_audio":
      throw bad("Audio cannot be sent to Anthropic.");
  }
}

function contentBlocks(content: ChatMessage["content"]): Block[] {
  if (content == null) return [];
  return typeof content === "string" ? textBlock(content) : content.flatMap(partBlocks);
}

function toolUse(call: ToolCall): Block {
  let input: unknown;
  try {
    input = call.function.arguments.trim() === "" ? {} : JSON.parse(call.function.arguments);
  } catch {
    throw bad(`The arguments of the tool call ${call.id.slice(0, 100)} are no JSON.`);
  }
  return { type: "tool_use", id: call.id, name: call.function.name, input };
}

/** Thinking that Anthropic sent before must come back as it was, signature and all. */
function thinkingBlocks(message: ChatMessage): Block[] {
  const blocks = message["thinking_blocks"];
  return Array.isArray(blocks) ? (blocks as Block[]) : [];
}

function toolResult(message: ChatMessage): Block {
  if (message.tool_call_id === undefined) throw bad("A tool message has no tool_call_id.");
  const content = contentBlocks(message.content) as Extract<Anthropic.ToolResultBlockParam["content"], unknown[]>;
  return { type: "tool_result", tool_use_id: message.tool_call_id, ...(content.length === 0 ? {} : { content }) };
}

function turnOf(message: ChatMessage): Turn {
  switch (message.role) {
    case "assistant": {
      const calls = (message.tool_calls ?? []).map(toolUse);
      return { role: "assistant", content: [...thinkingBlocks(message), ...contentBlocks(message.content), ...calls] };
    }
    case "tool":
    case "function":
      return { role: "user", content: [toolResult(message)] };
    default:
      return { role: "user", content: contentBlocks(message.content) };
  }
}

/**
 * OpenAI's messages as Anthropic's: system and developer messages apart, turns of one side after the other in one,
 * tool results in the user's turn, nothing empty.
 * @throws `bad_request` for what Anthropic cannot be sent
 */
export function convertMessages(source: readonly ChatMessage[]): ConvertedMessages {
  const system: TextBlock[] = [];
  const messages: { readonly role: "user" | "assistant"; readonly content: Block[] }[] = [];
  for (const message of source) {
    if (message.role === "system" || message.role === "developer") {
      system.push(...(contentBlocks(message.content) as TextBlock[]));
      continue;
    }
    const turn = turnOf(message);
    const content = turn.content as Block[];
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === turn.role) last.content.push(...content);
    else messages.push({ role: turn.role as "user" | "assistant", content });
  }
  if (messages.length === 0)
    throw bad("messages hold nothing to answer: at least one user message with content is needed.");
  return { system: system.length === 0 ? undefined : system, messages: messages.map(trimPrefill) };
}

/** Anthropic refuses an answer's beginning that ends in white space. */
function trimPrefill(
  turn: { readonly role: "user" | "assistant"; readonly content: Block[] },
  index: number,
  all: readonly unknown[],
): Turn {
  const last = turn.content.at(-1);
  if (turn.role !== "assistant" || index !== all.length - 1 || last?.type !== "text") return turn;
  return { role: turn.role, content: [...turn.content.slice(0, -1), { ...last, text: last.text.trimEnd() }] };
}
