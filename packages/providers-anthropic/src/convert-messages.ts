import type Anthropic from "@anthropic-ai/sdk";
import { type ChatMessage, checkJsonShape, type CustomToolCall, isJsonObject, type ToolCall } from "@modelyard/core";
import { type Block, cacheControl, contentBlocks, onlyTexts, textBlocks } from "./convert-content.js";
import { badRequest, cannotSend } from "./refuse.js";
import { ToolIds } from "./tool-ids.js";

export interface ConvertedMessages {
  readonly system: Anthropic.TextBlockParam[] | undefined;
  readonly messages: Turn[];
  /** Names of the tools that were called before. */
  readonly calledTools: ReadonlySet<string>;
  /** Whether the last tool calls came without the thinking that led to them. */
  readonly thinkingIsLost: boolean;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Block[];
}

/** Arguments up to so many characters are parsed as they are, whatever they hold. */
const shortInput = 4_096;
const encoder = /* @__PURE__ */ new TextEncoder();

/** Source: Anthropic, Messages API reference, "There is a limit of 100,000 messages in a single request". */
const mostMessages = 100_000;

/** One by one: a list of callers' is too long to be spread over arguments. */
function append<Item>(list: Item[], items: readonly Item[]): void {
  for (const item of items) list.push(item);
}

/** A conversation must begin with the user; where it does not, the user says this. */
const opening: Turn = { role: "user", content: [{ type: "text", text: "Begin." }] };

function inputOf(id: string, text: unknown): unknown {
  if (typeof text !== "string" || text.trim() === "") return {};
  if (text.length > shortInput)
    checkJsonShape(encoder.encode(text), `The argument of the tool call ${id.slice(0, 100)}`);
  try {
    const input: unknown = JSON.parse(text);
    if (isJsonObject(input)) return input;
  } catch {
    // Told below, with what is JSON but no object.
  }
  throw badRequest(
    "messages",
    `The arguments of the tool call ${id.slice(0, 100)} are not a JSON object. Correct them, or omit the call and its result.`,
  );
}

function toolUse(call: ToolCall | CustomToolCall, ids: ToolIds): Anthropic.ToolUseBlockParam {
  const named: unknown = call.function;
  if (!isJsonObject(named) || typeof named["name"] !== "string")
    throw badRequest("messages", "A tool call has no function name.");
  const id = ids.ofCall(call.id);
  return {
    type: "tool_use",
    id,
    name: named["name"],
    input: inputOf(call.id, named["arguments"]),
    ...cacheControl(call),
  };
}

/** Thinking that Anthropic sent before must come back as it was, signature and all. */
function thinkingBlocks(message: ChatMessage): Block[] {
  const blocks: unknown = message["thinking_blocks"];
  if (!Array.isArray(blocks)) return [];
  return (blocks as readonly unknown[]).filter(
    (block) => isJsonObject(block) && (block["type"] === "thinking" || block["type"] === "redacted_thinking"),
  ) as Block[];
}

function assistantBlocks(message: ChatMessage, ids: ToolIds): Block[] {
  const said = onlyTexts(message.content, "An assistant message");
  const texts = said.length > 0 ? said : textBlocks(message["refusal"]);
  return [...thinkingBlocks(message), ...texts, ...(message.tool_calls ?? []).map((call) => toolUse(call, ids))];
}

function toolResult(message: ChatMessage, ids: ToolIds): Block {
  const content = contentBlocks(message.content) as Extract<Anthropic.ToolResultBlockParam["content"], unknown[]>;
  return {
    type: "tool_result",
    tool_use_id: ids.ofResult(message.tool_call_id),
    ...(content.length === 0 ? {} : { content }),
    ...(message["is_error"] === true ? { is_error: true } : {}),
    ...cacheControl(message),
  };
}

function turnOf(message: ChatMessage, ids: ToolIds): Turn {
  switch (message.role) {
    case "assistant":
      return { role: "assistant", content: assistantBlocks(message, ids) };
    case "tool":
      return { role: "user", content: [toolResult(message, ids)] };
    case "user":
      return { role: "user", content: marked(contentBlocks(message.content), message) };
    default: {
      const role: unknown = message.role;
      throw cannotSend("messages", `Anthropic does not support messages of the role ${String(role).slice(0, 60)}.`);
    }
  }
}

/** A `cache_control` of the whole message belongs to its last block. */
function marked<Kind extends Block>(blocks: Kind[], message: ChatMessage): Kind[] {
  const last = blocks.at(-1);
  if (last === undefined || message["cache_control"] == null) return blocks;
  return [...blocks.slice(0, -1), { ...last, ...cacheControl(message) }];
}

/** Results come first in a turn: Anthropic wants them right behind their calls. */
function resultsFirst({ role, content }: Turn): Turn {
  if (role === "assistant" || !content.some((block) => block.type === "tool_result")) return { role, content };
  const results = content.filter((block) => block.type === "tool_result");
  return { role, content: [...results, ...content.filter((block) => block.type !== "tool_result")] };
}

/** Anthropic refuses an answer's beginning that ends in white space. */
function trimPrefill(turns: Turn[]): void {
  const turn = turns.at(-1);
  const last = turn?.content.at(-1);
  if (turn?.role === "assistant" && last?.type === "text")
    turn.content[turn.content.length - 1] = { ...last, text: last.text.trimEnd() };
}

function isThinking(block: Block): boolean {
  return block.type === "thinking" || block.type === "redacted_thinking";
}

/**
 * OpenAI's messages as Anthropic's: system and developer messages apart, turns of one side after the other in one,
 * tool results in the user's turn, nothing empty. `name` has no equivalent and is left out.
 * @throws `bad_request` for what Anthropic cannot be sent
 */
export function convertMessages(source: readonly ChatMessage[]): ConvertedMessages {
  if (!Array.isArray(source)) throw badRequest("messages", "messages must be a list.");
  if (source.length > mostMessages)
    throw cannotSend("messages", `Anthropic accepts at most ${String(mostMessages)} messages in one request.`);
  const system: Anthropic.TextBlockParam[] = [];
  const turns: Turn[] = [];
  const ids = new ToolIds();
  for (const message of source as readonly ChatMessage[]) {
    if (!isJsonObject(message)) throw badRequest("messages", "A message is not an object.");
    if (message.role === "system" || message.role === "developer") {
      append(system, marked(onlyTexts(message.content, `A ${message.role} message`), message));
      continue;
    }
    const turn = turnOf(message, ids);
    if (turn.content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === turn.role) append(last.content, turn.content);
    else turns.push(turn);
  }
  if (turns.length === 0 && system.length === 0)
    throw badRequest("messages", "messages must contain at least one message with content.");
  if (turns[0]?.role !== "user") turns.unshift(opening);
  trimPrefill(turns);
  const calls = turns.flatMap(({ content }) => content.filter((block) => block.type === "tool_use"));
  const lastCalling = turns.findLast(({ content }) => content.some((block) => block.type === "tool_use"));
  return {
    system: system.length === 0 ? undefined : system,
    messages: turns.map(resultsFirst),
    calledTools: new Set(calls.map((call) => call.name)),
    thinkingIsLost: lastCalling !== undefined && !lastCalling.content.some(isThinking),
  };
}
