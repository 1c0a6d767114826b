import type { JsonObject } from "@modelyard/core";
import { given, pathOf, withRest } from "../fields.js";
import type { AudioBlock, Block, DocumentBlock, ImageBlock, SearchResultBlock } from "../hub/blocks.js";
import type { CacheMark, Source } from "../hub/common.js";
import { kindOf } from "../kind-of.js";
import type { LossList } from "../losses.js";
import { reportReference } from "../report-reference.js";
import type { ChatTarget } from "./target.js";

/** What writers of messages share. */
export interface PartWriting {
  readonly target: ChatTarget;
  readonly losses: LossList;
  readonly marks: ReadonlySet<CacheMark>;
  /** Whether uploads of the request can be read at the target: they come from its own wire. */
  readonly ownFiles: boolean;
}

/** The parts of a user's message. What cannot be written is reported. */
export function writeParts(blocks: readonly Block[], writing: PartWriting): readonly JsonObject[] {
  return blocks.flatMap((block) => writePart(block, writing));
}

/** Content is a string where nothing needs parts. */
export function writeContent(blocks: readonly Block[], writing: PartWriting): readonly JsonObject[] | string {
  const parts = writeParts(blocks, writing);
  const [only] = parts;
  return parts.length === 1 && only !== undefined && isPlainText(only) ? (only["text"] as string) : parts;
}

export function isPlainText(part: JsonObject): boolean {
  return part["type"] === "text" && Object.keys(part).length === 2;
}

function writePart(block: Block, writing: PartWriting): readonly JsonObject[] {
  const parts = bareParts(block, writing);
  const mark = writeMark(block, writing);
  const last = parts.at(-1);
  if (last === undefined) return parts;
  return [...parts.slice(0, -1), { ...withRest(last, block.extra?.chat), ...mark }];
}

function bareParts(block: Block, writing: PartWriting): readonly JsonObject[] {
  const { losses } = writing;
  const path = block.path ?? "content";
  switch (block.type) {
    case "text":
      if (block.citations !== undefined && block.citations.length > 0)
        losses.dropped(pathOf(path, "citations"), "Chat Completions does not accept citations of earlier answers.");
      return [{ type: "text", text: block.text }];
    case "refusal":
      return [{ type: "text", text: block.text }];
    case "image":
      return writeImage(block, path, writing);
    case "audio":
      return writeAudio(block, path, losses);
    case "document":
      return writeDocument(block, path, writing);
    case "search_result":
      losses.converted(path, "Search results are text in Chat Completions.");
      return [{ type: "text", text: searchText(block) }];
    case "compaction":
      if (block.text !== undefined) return [{ type: "text", text: block.text }];
      losses.refused(path, "Only the vendor that compacted the conversation can read it.");
      return [];
    case "reference":
      reportReference(block.id, path, losses);
      return [];
    case "other":
      if (block.wire === "chat") return [block.value];
      losses.refused(path, `Chat Completions does not support ${kindOf(block.value)}.`);
      return [];
    default:
      losses.dropped(path, "Chat Completions has no place for this block here.");
      return [];
  }
}

function writeImage({ source, detail }: ImageBlock, path: string, { losses }: PartWriting): readonly JsonObject[] {
  const url = urlOf(source);
  if (url !== undefined) return [{ type: "image_url", image_url: given({ url, detail }) }];
  losses.refused(path, "Chat Completions does not accept uploaded images.");
  return [];
}

function writeAudio({ source, format, id }: AudioBlock, path: string, losses: LossList): readonly JsonObject[] {
  if (source?.kind === "base64") return [{ type: "input_audio", input_audio: given({ data: source.data, format }) }];
  if (id === undefined) losses.refused(path, "Chat Completions accepts audio only as base64.");
  return [];
}

function writeDocument(block: DocumentBlock, path: string, writing: PartWriting): readonly JsonObject[] {
  const { losses, ownFiles } = writing;
  const { source, title, context, filename = title, citations } = block;
  if (citations === true) losses.refused(pathOf(path, "citations"), "Chat Completions does not cite documents.");
  switch (source.kind) {
    case "base64":
      return [
        { type: "file", file: { filename: filename ?? defaultName(source.mediaType), file_data: urlOf(source) } },
      ];
    case "file":
      if (ownFiles) return [{ type: "file", file: { file_id: source.id } }];
      losses.refused(path, "The file was uploaded to another vendor.");
      return [];
    case "url":
      losses.refused(path, "Chat Completions does not accept the URL of a document.");
      return [];
    default: {
      losses.converted(path, "Documents of text are text in Chat Completions.");
      const inner = source.kind === "text" ? [{ type: "text", text: source.text }] : writeParts(source.blocks, writing);
      const head = [title, context].filter((text) => text !== undefined).join("\n");
      return head === "" ? inner : [{ type: "text", text: head }, ...inner];
    }
  }
}

/** The name of a document that has none. */
export function defaultName(mediaType: string): string {
  return mediaType === "application/pdf" ? "document.pdf" : "file.txt";
}

export function searchText({ title, source, blocks }: SearchResultBlock): string {
  const texts = blocks.flatMap((block) => (block.type === "text" ? [block.text] : []));
  return [title, source, ...texts].join("\n");
}

/** An address, or a `data:` URL. */
export function urlOf(source: Source): string | undefined {
  if (source.kind === "url") return source.url;
  return source.kind === "base64" ? `data:${source.mediaType};base64,${source.data}` : undefined;
}

/** A mark as OpenAI writes it. One that the target does not take is reported, the first time. */
export function writeMark(
  { cache, path }: { readonly cache?: CacheMark; readonly path?: string },
  {
    target,
    losses,
    marks,
  }: Pick<PartWriting, "losses" | "marks"> & { readonly target: { readonly cacheMarks: boolean } },
): JsonObject | undefined {
  if (cache === undefined) return undefined;
  if (target.cacheMarks && marks.has(cache))
    return { prompt_cache_breakpoint: cache.extra?.chat ?? { mode: "explicit" } };
  const [first] = marks;
  if (target.cacheMarks || cache === first)
    losses.dropped(pathOf(path ?? "", "cache_control"), "The model does not support this kind of cache mark.");
  return undefined;
}
