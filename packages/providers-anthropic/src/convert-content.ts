import type Anthropic from "@anthropic-ai/sdk";
import type { ChatMessage, JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { decodeText, isLongText, type LongText } from "./decode-text.js";
import { cannotSend, invalidRequest } from "./refuse.js";

export type Block = Anthropic.ContentBlockParam;

/** Only Anthropic has `cache_control`. It stays where the caller put it. */
export function cacheControl(part: JsonObject): { readonly cache_control?: Anthropic.CacheControlEphemeral } {
  const control = part["cache_control"];
  return control == null ? {} : { cache_control: control as Anthropic.CacheControlEphemeral };
}

/** A text as blocks: none for a blank one, which Anthropic refuses. */
export function textBlocks(text: unknown, part: JsonObject = {}): Anthropic.TextBlockParam[] {
  return typeof text !== "string" || text.trim() === "" ? [] : [{ type: "text", text, ...cacheControl(part) }];
}

interface Data {
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

/** How much of a data URL is searched for its comma, in characters, since URLs can be very long. */
const longestHead = 1_024;

/** @returns `undefined` if the URL is not a data URL */
function readDataUrl(url: string): Data | undefined {
  if (!/^data:/iu.test(url)) return undefined;
  const comma = url.slice(0, longestHead).indexOf(",");
  const [type = "", ...parameters] = url.slice("data:".length, Math.max(0, comma)).toLowerCase().split(";");
  if (parameters.at(-1)?.trimStart() !== "base64")
    throw invalidRequest("messages", "A data URL must be base64: data:TYPE;base64,DATA.");
  return { mediaType: type, data: url.slice(comma + 1) };
}

const imageTypes = [
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
] as const satisfies readonly Anthropic.Base64ImageSource["media_type"][];

type Title = Readonly<Record<string, string>>;

/** A block for an image, a PDF document or a plain text, which are the files that Anthropic reads. */
function dataBlock({ mediaType, data }: Data, part: JsonObject, title: Title, later: LongText[]): Block {
  const image = imageTypes.find((type) => type === (mediaType === "image/jpg" ? "image/jpeg" : mediaType));
  if (image !== undefined)
    return { type: "image", source: { type: "base64", media_type: image, data }, ...cacheControl(part) };
  if (mediaType === "application/pdf")
    return {
      type: "document",
      source: { type: "base64", media_type: mediaType, data },
      ...title,
      ...cacheControl(part),
    };
  if (mediaType.startsWith("text/")) {
    const source = { type: "text" as const, media_type: "text/plain" as const, data: "" };
    if (isLongText(data)) later.push({ source, base64: data });
    else source.data = decodeText(data);
    return { type: "document", source, ...title, ...cacheControl(part) };
  }
  const shown = /^[\w.+/-]{1,60}$/u.test(mediaType) ? mediaType : "that type";
  throw cannotSend("messages", `Anthropic does not accept ${shown}, only JPEG, PNG, GIF, WebP, PDF and text.`);
}

function imageBlock(part: JsonObject, later: LongText[]): Block {
  const image = part["image_url"];
  const url = isJsonObject(image) ? image["url"] : image;
  if (typeof url !== "string" || url === "") throw invalidRequest("messages", "An image_url part has no url.");
  const data = readDataUrl(url);
  if (data !== undefined) return dataBlock(data, part, {}, later);
  return { type: "image", source: { type: "url", url }, ...cacheControl(part) };
}

function fileBlock(part: JsonObject, later: LongText[]): Block {
  const file = isJsonObject(part["file"]) ? part["file"] : {};
  const { file_data: data, file_id: id, filename } = file;
  const title: { title?: string } = typeof filename === "string" && filename !== "" ? { title: filename } : {};
  if (typeof data === "string") {
    const read = readDataUrl(data);
    if (read !== undefined) return dataBlock(read, part, title, later);
    if (/^https?:/iu.test(data))
      return { type: "document", source: { type: "url", url: data }, ...title, ...cacheControl(part) };
    throw invalidRequest("messages", "file_data must be a data URL: data:TYPE;base64,DATA.");
  }
  // Anthropic's ids begin with this. Files that were uploaded to OpenAI do not exist here.
  if (typeof id === "string" && id.startsWith("file_"))
    return { type: "document", source: { type: "file", file_id: id }, ...title, ...cacheControl(part) };
  const problem = "A file part needs file_data, or the file_id of a file uploaded to Anthropic.";
  throw typeof id === "string" ? cannotSend("messages", problem) : invalidRequest("messages", problem);
}

/** Anthropic's own types of blocks that callers may send. */
const nativeBlocks: ReadonlySet<string> = new Set([
  "image",
  "document",
  "search_result",
  "container_upload",
] as const satisfies readonly Block["type"][]);

function partBlocks(part: JsonObject, later: LongText[]): Block[] {
  const type = String(part["type"]);
  switch (type) {
    case "text":
    case "input_text":
      return textBlocks(part["text"], part);
    case "image_url":
      return [imageBlock(part, later)];
    case "file":
      return [fileBlock(part, later)];
    case "refusal":
      return textBlocks(part["refusal"], part);
    case "input_audio":
      throw cannotSend("messages", "Audio cannot be sent to Anthropic.");
    default:
      if (nativeBlocks.has(type)) return [part as unknown as Block];
      throw cannotSend("messages", `Anthropic does not support content of the type ${type.slice(0, 60)}.`);
  }
}

/**
 * The content of a message as blocks, without empty ones.
 * @param later - receives the texts that take too long to decode at once
 * @throws `invalid_request` for content that is wrong, `unsupported_params` for content that Anthropic does not accept
 */
export function contentBlocks(content: ChatMessage["content"], later: LongText[]): Block[] {
  if (content == null) return [];
  if (typeof content === "string") return textBlocks(content);
  if (!Array.isArray(content))
    throw invalidRequest("messages", "A message's content is neither text nor a list of parts.");
  return content.flatMap((part: unknown) => {
    if (!isJsonObject(part)) throw invalidRequest("messages", "A part of a message's content is not an object.");
    return partBlocks(part, later);
  });
}

/** The same as {@link contentBlocks}, for places that accept only texts. @param where - for the error, e.g. `An assistant message` */
export function onlyTexts(content: ChatMessage["content"], where: string): Anthropic.TextBlockParam[] {
  // No file is accepted here, so there is no text to decode.
  return contentBlocks(content, []).map((block) => {
    if (block.type === "text") return block;
    throw cannotSend("messages", `${where} contains a ${block.type}, but Anthropic accepts only text there.`);
  });
}
