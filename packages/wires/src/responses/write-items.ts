import { createError, sha256Hex } from "@modelyard/core/kit";
import { toolError } from "../chat/write-messages.js";
import { defaultName, searchText, urlOf, writeMark } from "../chat/write-parts.js";
import { given, malformed, parseJson, pathOf, withRest } from "../fields.js";
import type { Block, DocumentBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { CacheMark } from "../hub/common.js";
import type { HubRequest, Instruction, Turn } from "../hub/request.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { refuseLostTurn } from "../lost-turn.js";
import { kindOf } from "../kind-of.js";
import type { LossList } from "../losses.js";
import { canRead } from "../target.js";
import type { ToolNames } from "../tool-names.js";
import type { ResponsesTarget } from "./target.js";

export interface ItemWriting {
  readonly target: ResponsesTarget;
  readonly losses: LossList;
  readonly marks: ReadonlySet<CacheMark>;
  readonly names: ToolNames;
  /** Whether the request comes from the wire itself, so that what the vendor stores can be read. */
  readonly own: boolean;
  /** Whether uploads can be read: they come from one of OpenAI's wires. */
  readonly ownFiles: boolean;
}

/** Longest id of a call. */
const longestId = 64;

export function writeTurns(request: HubRequest, writing: ItemWriting): readonly JsonObject[] {
  const calls = new Map<string, ToolCallBlock>();
  return request.turns.flatMap((turn) => {
    for (const block of turn.blocks) {
      if (block.type === "tool_call") calls.set(block.id, block);
      else if (block.type === "tool_result" && !writing.own && !calls.has(block.id))
        malformed(
          block.path ?? turn.path,
          `is the result of the call "${block.id}", but no earlier turn makes that call. Send the call as well, or omit the result.`,
        );
    }
    const items = turn.role === "assistant" ? writeAssistant(turn, writing) : writeInput(turn, writing, calls);
    refuseLostTurn(request.turns, turn, items.length > 0, writing.losses);
    return items;
  });
}

export function writeInstructionMessage(texts: readonly Instruction[], writing: ItemWriting): JsonObject {
  const [first] = texts as readonly [Instruction];
  const content = texts.map((part) => ({ type: "input_text", text: part.text, ...writeMark(part, writing) }));
  return { type: "message", role: first.place === "field" ? "developer" : first.role, content };
}

/** Results and messages of the user, in order. */
function writeInput(
  turn: Turn,
  writing: ItemWriting,
  calls: ReadonlyMap<string, ToolCallBlock>,
): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let said: Block[] = [];
  const flush = (): void => {
    const content = writeParts(said, writing);
    if (content.length > 0) items.push(withRest({ type: "message", role: turn.role, content }, turn.extra?.responses));
    said = [];
  };
  if (turn.name !== undefined) writing.losses.dropped(pathOf(turn.path, "name"), "Responses has no such field.");
  for (const block of turn.blocks) {
    if (block.type !== "tool_result") said.push(block);
    else {
      flush();
      items.push(writeResult(block, calls.get(block.id), writing));
    }
  }
  flush();
  return items;
}

function writeResult(result: ToolResultBlock, call: ToolCallBlock | undefined, writing: ItemWriting): JsonObject {
  const { id, blocks, isError, of, path = "input", extra, found } = result;
  if (found !== undefined) return found;
  const custom = of === "custom" || call?.input.kind === "text";
  // The reader of this wire finds the mark again.
  if (isError === true && !writing.own)
    writing.losses.converted(pathOf(path, "is_error"), "Responses has no field for it.");
  const parts = writeParts(blocks, writing);
  const plain = parts.every((part) => part["type"] === "input_text" && Object.keys(part).length === 2);
  const text = plain ? parts.map((part) => String(part["text"])).join("\n") : undefined;
  const mark = isError === true ? toolError : "";
  const marked = isError === true ? [{ type: "input_text", text: mark.trim() }, ...parts] : parts;
  const written = {
    type: custom ? "custom_tool_call_output" : "function_call_output",
    call_id: shortId(id),
    output: text === undefined ? marked : mark + text,
  };
  return withRest(written, extra?.responses);
}

