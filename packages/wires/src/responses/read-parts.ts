import { fileSource, sourceOf } from "../chat/read-content.js";
import { type Fields, given } from "../fields.js";
import type { Block, Citation, DocumentBlock, ImageBlock, TextBlock } from "../hub/blocks.js";
import type { CacheMark, Extra, Source } from "../hub/common.js";
import type { JsonObject } from "../json.js";

/** Content of a message or of a tool's result: text, or a list of parts. A single part has the path of what holds it. */
export function readParts(owner: Fields, key: string): readonly Block[] {
  const content = owner.textOrEach(key);
  if (typeof content === "string") return [{ type: "text", text: content, path: owner.path }];
  const blocks = (content ?? []).map(readPart);
  return blocks.length === 1 ? blocks.map((block) => ({ ...block, path: owner.path })) : blocks;
}

const readers: Readonly<Record<string, (part: Fields) => Block>> = {
  input_text: readText,
  output_text: readText,
  text: readText,
  // Some clients write its words as text.
  refusal: (part) => ({
    type: "refusal",
    text: part.text("refusal") ?? part.text("text") ?? part.neededText("refusal"),
  }),
  input_image: readImage,
  input_file: readFile,
};

export function readPart(part: Fields): Block {
  const type = part.neededText("type");
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) return { type: "other", wire: "responses", value: part.value, path: part.path };
  const cache = readCacheMark(part);
  const known = read(part);
  return { ...known, path: part.path, ...given({ cache, extra: responsesExtra(part.rest()) }) };
}

export function responsesExtra(fields: JsonObject | undefined): Extra | undefined {
  return fields === undefined ? undefined : { responses: fields };
}

function readCacheMark(part: Fields): CacheMark | undefined {
  const mark = part.object("prompt_cache_breakpoint");
  if (mark === undefined) return undefined;
  return { ...(typeof mark["ttl"] === "string" ? { ttl: mark["ttl"] } : {}), extra: { responses: mark } };
}

function readText(part: Fields): TextBlock {
  const citations = part.each("annotations").map(readAnnotation);
  const logprobs = part.list("logprobs");
  return {
    type: "text",
    text: part.text("text") ?? "",
    ...given({
      citations: citations.length === 0 ? undefined : citations,
      logprobs: logprobs === undefined || logprobs.length === 0 ? undefined : logprobs,
    }),
  };
}

export function readAnnotation(annotation: Fields): Citation {
  const raw = { wire: "responses" as const, value: annotation.value };
  if (annotation.text("type") !== "url_citation") return { kind: "other", raw };
  const start = annotation.number("start_index");
  const end = annotation.number("end_index");
  const span = start === undefined || end === undefined ? undefined : { start, end };
  return { kind: "url", raw, ...given({ url: annotation.text("url"), title: annotation.text("title"), span }) };
}

function readImage(part: Fields): ImageBlock {
  const url = part.text("image_url");
  const id = part.text("file_id");
  if (url === undefined && id === undefined) part.fail(part.path, "needs image_url or file_id.");
  const source: Source = url === undefined ? { kind: "file", id: id as string } : sourceOf(url, part.at("image_url"));
  return { type: "image", source, ...given({ detail: part.text("detail") }) };
}

function readFile(part: Fields): DocumentBlock {
  const data = part.text("file_data");
  const url = part.text("file_url");
  const id = part.text("file_id");
  const known = given({ filename: part.text("filename"), detail: part.text("detail") });
  if (data !== undefined)
    return { type: "document", source: fileSource(data, known.filename, part.at("file_data")), ...known };
  if (url !== undefined) return { type: "document", source: { kind: "url", url }, ...known };
  if (id !== undefined) return { type: "document", source: { kind: "file", id }, ...known };
  return part.fail(part.path, "needs file_data, file_url or file_id.");
}
