import { toolError } from "../chat/write-messages.js";
import { openEnvelope } from "../envelope.js";
import { Fields, given, malformed, pathOf } from "../fields.js";
import type { Block, Item, ReasoningBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { Instruction, Turn } from "../hub/request.js";
import { isJsonObject } from "../json.js";
import { readParts, responsesExtra } from "./read-parts.js";

export interface ReadInput {
  readonly instructions: readonly Instruction[];
  readonly turns: readonly Turn[];
  /** Items that declare tools (Codex). */
  readonly declared: readonly Fields[];
}

/** Items of one side that follow each other are one turn; messages of the user stay apart. */
export function readInput(input: unknown, instructions: readonly Instruction[]): ReadInput {
  if (typeof input === "string") {
    const blocks: readonly Block[] = [{ type: "text", text: input, path: "input" }];
    return { instructions, turns: [{ role: "user", blocks, path: "input" }], declared: [] };
  }
  if (input === undefined) return { instructions, turns: [], declared: [] };
  if (!Array.isArray(input)) return malformed("input", "must be a string or a list of items.");
  const reader = new InputReader(instructions);
  for (const [index, entry] of input.entries()) reader.read(new Fields(entry, pathOf("input", index)));
  return reader;
}

type Side = "assistant" | "results" | "user";

class InputReader implements ReadInput {
  readonly instructions: Instruction[];
  readonly turns: Turn[] = [];
  readonly declared: Fields[] = [];
  #side: Side | undefined;
  #blocks: Block[] = [];

  constructor(instructions: readonly Instruction[]) {
    this.instructions = [...instructions];
  }

  read(item: Fields): void {
    const type = item.text("type") ?? "message";
    if (type === "additional_tools") this.declared.push(item);
    else if (type === "message") this.#message(item);
    else if (type === "function_call_output" || type === "custom_tool_call_output")
      this.#add("results", item, [readResult(item, type === "custom_tool_call_output" ? "custom" : "function")]);
    else if (type === "tool_search_output" && item.text("execution") === "client") {
      this.declared.push(item);
      this.#add("results", item, [readSearchResult(item)]);
    } else this.#add("assistant", item, [readAssistantItem(item, type)]);
  }

  #message(item: Fields): void {
    const role = item.neededText("role");
    if (item.any("content") === undefined) malformed(item.at("content"), "is required.");
    const blocks = readParts(item, "content");
    if (role === "assistant") {
      const info = itemOf(item);
      this.#add(
        "assistant",
        item,
        blocks.map((block) => ({ ...block, ...given({ item: info }) })),
      );
      return;
    }
    if (role !== "user" && role !== "system" && role !== "developer")
      malformed(item.at("role"), `must be assistant, developer, system or user, not "${role}".`);
    if (role !== "user" && this.turns.length === 0 && blocks.every((block) => block.type === "text")) {
      for (const instruction of instructionsOf(blocks, role, item.path)) this.instructions.push(instruction);
      return;
    }
    this.#side = undefined;
    item.skip("type", "id", "status");
    const extra = responsesExtra(item.rest());
    this.turns.push({ role, blocks, path: item.path, ...given({ extra }) });
  }

  #add(side: Side, item: Fields, blocks: readonly Block[]): void {
    if (this.#side !== side) {
      this.#side = side;
      this.#blocks = [];
      this.turns.push({ role: side === "assistant" ? "assistant" : "user", blocks: this.#blocks, path: item.path });
    }
    for (const block of blocks) this.#blocks.push(block);
  }
}

function instructionsOf(blocks: readonly Block[], role: "developer" | "system", path: string): readonly Instruction[] {
  return blocks.flatMap((block, index) => {
    if (block.type !== "text") return [];
    const { text, cache, extra } = block;
    return [
      {
        role,
        text,
        place: "message" as const,
        path: block.path ?? path,
        ...(index > 0 ? { continues: true } : {}),
        ...given({ cache, extra }),
      },
    ];
  });
}

/** What an item is, beside what it holds. */
export function itemOf(item: Fields): Item | undefined {
  item.skip("type", "role", "content");
  const facts = { id: item.text("id"), status: item.text("status"), phase: item.text("phase") };
  const isMessage = (item.value["type"] ?? "message") === "message";
  const known = given({ ...facts, extra: isMessage ? responsesExtra(item.rest()) : undefined });
  return Object.keys(known).length === 0 ? undefined : known;
}

