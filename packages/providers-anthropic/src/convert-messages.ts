import type Anthropic from "@anthropic-ai/sdk";
import type { ChatMessage, ToolCall } from "@modelyard/core";
import { type CustomToolCall, isJsonObject, type MaybePromise, nextTurn } from "@modelyard/core/kit";
import { type Block, cacheControl, contentBlocks, onlyTexts, textBlocks } from "./convert-content.js";
import { decodeLong, type LongText } from "./decode-text.js";
import { cannotSend, invalidRequest } from "./refuse.js";
import { ToolIds } from "./tool-ids.js";
import { ToolInputs } from "./tool-inputs.js";

export interface ConvertedMessages {
  readonly system: Anthropic.TextBlockParam[] | undefined;
  readonly messages: Turn[];
  /** Names of the tools that were called earlier. */
  readonly calledTools: ReadonlySet<string>;
  /** Whether the last tool calls came without the thinking that led to them. */
  readonly thinkingIsLost: boolean;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Block[];
}

/** Source: Anthropic, Messages API reference, "There is a limit of 100,000 messages in a single request". */
const mostMessages = 100_000;

/** The most tool calls in one message, which are converted in one turn. OpenAI accepts 128 tools. */
const mostCalls = 5_000;

/** Appends one by one, since a caller's list may be too long to be spread over arguments. */
function append<Item>(list: Item[], items: readonly Item[]): void {
  for (const item of items) list.push(item);
}

/** A conversation must begin with the user. If it does not, this is added. */
const opening: Turn = { role: "user", content: [{ type: "text", text: "Begin." }] };

/** What is kept of the tool calls of a conversation while it is converted. */
interface CallState {
  readonly ids: ToolIds;
  readonly inputs: ToolInputs;
}

function toolUse(call: ToolCall | CustomToolCall, { ids, inputs }: CallState): Anthropic.ToolUseBlockParam {
  const named: unknown = call.function;
  if (!isJsonObject(named) || typeof named["name"] !== "string")
    throw cannotSend("messages", "A tool call has no function name.");
  const id = ids.ofCall(call.id);
  const block: Anthropic.ToolUseBlockParam = {
    type: "tool_use",
    id,
    name: named["name"],
    input: {},
    ...cacheControl(call),
  };
  inputs.add(block, call.id, named["arguments"]);
  return block;
}

/** Thinking from earlier answers, which Anthropic expects back unchanged, including the signature. */
function thinkingBlocks(message: ChatMessage): Block[] {
  const blocks: unknown = message["thinking_blocks"];
  if (!Array.isArray(blocks)) return [];
  return (blocks as readonly unknown[]).filter(
    (block) => isJsonObject(block) && (block["type"] === "thinking" || block["type"] === "redacted_thinking"),
  ) as Block[];
}

function assistantBlocks(message: ChatMessage, state: CallState): Block[] {
  const calls = message.tool_calls ?? [];
  if (calls.length > mostCalls)
    throw invalidRequest("messages", `A message has more than ${String(mostCalls)} tool calls. Send fewer.`);
  const blocks = onlyTexts(message.content, "An assistant message");
  const texts = blocks.length > 0 ? blocks : textBlocks(message["refusal"]);
  return [...thinkingBlocks(message), ...texts, ...calls.map((call) => toolUse(call, state))];
}

function toolResult(message: ChatMessage, ids: ToolIds, later: LongText[]): Block {
  const content = contentBlocks(message.content, later) as Extract<
    Anthropic.ToolResultBlockParam["content"],
    unknown[]
  >;
  return {
    type: "tool_result",
    tool_use_id: ids.ofResult(message.tool_call_id),
    ...(content.length === 0 ? {} : { content }),
    ...(message["is_error"] === true ? { is_error: true } : {}),
    ...cacheControl(message),
  };
}

function turnOf(message: ChatMessage, state: CallState, later: LongText[]): Turn {
  switch (message.role) {
    case "assistant":
      return { role: "assistant", content: assistantBlocks(message, state) };
    case "tool":
      return { role: "user", content: [toolResult(message, state.ids, later)] };
    case "user":
      return { role: "user", content: marked(contentBlocks(message.content, later), message) };
    default: {
      const role: unknown = message.role;
      throw cannotSend("messages", `Anthropic does not support messages of the role ${String(role).slice(0, 60)}.`);
    }
  }
}

/** Moves the `cache_control` of a whole message to its last block. */
function marked<Kind extends Block>(blocks: Kind[], message: ChatMessage): Kind[] {
  const last = blocks.at(-1);
  if (last === undefined || message["cache_control"] == null) return blocks;
  return [...blocks.slice(0, -1), { ...last, ...cacheControl(message) }];
}

