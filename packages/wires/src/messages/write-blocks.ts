import { defaultName } from "../chat/write-parts.js";
import { given, malformed, parseJson, pathOf, untranslatable, withRest } from "../fields.js";
import type { Block, DocumentBlock, ReasoningBlock, TextBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { CacheMark, Source } from "../hub/common.js";
import { isJsonObject, type JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import { canRead } from "../target.js";
import type { ToolIds } from "../tool-ids.js";
import type { ToolNames } from "../tool-names.js";
import { reportReference } from "../report-reference.js";
import type { MessagesTarget } from "./target.js";

export interface BlockWriting {
  readonly target: MessagesTarget;
  readonly losses: LossList;
  readonly names: ToolNames;
  readonly ids: ToolIds;
  readonly marks: ReadonlySet<CacheMark>;
  /** Whether the request comes from the wire itself, so that uploads and vendor tools can be read. */
  readonly own: boolean;
}

/** Writes blocks of a turn. Empty texts are omitted, since Anthropic refuses them. */
export function writeBlocks(blocks: readonly Block[], writing: BlockWriting): readonly JsonObject[] {
  return blocks.flatMap((block) => {
    const written = writeBlock(block, writing);
    if (written === undefined) return [];
    const mark = writeMark(block.cache, pathOf(block.path ?? "", "cache_control"), writing);
    return [{ ...withRest(written, block.extra?.messages), ...mark }];
  });
}

function writeBlock(block: Block, writing: BlockWriting): JsonObject | undefined {
  const { losses, own } = writing;
  const path = block.path ?? "messages";
  switch (block.type) {
    case "text":
      return writeText(block, path, writing);
    case "refusal":
      losses.converted(path, "A refusal is text in Messages.");
      return block.text === "" ? undefined : { type: "text", text: block.text };
    case "image":
      if (block.detail !== undefined && block.detail !== "auto")
        losses.dropped(pathOf(path, "detail"), "Messages has no such field.");
      return writeImage(block.source, path, writing);
    case "document":
      return writeDocument(block, path, writing);
    case "search_result":
      return writeSearchResult(block, writing);
    case "reasoning":
      return writeThought(block, path, writing);
    case "tool_call":
      return writeCall(block, writing);
    case "tool_result":
      return writeResult(block, writing);
    case "audio":
      losses.refused(path, "Messages does not accept audio.");
      return undefined;
    case "reference":
      reportReference(block.id, path, losses);
      return undefined;
    case "compaction":
      if (own) return { type: "compaction", ...given({ content: block.text }) };
      if (block.text !== undefined) return { type: "text", text: block.text };
      losses.refused(path, "Only the vendor that compacted the conversation can read it.");
      return undefined;
    case "server_tool":
    case "other":
      if (block.wire === "messages") return block.value;
      losses.dropped(path, "Messages does not know this block.");
      return undefined;
  }
}

function writeText(
  { text, citations }: TextBlock,
  path: string,
  { losses, own }: BlockWriting,
): JsonObject | undefined {
  if (text.trim() === "") return undefined;
  const kept = (citations ?? []).flatMap(({ raw }) => (raw?.wire === "messages" ? [raw.value] : []));
  if (!own && citations !== undefined && citations.length > kept.length)
    losses.dropped(pathOf(path, "citations"), "Messages only accepts citations that Messages wrote.");
  return kept.length === 0 ? { type: "text", text } : { type: "text", text, citations: kept };
}

const imageTypes: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

function writeImage(source: Source, path: string, { losses, own }: BlockWriting): JsonObject | undefined {
  if (source.kind === "url") return { type: "image", source: { type: "url", url: source.url } };
  if (source.kind === "file" && own) return { type: "image", source: { type: "file", file_id: source.id } };
  if (source.kind !== "base64") losses.refused(path, "The file was uploaded to another vendor.");
  else {
    const media_type = source.mediaType === "image/jpg" ? "image/jpeg" : source.mediaType;
    if (imageTypes.has(media_type)) return { type: "image", source: { type: "base64", media_type, data: source.data } };
    losses.refused(path, "Messages accepts images as JPEG, PNG, GIF or WebP.");
  }
  return undefined;
}

function writeDocument(block: DocumentBlock, path: string, writing: BlockWriting): JsonObject | undefined {
  const source = writeDocumentSource(block, path, writing);
  if (source === undefined) return undefined;
  const { filename, title = filename === defaultName("application/pdf") ? undefined : filename } = block;
  return {
    type: "document",
    source,
    ...given({
      title,
      context: block.context,
      citations: block.citations === undefined ? undefined : { enabled: block.citations },
    }),
  };
}

function writeDocumentSource({ source }: DocumentBlock, path: string, writing: BlockWriting): JsonObject | undefined {
  const { losses, own } = writing;
  switch (source.kind) {
    case "blocks":
      return { type: "content", content: writeBlocks(source.blocks, writing) };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
    case "url":
      return { type: "url", url: source.url };
    case "file":
      if (own) return { type: "file", file_id: source.id };
      losses.refused(path, "The file was uploaded to another vendor.");
      return undefined;
    case "base64":
      if (source.mediaType.startsWith("text/"))
        return { type: "text", media_type: "text/plain", data: decodeText(source.data, path) };
      if (source.mediaType === "application/pdf")
        return { type: "base64", media_type: source.mediaType, data: source.data };
      losses.refused(path, "Messages accepts documents as PDF or text.");
      return undefined;
  }
}

/** @throws `invalid_request` if it is not base64 */
function decodeText(base64: string, path: string): string {
  try {
    const binary = atob(base64);
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0));
  } catch {
    return malformed(path, "has data that is not base64.");
  }
}

