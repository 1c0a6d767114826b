import { openEnvelope } from "../envelope.js";
import { type Fields, given } from "../fields.js";
import type { Block, Citation, DocumentBlock, ReasoningBlock, TextBlock, ToolResultBlock } from "../hub/blocks.js";
import type { CacheMark, Extra, Source } from "../hub/common.js";
import { isJsonObject, type JsonObject } from "../json.js";

/** Content: text, or a list of blocks. */
export function readBlocks(owner: Fields, key: string): readonly Block[] {
  const content = owner.textOrEach(key);
  if (typeof content === "string") return [{ type: "text", text: content, path: owner.at(key) }];
  return (content ?? []).map(readBlock);
}

const readers: Readonly<Record<string, (block: Fields) => Block>> = {
  text: readText,
  image: (block) => ({ type: "image", source: readSource(block) }),
  document: readDocument,
  search_result: (block) => ({
    type: "search_result",
    source: block.neededText("source"),
    title: block.neededText("title"),
    blocks: readBlocks(block, "content"),
    ...given({ citations: block.in("citations")?.flag("enabled") }),
  }),
  thinking: readThinking,
  redacted_thinking: (block) => ({ ...opaqueOf(block.neededText("data")), redacted: true }),
  tool_use: (block) => ({
    type: "tool_call",
    id: block.neededText("id"),
    name: block.neededText("name"),
    input: { kind: "json", text: JSON.stringify(block.object("input") ?? {}) },
  }),
  tool_result: readResult,
  compaction: (block) => ({ type: "compaction", ...given({ text: block.text("content") }) }),
};

/** Reads one block of a request. */
export function readBlock(block: Fields): Block {
  return { ...readAnswerBlock(block), path: block.path };
}

/** Reads one block of an answer. Its path would be that of the vendor's answer, which no caller sees. */
export function readAnswerBlock(block: Fields): Block {
  const type = block.neededText("type");
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) {
    const server = type === "server_tool_use" || type.startsWith("mcp_tool_") || type.endsWith("_tool_result");
    return { type: server ? "server_tool" : "other", wire: "messages", value: block.value };
  }
  const cache = readCacheMark(block);
  const known = read(block);
  // That the model made a call itself is the usual.
  if (isJsonObject(block.value["caller"]) && block.value["caller"]["type"] === "direct") block.skip("caller");
  const extra = messagesExtra(block.rest());
  return cache === undefined && extra === undefined ? known : { ...known, ...given({ cache, extra }) };
}

export function messagesExtra(fields: JsonObject | undefined): Extra | undefined {
  return fields === undefined ? undefined : { messages: fields };
}

export function readCacheMark(fields: Fields, key = "cache_control"): CacheMark | undefined {
  const mark = fields.object(key);
  if (mark === undefined) return undefined;
  return { ...(typeof mark["ttl"] === "string" ? { ttl: mark["ttl"] } : {}), extra: { messages: mark } };
}

function readSource(block: Fields): Source {
  const source = block.in("source") ?? block.fail(block.at("source"), "is required.");
  const type = source.neededText("type");
  switch (type) {
    case "base64":
      return { kind: "base64", mediaType: source.neededText("media_type"), data: source.neededText("data") };
    case "url":
      return { kind: "url", url: source.neededText("url") };
    case "file":
      return { kind: "file", id: source.neededText("file_id") };
    case "text":
      source.skip("media_type");
      return { kind: "text", text: source.neededText("data") };
    default:
      return source.unknown(source.at("type"), `must be base64, url, file or text, not "${type}".`);
  }
}

function readDocument(block: Fields): DocumentBlock {
  const written = block.in("source") ?? block.fail(block.at("source"), "is required.");
  const source: DocumentBlock["source"] =
    written.text("type") === "content" ? { kind: "blocks", blocks: readBlocks(written, "content") } : readSource(block);
  return {
    type: "document",
    source,
    ...given({
      title: block.text("title"),
      context: block.text("context"),
      citations: block.in("citations")?.flag("enabled"),
    }),
  };
}

function readThinking(block: Fields): ReasoningBlock {
  const text = block.text("thinking") ?? "";
  const signature = block.text("signature") ?? "";
  return { ...opaqueOf(signature), ...(text === "" ? {} : { text }) };
}

/** Data of Anthropic's own, or of another wire in an envelope. */
function opaqueOf(data: string): ReasoningBlock {
  if (data === "") return { type: "reasoning" };
  const sealed = openEnvelope(data);
  if (sealed === undefined) return { type: "reasoning", opaque: { data, madeBy: { wire: "messages" } } };
  const item = sealed.itemId === undefined ? undefined : { id: sealed.itemId };
  return { type: "reasoning", opaque: sealed.opaque, ...given({ item }) };
}

function readResult(block: Fields): ToolResultBlock {
  return {
    type: "tool_result",
    id: block.neededText("tool_use_id"),
    blocks: readBlocks(block, "content"),
    of: "function",
    ...given({ isError: block.flag("is_error") }),
  };
}

export function readCitation(citation: Fields): Citation {
  const raw = { wire: "messages" as const, value: citation.value };
  if (citation.text("type") !== "web_search_result_location") return { kind: "other", raw };
  return { kind: "url", raw, ...given({ url: citation.text("url"), title: citation.text("title") }) };
}

function readText(block: Fields): TextBlock {
  const text = block.neededText("text");
  const citations = block.each("citations");
  return citations.length === 0
    ? { type: "text", text }
    : { type: "text", text, citations: citations.map(readCitation) };
}