/** The vendor refuses longer ids; the same id is always shortened alike. */
function shortId(id: string): string {
  return id.length <= longestId ? id : `call_${sha256Hex(id).slice(0, 22)}`;
}

/** Items in the order of the blocks. Texts that follow each other are one message. */
function writeAssistant(turn: Turn, writing: ItemWriting): readonly JsonObject[] {
  const items: JsonObject[] = [];
  const thoughts: ReasoningBlock[] = [];
  let said: Block[] = [];
  const flush = (): void => {
    const content = said.flatMap((block) => writeOutputPart(block, writing));
    const { phase, extra } = said[0]?.item ?? {};
    if (content.length > 0)
      items.push(withRest({ type: "message", role: "assistant", content, ...given({ phase }) }, extra?.responses));
    said = [];
  };
  for (const block of turn.blocks) {
    if (block.type === "text" || block.type === "refusal") {
      if (said.length > 0 && said[0]?.item?.id !== block.item?.id) flush();
      said.push(block);
      continue;
    }
    flush();
    const item = writeItem(block, writing);
    if (item !== undefined) items.push(item);
    if (item !== undefined && block.type === "reasoning") thoughts.push(block);
  }
  flush();
  while (!writing.own && items.at(-1)?.["type"] === "reasoning") {
    items.pop();
    writing.losses.dropped(
      thoughts.pop()?.path ?? turn.path,
      "Responses does not accept reasoning that nothing follows.",
    );
  }
  return items;
}

function writeOutputPart(block: Block, { losses }: ItemWriting): readonly JsonObject[] {
  if (block.type === "refusal") return [{ type: "refusal", refusal: block.text }];
  if (block.type !== "text" || block.text === "") return [];
  const annotations = (block.citations ?? []).flatMap(({ raw }) => (raw?.wire === "responses" ? [raw.value] : []));
  if (annotations.length < (block.citations?.length ?? 0))
    losses.dropped(pathOf(block.path ?? "", "citations"), "Responses only accepts citations that Responses wrote.");
  return [withRest({ type: "output_text", text: block.text, annotations }, block.extra?.responses)];
}

function writeItem(block: Block, writing: ItemWriting): JsonObject | undefined {
  const { losses, own, target } = writing;
  const path = block.path ?? "input";
  switch (block.type) {
    case "reasoning":
      return writeReasoning(block, path, writing);
    case "tool_call":
      return writeCall(block, writing);
    case "reference":
      if (own) return { type: "item_reference", id: block.id };
      break;
    case "compaction":
      if (block.opaque !== undefined && canRead(target, block.opaque.madeBy, "responses"))
        return withRest({ type: "compaction", encrypted_content: block.opaque.data }, block.extra?.responses);
      if (block.text !== undefined) return messageOf(block.text);
      break;
    case "server_tool":
    case "other":
      if (block.wire === "responses") return block.value;
      if (block.type === "server_tool") break;
      losses.refused(path, `Responses does not support ${kindOf(block.value)}.`);
      return undefined;
    case "audio":
      if (block.transcript !== undefined) return messageOf(block.transcript);
      break;
    default:
      break;
  }
  losses.dropped(path, "Responses does not know this block.");
  return undefined;
}

function messageOf(text: string): JsonObject {
  return { type: "message", role: "assistant", content: [{ type: "output_text", text, annotations: [] }] };
}

/** Thoughts go back to the vendor that had them, in encrypted form. */
function writeReasoning(block: ReasoningBlock, path: string, { target, losses }: ItemWriting): JsonObject | undefined {
  const { opaque, summary, text, item } = block;
  if (opaque === undefined || !target.reasoning || !canRead(target, opaque.madeBy, "responses")) {
    losses.dropped(path, "Another model wrote this reasoning, and this one does not accept it.");
    return undefined;
  }
  const id = item?.id?.startsWith("rs_") === true ? item.id : undefined;
  const parts = summary ?? (text === undefined ? [] : [text]);
  const written = {
    type: "reasoning",
    ...given({ id }),
    summary: parts.map((part) => ({ type: "summary_text", text: part })),
    encrypted_content: opaque.data,
  };
  return withRest(written, block.extra?.responses);
}