/** An item of the model's side, except a message. */
export function readAssistantItem(item: Fields, type: string): Block {
  const { path } = item;
  switch (type) {
    case "reasoning":
      return readReasoning(item);
    case "function_call":
      return readCall(item, "json", item.text("arguments") ?? "");
    case "custom_tool_call":
      return readCall(item, "text", item.text("input") ?? "");
    case "tool_search_call":
      if (item.text("execution") !== "client")
        return { type: "server_tool", wire: "responses", value: item.value, path };
      return { ...readCall(item, "json", JSON.stringify(item.object("arguments") ?? {}), "tool_search"), search: true };
    case "item_reference":
      return { type: "reference", id: item.neededText("id"), path };
    case "compaction": {
      const data = item.text("encrypted_content");
      const opaque = data === undefined ? undefined : { data, madeBy: { wire: "responses" as const } };
      return { type: "compaction", path, ...given({ opaque, item: itemOf(item), extra: responsesExtra(item.rest()) }) };
    }
    default: {
      const server = /_(?:call|output|list_tools)$/u.test(type);
      return { type: server ? "server_tool" : "other", wire: "responses", value: item.value, path };
    }
  }
}

function readCall(item: Fields, kind: "json" | "text", text: string, called?: string): ToolCallBlock {
  return {
    type: "tool_call",
    id: item.neededText("call_id"),
    name: called ?? item.neededText("name"),
    input: { kind, text },
    path: item.path,
    ...given({ namespace: item.text("namespace"), item: itemOf(item), extra: responsesExtra(item.rest()) }),
  };
}

export function readReasoning(item: Fields): ReasoningBlock {
  const data = item.text("encrypted_content");
  const sealed = data === undefined ? undefined : openEnvelope(data);
  const own = data === undefined ? undefined : { data, madeBy: { wire: "responses" as const } };
  const summary = textsOf(item.list("summary"));
  const content = textsOf(item.list("content"));
  return {
    type: "reasoning",
    path: item.path,
    ...given({
      item: itemOf(item),
      summary: summary.length === 0 ? undefined : summary,
      text: content.length === 0 ? undefined : content.join("\n\n"),
      opaque: sealed?.opaque ?? own,
      redacted: sealed?.kind === "red" ? true : undefined,
      extra: responsesExtra(item.rest()),
    }),
  };
}

function textsOf(parts: readonly unknown[] | undefined): readonly string[] {
  return (parts ?? []).flatMap((part) =>
    isJsonObject(part) && typeof part["text"] === "string" ? [part["text"]] : [],
  );
}

/** Elsewhere, the model reads the names of the tools that it can call now. */
function readSearchResult(item: Fields): ToolResultBlock {
  const names = item.each("tools").map((tool) => tool.text("name") ?? tool.text("type") ?? "");
  const text = names.length === 0 ? "No tools were found." : `These tools can be called now: ${names.join(", ")}`;
  const blocks: readonly Block[] = [{ type: "text", text, path: item.path }];
  return {
    type: "tool_result",
    id: item.neededText("call_id"),
    blocks,
    of: "function",
    path: item.path,
    found: item.value,
  };
}

function readResult(item: Fields, of: "custom" | "function"): ToolResultBlock {
  const id = item.neededText("call_id");
  const { blocks, isError } = withoutErrorMark(readParts(item, "output"));
  item.skip("type", "id", "status");
  const known = given({ isError, extra: responsesExtra(item.rest()) });
  return { type: "tool_result", id, blocks, of, path: item.path, ...known };
}

/** Responses has no field for the failure of a tool, so the text says it, as it is written here. */
function withoutErrorMark(blocks: readonly Block[]): { readonly blocks: readonly Block[]; readonly isError?: true } {
  const [first, ...others] = blocks;
  if (first?.type !== "text" || !first.text.startsWith(toolError.trim())) return { blocks };
  if (first.text === toolError.trim()) return { blocks: others, isError: true };
  if (!first.text.startsWith(toolError)) return { blocks };
  return { blocks: [{ ...first, text: first.text.slice(toolError.length) }, ...others], isError: true };
}
