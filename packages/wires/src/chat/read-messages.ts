import { sha256Hex } from "@modelyard/core/kit";
import { Fields, given, malformed, pathOf } from "../fields.js";
import type { Block, TextBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { Instruction, Turn } from "../hub/request.js";
import { chatExtra, readContent } from "./read-content.js";
import { readThoughts } from "./read-thoughts.js";

export interface Conversation {
  readonly instructions: readonly Instruction[];
  readonly turns: readonly Turn[];
}

type Role = "assistant" | "developer" | "function" | "system" | "tool" | "user";
const roles: ReadonlySet<string> = new Set<Role>(["assistant", "developer", "function", "system", "tool", "user"]);

/** Messages before the first turn are instructions; a run of tool messages is one turn of the user. */
export function readMessages(messages: readonly unknown[], path: string): Conversation {
  const instructions: Instruction[] = [];
  const turns: Turn[] = [];
  /** Calls that have no result yet, by id. */
  const calls = new Map<string, ToolCallBlock>();
  let results: ToolResultBlock[] | undefined;
  for (const [index, entry] of messages.entries()) {
    const message = new Fields(entry, pathOf(path, index));
    const role = readRole(message);
    if (role === "tool" || role === "function") {
      const result = readResult(message, role, calls);
      if (results === undefined) turns.push({ role: "user", blocks: (results = []), path: message.path });
      results.push(result);
      continue;
    }
    results = undefined;
    const head = (role === "system" || role === "developer") && turns.length === 0;
    const texts = head ? readInstructions(message, role) : undefined;
    if (texts === undefined) turns.push(readTurn(message, role, calls));
    else for (const text of texts) instructions.push(text);
  }
  return { instructions, turns };
}

function readRole(message: Fields): Role {
  const role = message.neededText("role");
  if (!roles.has(role)) malformed(message.at("role"), `must be one of ${[...roles].join(", ")}, not "${role}".`);
  return role as Role;
}

/** `undefined`: it holds more than text. */
function readInstructions(message: Fields, role: "developer" | "system"): readonly Instruction[] | undefined {
  const blocks = readContent(message.any("content"), message.at("content"));
  if (!blocks.every((block) => block.type === "text")) return undefined;
  const name = message.text("name");
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

function readTurn(message: Fields, role: Exclude<Role, "function" | "tool">, calls: Calls): Turn {
  const content = readContent(message.any("content"), message.at("content"));
  const blocks = role === "assistant" ? [...readThoughts(message), ...content, ...readSaid(message, calls)] : content;
  return {
    role,
    blocks,
    path: message.path,
    ...given({ name: message.text("name"), extra: chatExtra(message.rest()) }),
  };
}

/** Calls by id, with those of the turn at hand last. */
type Calls = Map<string, ToolCallBlock>;

/** What an assistant message has beside its content. */
function readSaid(message: Fields, open: Calls): readonly Block[] {
  const blocks: Block[] = [];
  const refusal = message.text("refusal");
  if (refusal !== undefined) blocks.push({ type: "refusal", text: refusal, path: message.at("refusal") });
  const audio = message.in("audio");
  if (audio !== undefined) blocks.push({ type: "audio", path: audio.path, ...given({ id: audio.text("id") }) });
  open.clear();
  const calls = message.each("tool_calls").map(readCall);
  const old = message.in("function_call");
  if (old !== undefined) calls.push(readOldCall(old));
  for (const call of calls) open.set(call.id, call);
  return [...blocks, ...calls];
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
  return {
    type: "tool_call",
    id,
    name: called.neededText("name"),
    input,
    path: call.path,
    ...given({ extra: chatExtra(call.rest()) }),
  };
}

/** The call of a function as it was before tools existed: it has no id, so one is made of what it says. */
function readOldCall(call: Fields): ToolCallBlock {
  const name = call.neededText("name");
  const text = call.text("arguments") ?? "";
  const id = `call_${sha256Hex(`${call.path}\n${name}\n${text}`).slice(0, 22)}`;
  return { type: "tool_call", id, name, input: { kind: "json", text }, path: call.path };
}

function readResult(message: Fields, role: "function" | "tool", open: Calls): ToolResultBlock {
  const id = message.text("tool_call_id") ?? onlyCall(message, role, open);
  const call = open.get(id);
  const blocks = readContent(message.any("content"), message.at("content"));
  message.skip("name");
  return {
    type: "tool_result",
    id,
    blocks: blocks.map(asText),
    of: call?.input.kind === "text" ? "custom" : "function",
    path: message.path,
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