function writeSearchResult(
  { source, title, blocks, citations }: Extract<Block, { readonly type: "search_result" }>,
  writing: BlockWriting,
): JsonObject {
  const content = writeBlocks(blocks, writing);
  return {
    type: "search_result",
    source,
    title,
    content,
    ...(citations === undefined ? {} : { citations: { enabled: citations } }),
  };
}

/** Thinking is taken back only with the signature that the vendor gave it. */
function writeThought(block: ReasoningBlock, path: string, { target, losses }: BlockWriting): JsonObject | undefined {
  const { opaque, redacted, text, summary } = block;
  if (opaque === undefined || !canRead(target, opaque.madeBy, "messages")) {
    losses.dropped(path, "Another model wrote this reasoning, and this one does not accept it.");
    return undefined;
  }
  if (redacted === true) return { type: "redacted_thinking", data: opaque.data };
  return { type: "thinking", thinking: text ?? summary?.join("\n\n") ?? "", signature: opaque.data };
}

function writeCall({ id, name, namespace, input, path }: ToolCallBlock, { names, ids }: BlockWriting): JsonObject {
  return { type: "tool_use", id: ids.ofCall(id), name: names.written(name, namespace), input: inputOf(input, path) };
}

function inputOf({ kind, text }: ToolCallBlock["input"], path = "messages"): JsonObject {
  if (kind === "text") return { input: text };
  if (text.trim() === "") return {};
  const parsed = parseJson(text);
  if (isJsonObject(parsed)) return parsed;
  // Vendors whose APIs have arguments as text accept any text.
  return untranslatable(
    path,
    "has arguments that are not a JSON object. Correct them, or omit the call and its result.",
  );
}

function writeResult({ id, blocks, isError }: ToolResultBlock, writing: BlockWriting): JsonObject {
  const content = writeBlocks(blocks, writing);
  const [only] = content;
  const plain = content.length === 1 && only?.["type"] === "text" && Object.keys(only).length === 2;
  return {
    type: "tool_result",
    tool_use_id: writing.ids.ofResult(id),
    ...(content.length === 0 ? {} : { content: plain ? only["text"] : content }),
    ...given({ is_error: isError }),
  };
}

/** A mark as Anthropic writes it, if it is one of those that it takes. */
export function writeMark(
  mark: CacheMark | undefined,
  path: string,
  { losses, marks }: Pick<BlockWriting, "losses" | "marks">,
): JsonObject | undefined {
  if (mark === undefined) return undefined;
  if (!marks.has(mark)) {
    losses.dropped(path, "A request can mark four places for the cache; the last four are kept.");
    return undefined;
  }
  if (mark.extra?.messages !== undefined) return { cache_control: mark.extra.messages };
  const { ttl } = mark;
  if (ttl === undefined || ttl === "5m" || ttl === "1h")
    return { cache_control: { type: "ephemeral", ...given({ ttl }) } };
  losses.converted(path, "Anthropic caches for at most one hour.");
  return { cache_control: { type: "ephemeral", ttl: "1h" } };
}
