import type { JsonObject } from "@modelyard/core";
import { given, pathOf, withRest } from "../fields.js";
import type { Block, ReasoningBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { HubRequest, Instruction, Turn } from "../hub/request.js";
import { forOtherVendors, messagesOf } from "../instructions.js";
import { refuseLostTurn } from "../lost-turn.js";
import { pairResults } from "../pair-results.js";
import type { ToolNames } from "../tool-names.js";
import { isPlainText, type PartWriting, writeContent, writeMark, writeParts } from "./write-parts.js";

export interface MessageWriting extends PartWriting {
  readonly names: ToolNames;
}

/** Begins the result of a tool that failed, since Chat Completions and Responses have no field for it. */
export const toolError = "[tool error] ";

/** @throws `invalid_request` if calls and results do not belong together */
export function writeMessages(request: HubRequest, writing: MessageWriting): readonly JsonObject[] {
  const instructions =
    request.wire === "messages" ? forOtherVendors(request.instructions, writing.losses) : request.instructions;
  return [
    ...messagesOf(instructions).map((texts) => writeInstructions(texts, request, writing)),
    ...pairResults(request).flatMap(({ turn, results }) => [
      ...writeTurn(turn, request, writing),
      ...writeResults(results, writing),
    ]),
  ];
}

function roleOf(role: Turn["role"], { target }: MessageWriting): string {
  return role === "developer" && !target.developerRole ? "system" : role;
}

/** Texts stay apart where the caller wrote parts, or where one of them is marked; else a blank line parts them. */
function writeInstructions(texts: readonly Instruction[], request: HubRequest, writing: MessageWriting): JsonObject {
  const [first] = texts as readonly [Instruction];
  const parts = texts.map((part) => ({ type: "text", text: part.text, ...writeMark(part, writing) }));
  const apart = parts.some((part) => Object.keys(part).length > 2) || (request.wire === "chat" && parts.length > 1);
  const written = {
    role: roleOf(first.place === "field" ? "developer" : first.role, writing),
    content: apart ? parts : texts.map(({ text }) => text).join("\n\n"),
    ...given({ name: first.name }),
  };
  return withRest(written, first.extra?.chat);
}

function writeTurn(turn: Turn, request: HubRequest, writing: MessageWriting): readonly JsonObject[] {
  const name = given({ name: turn.name });
  if (turn.role === "assistant") {
    const written = writeAssistant(turn, writing);
    return written === undefined ? [] : [withRest({ ...written, ...name }, turn.extra?.chat)];
  }
  const content = writeContent(turn.blocks, writing);
  refuseLostTurn(request.turns, turn, content.length > 0, writing.losses);
  if (content.length === 0 && turn.blocks.length > 0) return [];
  return [withRest({ role: roleOf(turn.role, writing), content, ...name }, turn.extra?.chat)];
}

/** `undefined`: nothing of the turn can be written, and vendors refuse an empty message. */
function writeAssistant({ blocks }: Turn, writing: MessageWriting): JsonObject | undefined {
  const { losses } = writing;
  const calls: JsonObject[] = [];
  const said: Block[] = [];
  const thoughts: ReasoningBlock[] = [];
  let refusal: string | undefined;
  let audio: JsonObject | undefined;
  for (const block of blocks) {
    if (block.type === "tool_call") calls.push(writeCall(block, writing));
    else if (block.type === "refusal") refusal = (refusal ?? "") + block.text;
    else if (block.type === "reasoning") thoughts.push(block);
    else if (block.type === "audio" && block.id !== undefined) audio = { id: block.id };
    else {
      if (calls.length > 0 && block.type === "text")
        losses.converted(block.path ?? "content", "In Chat Completions, text comes before the calls of a message.");
      said.push(block);
    }
  }
  const parts = writeParts(said, writing);
  const others = given({
    refusal,
    audio,
    reasoning_content: writeThoughts(thoughts, writing),
    tool_calls: calls.length === 0 ? undefined : calls,
  });
  if (blocks.length > 0 && parts.length === 0 && Object.keys(others).length === 0) return undefined;
  return { role: "assistant", content: parts.length === 0 ? null : joined(parts, ""), ...others };
}

function writeThoughts(thoughts: readonly ReasoningBlock[], { target, losses }: MessageWriting): string | undefined {
  const texts = thoughts.flatMap(({ text, summary }) => text ?? summary?.join("\n\n") ?? []);
  if (target.takesReasoning && texts.length > 0) return texts.join("\n\n");
  for (const { path = "content" } of thoughts) losses.dropped(path, "The model does not accept earlier reasoning.");
  return undefined;
}

function writeCall(call: ToolCallBlock, { names, target }: MessageWriting): JsonObject {
  const { id, input } = call;
  const name = names.written(call.name, call.namespace);
  const own = call.extra?.chat;
  if (input.kind === "json")
    return withRest({ id, type: "function", function: { name, arguments: input.text || "{}" } }, own);
  if (target.customTools) return withRest({ id, type: "custom", custom: { name, input: input.text } }, own);
  return { id, type: "function", function: { name, arguments: JSON.stringify({ input: input.text }) } };
}

/** Text as a string, unless a part says more than its text. */
function joined(parts: readonly JsonObject[], gap: string): readonly JsonObject[] | string {
  if (!parts.every(isPlainText)) return parts;
  return parts.map(({ text }) => text as string).join(gap);
}

/** Whether a block of a result is something other than text. */
function isShown({ type }: Block): boolean {
  return type === "image" || type === "document" || type === "audio";
}

/** One message for each result, and one of the user for all that a result cannot hold. */
function writeResults(results: readonly ToolResultBlock[], writing: MessageWriting): readonly JsonObject[] {
  const messages: JsonObject[] = [];
  const moved: JsonObject[] = [];
  for (const result of results) {
    const { id, blocks, isError, path = "messages" } = result;
    const texts = writeParts(
      blocks.filter((block) => !isShown(block)),
      writing,
    );
    for (const block of blocks.filter(isShown)) {
      writing.losses.converted(block.path ?? path, "A tool's result holds text only; the rest follows as the user's.");
      moved.push({ type: "text", text: `[${block.type} of tool call ${id}]` });
      for (const part of writeParts([block], writing)) moved.push(part);
    }
    if (isError === true) writing.losses.converted(pathOf(path, "is_error"), "Chat Completions has no field for it.");
    const marked = isError === true ? [{ type: "text", text: toolError.trim() }, ...texts] : texts;
    const said = joined(texts, "\n");
    const content = typeof said === "string" ? `${isError === true ? toolError : ""}${said}` : marked;
    messages.push(withRest({ role: "tool", tool_call_id: id, content }, result.extra?.chat));
  }
  return moved.length === 0 ? messages : [...messages, { role: "user", content: moved }];
}