/** Moves tool results to the beginning of a turn, since Anthropic expects them directly after their calls. */
function resultsFirst(turn: Turn): Turn {
  const { role, content } = turn;
  if (role === "assistant" || !content.some((block) => block.type === "tool_result")) return turn;
  const results = content.filter((block) => block.type === "tool_result");
  return { role, content: [...results, ...content.filter((block) => block.type !== "tool_result")] };
}

/** Removes whitespace at the end of an answer's beginning, which Anthropic refuses. */
function trimPrefill(turns: Turn[]): void {
  const turn = turns.at(-1);
  const last = turn?.content.at(-1);
  if (turn?.role === "assistant" && last?.type === "text")
    turn.content[turn.content.length - 1] = { ...last, text: last.text.trimEnd() };
}

function isThinking(block: Block): boolean {
  return block.type === "thinking" || block.type === "redacted_thinking";
}

/** How many messages, parts and tool calls are converted before the event loop may turn. Each takes 1 to 2 µs. */
const convertedATurn = 1_500;

/** The work for a message's parts and calls, in the same unit. */
function workOf({ content, tool_calls: calls }: ChatMessage): number {
  return (Array.isArray(content) ? content.length : 0) + (Array.isArray(calls) ? calls.length : 0);
}

const none: ReadonlySet<string> = new Set();

/** One conversation being converted, message by message. */
class Conversion {
  readonly #source: readonly ChatMessage[];
  readonly #system: Anthropic.TextBlockParam[] = [];
  readonly #turns: Turn[] = [];
  readonly #calls: CallState = { ids: new ToolIds(), inputs: new ToolInputs() };
  #calledTools: Set<string> | undefined;
  readonly #longTexts: LongText[] = [];
  #lastCalling: Turn | undefined = undefined;
  #next = 0;

  constructor(source: readonly ChatMessage[]) {
    this.#source = source;
  }

  run(): MaybePromise<ConvertedMessages> {
    this.#convertSome();
    const isOver = this.#next === this.#source.length && this.#longTexts.length === 0 && !this.#calls.inputs.isWaiting;
    return isOver ? this.#end() : this.#later();
  }

  async #later(): Promise<ConvertedMessages> {
    while (this.#next < this.#source.length) {
      await nextTurn();
      this.#convertSome();
    }
    await this.#calls.inputs.parseRest();
    for (const text of this.#longTexts) await decodeLong(text);
    await nextTurn();
    return this.#end();
  }

  #convertSome(): void {
    for (let left = convertedATurn; left > 0 && this.#next < this.#source.length; left -= 1) {
      const message = this.#source[this.#next] as ChatMessage;
      this.#next += 1;
      if (!isJsonObject(message)) throw invalidRequest("messages", "A message is not an object.");
      this.#add(message);
      left -= workOf(message);
    }
  }

  #add(message: ChatMessage): void {
    if (message.role === "system" || message.role === "developer") {
      append(this.#system, marked(onlyTexts(message.content, `A ${message.role} message`), message));
      return;
    }
    const turn = turnOf(message, this.#calls, this.#longTexts);
    if (turn.content.length === 0) return;
    let last = this.#turns.at(-1);
    if (last?.role === turn.role) append(last.content, turn.content);
    else {
      last = turn;
      this.#turns.push(turn);
    }
    if (turn.role === "user") return;
    for (const block of turn.content) {
      if (block.type !== "tool_use") continue;
      (this.#calledTools ??= new Set()).add(block.name);
      this.#lastCalling = last;
    }
  }

  #end(): ConvertedMessages {
    const turns = this.#turns;
    if (turns.length === 0 && this.#system.length === 0)
      throw invalidRequest("messages", "messages must contain at least one message with content.");
    if (turns[0]?.role !== "user") turns.unshift(opening);
    trimPrefill(turns);
    return {
      system: this.#system.length === 0 ? undefined : this.#system,
      messages: turns.map(resultsFirst),
      calledTools: this.#calledTools ?? none,
      thinkingIsLost: this.#lastCalling !== undefined && !this.#lastCalling.content.some(isThinking),
    };
  }
}

/**
 * Converts OpenAI's messages into Anthropic's: system and developer messages are separated, successive messages of one side
 * become one, tool results become part of the user's message, and empty ones are removed. `name` has no equivalent and is
 * omitted. Long conversations are converted in several turns of the event loop.
 * @throws (or rejects with) `invalid_request` for messages that are wrong, `unsupported_params` for those that Anthropic does
 * not accept
 */
export function convertMessages(source: readonly ChatMessage[]): MaybePromise<ConvertedMessages> {
  if (!Array.isArray(source)) throw invalidRequest("messages", "messages must be a list.");
  if (source.length > mostMessages)
    throw cannotSend("messages", `Anthropic accepts at most ${String(mostMessages)} messages in one request.`);
  return new Conversion(source as readonly ChatMessage[]).run();
}
