import { sha256Hex, type Steps } from "@modelyard/core/kit";
import { Fields, given, malformed, pathOf } from "../fields.js";
import { isJsonObject } from "../json.js";
import type { Block, TextBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { CacheMark } from "../hub/common.js";
import type { Instruction, Turn } from "../hub/request.js";
import { chatExtra, contentSteps, readCacheMark, readContent } from "./read-content.js";
import { readThoughts } from "./read-thoughts.js";

export interface Conversation {
  readonly instructions: readonly Instruction[];
  readonly turns: readonly Turn[];
}

type Role = "assistant" | "developer" | "function" | "system" | "tool" | "user";
const roles: ReadonlySet<string> = new Set<Role>(["assistant", "developer", "function", "system", "tool", "user"]);

/** How many messages, parts and calls are read before the event loop may turn. Each takes 1 to 3 µs. */
const readATurn = 1_000;

/** Messages before the first turn are instructions; a run of tool messages is one turn of the user. */
export function* readMessages(messages: readonly unknown[], path: string): Steps<Conversation> {
  const reading = new Reading();
  let left = readATurn;
  for (let index = 0; index < messages.length; index += 1) {
    const message = new Fields(messages[index], pathOf(path, index));
    const content = message.any("content");
    const isLong = Array.isArray(content) && content.length > readATurn;
    const at = message.at("content");
    reading.add(message, isLong ? yield* contentSteps(content, at, readATurn) : readContent(content, at));
    left -= sizeOf(message.value);
    if (left > 0) continue;
    yield;
    left = readATurn;
  }
  return reading;
}

/** The same for a short conversation. `undefined`: it is long. */
export function readShort(messages: readonly unknown[], path: string): Conversation | undefined {
  let left = readATurn;
  for (let index = 0; index < messages.length && left >= 0; index += 1) left -= sizeOf(messages[index]);
  if (left < 0) return undefined;
  const reading = new Reading();
  for (let index = 0; index < messages.length; index += 1) {
    const message = new Fields(messages[index], pathOf(path, index));
    reading.add(message, readContent(message.any("content"), message.at("content")));
  }
  return reading;
}

/** What it takes to read a message, in messages, parts and calls. */
function sizeOf(message: unknown): number {
  return isJsonObject(message) ? 1 + countOf(message["content"]) + countOf(message["tool_calls"]) : 1;
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** A conversation of which more and more is known. */
class Reading implements Conversation {
  readonly instructions: Instruction[] = [];
  readonly turns: Turn[] = [];
  /** Calls that have no result yet, by id. */
  #calls: Calls | undefined;
  #results: ToolResultBlock[] | undefined;

  add(message: Fields, content: readonly Block[]): void {
    const role = readRole(message);
    if (role === "assistant") this.#calls ??= new Map();
    const calls = this.#calls ?? noCalls;
    if (role === "tool" || role === "function") {
      const result = readResult(message, role, content, calls);
      if (this.#results === undefined)
        this.turns.push({ role: "user", blocks: (this.#results = []), path: message.path });
      this.#results.push(result);
      return;
    }
    this.#results = undefined;
    const head = (role === "system" || role === "developer") && this.turns.length === 0;
    const texts = head ? readInstructions(message, role, content) : undefined;
    if (texts === undefined) this.turns.push(readTurn(message, role, content, calls));
    else for (const text of texts) this.instructions.push(text);
  }
}

function readRole(message: Fields): Role {
  const role = message.neededText("role");
  if (!roles.has(role)) malformed(message.at("role"), `must be one of ${[...roles].join(", ")}, not "${role}".`);
  return role as Role;
}

/** `undefined`: it holds more than text. */
function readInstructions(
  message: Fields,
  role: "developer" | "system",
  content: readonly Block[],
): readonly Instruction[] | undefined {
  if (!content.every((block) => block.type === "text")) return undefined;
  const name = message.text("name");
  const blocks = markedLast(content, readCacheMark(message));
  const extra = chatExtra(message.rest());
  return blocks.map(({ text, cache, path = message.path, extra: own }, index) => ({
    role,
    text,
    place: "message",
    path,
    ...(index > 0 ? { continues: true } : given({ name })),
    ...given({ cache, extra: own ?? (index === 0 ? extra : undefined) }),
  }));
}

function readTurn(
  message: Fields,
  role: Exclude<Role, "function" | "tool">,
  content: readonly Block[],
  calls: Calls,
): Turn {
  if (role === "user" && message.any("content") === undefined) malformed(message.at("content"), "is required.");
  const said = role === "assistant" ? withSaid(message, content, calls) : content;
  const blocks = markedLast(said, readCacheMark(message));
  const name = message.text("name");
  const extra = chatExtra(message.rest());
  const { path } = message;
  if (name === undefined && extra === undefined) return { role, blocks, path };
  return { role, blocks, path, ...given({ name, extra }) };
}

/** A mark on a whole message stands after its last block. */
function markedLast<Kind extends Block>(blocks: readonly Kind[], cache: CacheMark | undefined): readonly Kind[] {
  if (cache === undefined) return blocks;
  const last = blocks.length - 1;
  return blocks.map((block, index) => (index === last ? { ...block, cache } : block));
}

/** Calls by id, with those of the turn at hand last. */
type Calls = Map<string, ToolCallBlock>;

/** Before the first message of the assistant. */
const noCalls: Calls = new Map();

/** The most calls in one message, which are read in one turn. OpenAI takes 128 tools. */
const mostCalls = 5_000;

/** What an assistant message has beside its content: what the model thought before it, and calls after it. */
function withSaid(message: Fields, content: readonly Block[], open: Calls): readonly Block[] {
  const blocks: Block[] = [];
  const refusal = message.text("refusal");
  if (refusal !== undefined) blocks.push({ type: "refusal", text: refusal, path: message.at("refusal") });
  const audio = message.in("audio");
  if (audio !== undefined) blocks.push({ type: "audio", path: audio.path, ...given({ id: audio.text("id") }) });
  open.clear();
  message.atMost("tool_calls", mostCalls);
  const calls = message.each("tool_calls").map(readCall);
  const old = message.in("function_call");
  if (old !== undefined) calls.push(readOldCall(old));
  for (const call of calls) open.set(call.id, call);
  const thoughts = readThoughts(message);
  if (thoughts.length === 0 && blocks.length === 0 && calls.length === 0) return content;
  return [...thoughts, ...content, ...blocks, ...calls];
}

function readCall(call: Fields): ToolCallBlock {
  const id = call.neededText("id");
  const custom = call.in("custom");
  const called = custom ?? call.in("function") ?? malformed(call.at("function"), "is required.");
  call.skip("type", "index");
  const input =
    custom === undefined
      ? ({ kind: "json", text: called.text("arguments") ?? "" } as const)
      : ({ kind: "text", text: called.text("input") ?? "" } as const);
  const name = called.neededText("name");
  const cache = readCacheMark(call);
  return { type: "tool_call", id, name, input, path: call.path, ...given({ cache, extra: chatExtra(call.rest()) }) };
}

/** The call of a function as it was before tools existed: it has no id, so one is made of what it says. */
function readOldCall(call: Fields): ToolCallBlock {
  const name = call.neededText("name");
  const text = call.text("arguments") ?? "";
  const id = `call_${sha256Hex(`${call.path}\n${name}\n${text}`).slice(0, 22)}`;
  return { type: "tool_call", id, name, input: { kind: "json", text }, path: call.path };
}

function readResult(
  message: Fields,
  role: "function" | "tool",
  content: readonly Block[],
  open: Calls,
): ToolResultBlock {
  const id = message.text("tool_call_id") ?? onlyCall(message, role, open);
  const call = open.get(id);
  message.skip("name");
  const known = given({ cache: readCacheMark(message), isError: message.flag("is_error") });
  return {
    type: "tool_result",
    id,
    blocks: content.map(asText),
    of: call?.input.kind === "text" ? "custom" : "function",
    path: message.path,
    ...known,
    ...given({ extra: chatExtra(message.rest()) }),
  };
}

/** The call that a result without an id can only mean. */
function onlyCall(message: Fields, role: "function" | "tool", open: Calls): string {
  const name = message.text("name");
  const meant = [...open.values()].filter((call) => role === "tool" || name === undefined || call.name === name);
  const [call] = meant;
  if (call === undefined || meant.length > 1)
    malformed(message.at("tool_call_id"), "is required: it says which call this is the result of.");
  open.delete(call.id);
  return call.id;
}

/** What a tool refused to say is still its result. */
function asText(block: Block): Block {
  return block.type === "refusal" ? ({ ...block, type: "text" } satisfies TextBlock) : block;
}
