import type { LanguageModelV4FilePart, SharedV4FileData } from "@ai-sdk/provider";
import { isJsonObject } from "@modelyard/core/kit";
import type { Block, Source, WireName } from "@modelyard/wires";
import { imageTypeOf, toBase64 } from "../base64.js";
import { flagOf, given, textOf } from "../given.js";
import type { LossList } from "./loss-list.js";

/** Whose uploads a wire can name. */
const uploads: Readonly<Record<WireName, string>> = { chat: "openai", responses: "openai", messages: "anthropic" };

export interface FileReading {
  readonly wire: WireName;
  readonly losses: LossList;
  readonly path: string;
}

/** A file of a prompt or of a tool's result. `undefined`: it cannot be read, which is reported. */
export function readFile(
  file: Pick<LanguageModelV4FilePart, "data" | "filename" | "mediaType" | "providerOptions">,
  reading: FileReading,
): Block | undefined {
  const { mediaType, filename, providerOptions = {} } = file;
  const [kind] = mediaType.split("/");
  if (kind === "audio") return readAudio(file.data, mediaType, reading);
  const source = sourceOf(file.data, mediaType, reading);
  if (source === undefined) return undefined;
  if (kind === "image") {
    const { imageDetail } = providerOptions["openai"] ?? providerOptions["azure"] ?? {};
    return { type: "image", source, ...given({ detail: textOf(imageDetail) }) };
  }
  const { citations, title, context } = providerOptions["anthropic"] ?? {};
  const known = given({
    filename,
    title: textOf(title),
    context: textOf(context),
    citations: isJsonObject(citations) ? flagOf(citations["enabled"]) : undefined,
  });
  return { type: "document", source, ...known };
}

function readAudio(data: SharedV4FileData, mediaType: string, reading: FileReading): Block | undefined {
  const source = sourceOf(data, mediaType, reading);
  if (source === undefined) return undefined;
  const format = mediaType === "audio/mpeg" ? "mp3" : mediaType.replace(/^audio\/(?:x-)?/u, "");
  return { type: "audio", source, format };
}

function sourceOf(data: SharedV4FileData, mediaType: string, reading: FileReading): Source | undefined {
  switch (data.type) {
    case "data": {
      const base64 = toBase64(data.data);
      return { kind: "base64", mediaType: imageTypeOf(mediaType, base64), data: base64 };
    }
    case "url":
      return { kind: "url", url: data.url.href };
    case "text":
      return { kind: "text", text: data.text };
    case "reference": {
      const vendor = uploads[reading.wire];
      const id = (data.reference as Readonly<Record<string, string | undefined>>)[vendor];
      if (id !== undefined) return { kind: "file", id };
      reading.losses.refused(reading.path, `The file is an upload, but not at ${vendor}.`);
      return undefined;
    }
  }
}
