import type { JsonObject } from "@modelyard/core";
import type { Steps } from "@modelyard/core/kit";
import { Fields, given, malformed, pathOf } from "../fields.js";
import type { Block, DocumentBlock, ImageBlock } from "../hub/blocks.js";
import type { CacheMark, Extra, Source } from "../hub/common.js";

/** What a message says: text, or a list of parts. */
export function readContent(content: unknown, path: string): readonly Block[] {
  if (content === undefined || content === null) return noBlocks;
  if (typeof content === "string") return content === "" ? noBlocks : [{ type: "text", text: content, path }];
  if (!Array.isArray(content)) return malformed(path, "must be a string or a list of parts.");
  return content.map((part, index) => readPart(new Fields(part, pathOf(path, index))));
}

const noBlocks: readonly Block[] = Object.freeze([]);

/** The same for a list of many parts. @param most - how many are read before the event loop may turn */
export function* contentSteps(content: readonly unknown[], path: string, most: number): Steps<readonly Block[]> {
  const blocks: Block[] = [];
  for (const [index, part] of content.entries()) {
    if (index % most === most - 1) yield;
    blocks.push(readPart(new Fields(part, pathOf(path, index))));
  }
  return blocks;
}

const readers: Readonly<Record<string, (part: Fields) => Block>> = {
  text: (part) => ({ type: "text", text: part.neededText("text") }),
  // Codex and others write parts of Responses into chat messages.
  input_text: (part) => ({ type: "text", text: part.neededText("text") }),
  output_text: (part) => ({ type: "text", text: part.neededText("text") }),
  refusal: (part) => ({ type: "refusal", text: part.neededText("refusal") }),
  image_url: readImage,
  input_audio: (part) => {
    const audio = part.in("input_audio") ?? malformed(part.at("input_audio"), "is required.");
    const format = audio.neededText("format");
    return { type: "audio", format, source: base64Source(`audio/${format}`, audio.neededText("data")) };
  },
  file: readFile,
};

/** Blocks of Messages that callers may write into their messages, as LiteLLM lets them. */
const foreignBlocks: ReadonlySet<string> = new Set(["image", "document", "search_result", "container_upload"]);

function readPart(part: Fields): Block {
  const type = part.neededText("type");
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined)
    return { type: "other", wire: foreignBlocks.has(type) ? "messages" : "chat", value: part.value, path: part.path };
  const block = read(part);
  const cache = readCacheMark(part);
  const extra = chatExtra(part.rest());
  return { ...block, path: part.path, ...given({ cache, extra }) };
}

function readImage(part: Fields): ImageBlock {
  const image = part.any("image_url");
  // Some clients write the address itself.
  const fields = typeof image === "string" ? new Fields({ url: image }, part.at("image_url")) : part.in("image_url");
  if (fields === undefined) return malformed(part.at("image_url"), "is required.");
  const source = sourceOf(fields.neededText("url"), fields.at("url"));
  return { type: "image", source, ...given({ detail: fields.text("detail") }) };
}

function readFile(part: Fields): DocumentBlock {
  const file = part.in("file") ?? malformed(part.at("file"), "is required.");
  const id = file.text("file_id");
  const data = file.text("file_data");
  if (id === undefined && data === undefined) malformed(part.at("file"), "needs file_data or file_id.");
  const filename = file.text("filename");
  const source: Source =
    data === undefined ? { kind: "file", id: id as string } : fileSource(data, filename, file.at("file_data"));
  return { type: "document", source, ...given({ filename }) };
}

/** OpenAI's mark, and the one that LiteLLM takes from Anthropic. */
export function readCacheMark(fields: Fields): CacheMark | undefined {
  const own = fields.object("prompt_cache_breakpoint");
  const foreign = fields.object("cache_control");
  const mark = own ?? foreign;
  if (mark === undefined) return undefined;
  const ttl = mark["ttl"];
  return { ...(typeof ttl === "string" ? { ttl } : {}), extra: { [own === undefined ? "messages" : "chat"]: mark } };
}

/** How much of a data URL is searched for its comma, in characters, since URLs can be very long. */
const longestHead = 1_024;

/** What an address leads to: a `data:` URL holds the bytes itself. @throws `invalid_request` for one that is not base64 */
export function sourceOf(url: string, path: string): Source {
  if (!/^data:/iu.test(url)) return { kind: "url", url };
  const comma = url.slice(0, longestHead).indexOf(",");
  const [mediaType = "", ...parameters] = url.slice("data:".length, Math.max(0, comma)).toLowerCase().split(";");
  if (parameters.at(-1)?.trimStart() !== "base64")
    return malformed(path, "is a data URL that is not base64. Write data:TYPE;base64,DATA.");
  return base64Source(mediaType, url.slice(comma + 1));
}

const texts = /\.(?:txt|md|csv|json|html?|xml|ya?ml)$/iu;

/** The bytes of a file. Some clients write bare base64 where OpenAI wants a `data:` URL. */
export function fileSource(data: string, filename: string | undefined, path: string): Source {
  if (/^(?:data|https?):/iu.test(data)) return sourceOf(data, path);
  return base64Source(texts.test(filename ?? "") ? "text/plain" : "application/pdf", data);
}

function base64Source(mediaType: string, data: string): Source {
  return { kind: "base64", mediaType, data };
}

export function chatExtra(fields: JsonObject | undefined): Extra | undefined {
  return fields === undefined ? undefined : { chat: fields };
}
