import { defaultName } from "../chat/write-parts.js";
import { given, pathOf, withRest } from "../fields.js";
import type { Block, DocumentBlock, ReasoningBlock, TextBlock, ToolCallBlock, ToolResultBlock } from "../hub/blocks.js";
import type { CacheMark, Source } from "../hub/common.js";
import type { JsonObject } from "../json.js";
import { kindOf } from "../kind-of.js";
import type { LossList } from "../losses.js";
import { canRead } from "../target.js";
import type { ToolIds } from "../tool-ids.js";
import type { ToolNames } from "../tool-names.js";
import { reportReference } from "../report-reference.js";
import type { MessagesTarget } from "./target.js";
import type { TextFiles } from "./text-files.js";
import type { ToolInputs } from "./tool-inputs.js";

export interface BlockWriting {
  readonly target: MessagesTarget;
  readonly losses: LossList;
  readonly names: ToolNames;
  readonly ids: ToolIds;
  readonly inputs: ToolInputs;
  readonly texts: TextFiles;
  readonly marks: ReadonlySet<CacheMark>;
  /** Whether the request comes from the wire itself, so that uploads and vendor tools can be read. */
  readonly own: boolean;
}

/** Writes blocks of a turn. Empty texts are omitted, since Anthropic refuses them. */
export function writeBlocks(blocks: readonly Block[], writing: BlockWriting): JsonObject[] {
  let list: JsonObject[] | undefined;
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index] as Block;
    const written = writeBlock(block, writing);
    if (written === undefined) continue;
    const whole = completed(written, block, writing);
    if (list === undefined) list = [whole];
    else list.push(whole);
  }
  return list ?? [];
}

/** A block with its mark for the cache. */
function completed(written: JsonObject, { cache, extra, path = "" }: Block, writing: BlockWriting): JsonObject {
  // The arguments of a call may be written into the block later, so a call is changed, not copied.
  if (extra?.messages !== undefined) Object.assign(written, withRest(written, extra.messages));
  const mark = cache === undefined ? undefined : writeMark(cache, pathOf(path, "cache_control"), writing);
  return mark === undefined ? written : Object.assign(written, mark);
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
      if (block.wire === "messages") return { ...block.value };
      // The model would answer something else without it. What tools of another vendor did is not needed.
      if (block.type === "other") losses.refused(path, `Messages does not support ${kindOf(block.value)}.`);
      else losses.dropped(path, "Messages does not know this block.");
      return undefined;
  }
}

function writeText(
  { text, citations }: TextBlock,
  path: string,
  { losses, own }: BlockWriting,
): JsonObject | undefined {
  if (text.trim() === "") return undefined;
  if (citations === undefined) return { type: "text", text };
  const kept = citations.flatMap(({ raw }) => (raw?.wire === "messages" ? [raw.value] : []));
  if (!own && citations.length > kept.length)
    losses.dropped(pathOf(path, "citations"), "Messages only accepts citations that Messages wrote.");
  return kept.length === 0 ? { type: "text", text } : { type: "text", text, citations: kept };
}

const imageTypes: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** A block for an image, a PDF or a text, which are the files that Messages reads, wherever the caller put them. */
function writeBytes(
  { mediaType, data }: Extract<Source, { readonly kind: "base64" }>,
  path: string,
  { losses, texts }: BlockWriting,
): JsonObject | undefined {
  const media_type = mediaType === "image/jpg" ? "image/jpeg" : mediaType;
  if (imageTypes.has(media_type)) return { type: "image", source: { type: "base64", media_type, data } };
  if (media_type === "application/pdf") return { type: "document", source: { type: "base64", media_type, data } };
  if (media_type.startsWith("text/")) {
    const source = { type: "text", media_type: "text/plain", data: "" };
    texts.add(source, path, data);
    return { type: "document", source };
  }
  const shown = /^[\w.+/-]{1,60}$/u.test(mediaType) ? mediaType : "a file of that type";
  losses.refused(path, `Messages does not accept ${shown}, only JPEG, PNG, GIF, WebP, PDF and text.`);
  return undefined;
}

/** Uploads at Anthropic, whose ids differ from those of OpenAI: `file_` and `file-`. */
function writeUpload(id: string, path: string, { losses, own }: BlockWriting): JsonObject | undefined {
  if (own || id.startsWith("file_")) return { type: "file", file_id: id };
  losses.refused(
    path,
    "The file was uploaded to another vendor. Send its bytes, or the id of one uploaded to Anthropic.",
  );
  return undefined;
}

function writeImage(source: Source, path: string, writing: BlockWriting): JsonObject | undefined {
  if (source.kind === "base64") return writeBytes(source, path, writing);
  if (source.kind === "url") return { type: "image", source: { type: "url", url: source.url } };
  if (source.kind === "text")
    return { type: "document", source: { type: "text", media_type: "text/plain", data: source.text } };
  const upload = writeUpload(source.id, path, writing);
  return upload && { type: "image", source: upload };
}

function writeDocument(block: DocumentBlock, path: string, writing: BlockWriting): JsonObject | undefined {
  const written = writeFile(block, path, writing);
  if (written?.["type"] !== "document") return written;
  const { filename, title = filename === defaultName("application/pdf") ? undefined : filename } = block;
  return {
    ...written,
    ...given({
      title,
      context: block.context,
      citations: block.citations === undefined ? undefined : { enabled: block.citations },
    }),
  };
}

function writeFile({ source }: DocumentBlock, path: string, writing: BlockWriting): JsonObject | undefined {
  switch (source.kind) {
    case "base64":
      return writeBytes(source, path, writing);
    case "blocks":
      return { type: "document", source: { type: "content", content: writeBlocks(source.blocks, writing) } };
    case "text":
      return { type: "document", source: { type: "text", media_type: "text/plain", data: source.text } };
    case "url":
      return { type: "document", source: { type: "url", url: source.url } };
    case "file": {
      const upload = writeUpload(source.id, path, writing);
      return upload && { type: "document", source: upload };
    }
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

function writeCall(
  { id, name, namespace, input, path = "messages" }: ToolCallBlock,
  { names, ids, inputs }: BlockWriting,
): JsonObject {
  const isText = input.kind === "text";
  const block = {
    type: "tool_use",
    id: ids.ofCall(id),
    name: names.written(name, namespace),
    input: isText ? { input: input.text } : {},
  };
  if (!isText) inputs.add(block, path, input.text);
  return block;
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