function writeCall(call: ToolCallBlock, { own, names }: ItemWriting): JsonObject {
  const { id, namespace, input, extra, search } = call;
  if (search === true) return withRest(searchCall(shortId(id), input.text), extra?.responses);
  const name = own ? call.name : names.written(call.name, undefined);
  const head = { call_id: shortId(id), name, ...given({ namespace }) };
  const written =
    input.kind === "text"
      ? { type: "custom_tool_call", ...head, input: input.text }
      : { type: "function_call", ...head, arguments: input.text || "{}" };
  return withRest(written, extra?.responses);
}

/** @throws `invalid_response` if the arguments are not an object */
export function searchCall(id: string, text: string): JsonObject {
  const object = parseJson(text || "{}");
  if (!isJsonObject(object)) throw createError({ kind: "invalid_response", message: brokenSearch });
  return { type: "tool_search_call", call_id: id, execution: "client", arguments: object };
}

const brokenSearch = "The model searched for tools with arguments that are not a JSON object.";

/** Parts of a user's message or a tool's result. */
function writeParts(blocks: readonly Block[], writing: ItemWriting): readonly JsonObject[] {
  return blocks.flatMap((block) => {
    const parts = bareParts(block, writing);
    const last = parts.at(-1);
    if (last === undefined) return [];
    return [...parts.slice(0, -1), { ...withRest(last, block.extra?.responses), ...writeMark(block, writing) }];
  });
}

function bareParts(block: Block, writing: ItemWriting): readonly JsonObject[] {
  const { losses, own, ownFiles } = writing;
  const path = block.path ?? "input";
  switch (block.type) {
    case "text":
    case "refusal":
      return [{ type: "input_text", text: block.text }];
    case "image": {
      const { source, detail = "auto" } = block;
      const url = urlOf(source);
      if (url !== undefined) return [{ type: "input_image", detail, image_url: url }];
      if (source.kind === "file" && ownFiles) return [{ type: "input_image", detail, file_id: source.id }];
      losses.refused(path, "The file was uploaded to another vendor.");
      return [];
    }
    case "document":
      return writeDocument(block, path, writing);
    case "search_result":
      losses.converted(path, "Search results are text in Responses.");
      return [{ type: "input_text", text: searchText(block) }];
    case "audio":
      losses.refused(path, "Responses does not accept audio in this place.");
      return [];
    case "other":
      if (block.wire === "responses" && own) return [block.value];
      losses.refused(path, `Responses does not support ${kindOf(block.value)}.`);
      return [];
    default:
      break;
  }
  losses.dropped(path, "Responses has no place for this block here.");
  return [];
}

function writeDocument(block: DocumentBlock, path: string, writing: ItemWriting): readonly JsonObject[] {
  const { losses, ownFiles } = writing;
  const { source, title, context, filename = title, citations } = block;
  if (citations === true)
    losses.refused(pathOf(path, "citations"), "Responses does not cite documents of the request.");
  switch (source.kind) {
    case "base64":
      return [{ type: "input_file", filename: filename ?? defaultName(source.mediaType), file_data: urlOf(source) }];
    case "url":
      return [{ type: "input_file", file_url: source.url }];
    case "file":
      if (ownFiles) return [{ type: "input_file", file_id: source.id }];
      losses.refused(path, "The file was uploaded to another vendor.");
      return [];
    default: {
      losses.converted(path, "Documents of text are text in Responses.");
      const head = [title, context].filter((text) => text !== undefined).join("\n");
      const inner =
        source.kind === "text" ? [{ type: "input_text", text: source.text }] : writeParts(source.blocks, writing);
      return head === "" ? inner : [{ type: "input_text", text: head }, ...inner];
    }
  }
}
