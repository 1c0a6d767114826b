import type { JsonObject } from "@modelyard/core";
import { type AnswerOutcome, type Bytes, isJsonObject, type StreamPart } from "@modelyard/core/kit";
import { stringInJson } from "./string-in-json.js";

/** Long answers are searched from their beginning, where the name of the model usually is. In bytes. */
const head = 4_096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** One character for each byte, so that places in the text are places in the bytes. */
const byteDecoder = new TextDecoder("latin1");

/**
 * An answer with the model's name as the caller wrote it. Clients of some wires compare the two, and do not send reasoning
 * back that another model made. Otherwise the answer stays as the vendor wrote it.
 */
export function withAskedModel(outcome: AnswerOutcome): AnswerOutcome {
  const { bytes, trail } = outcome;
  const asked = trail.requestedModel;
  const value = outcome.value as unknown as JsonObject;
  const model = value["model"];
  if (typeof model !== "string" || model === asked) return outcome;
  const renamed = bytes === undefined ? undefined : renamedBytes(bytes, model, asked);
  return { ...outcome, value: { ...value, model: asked } as unknown as AnswerOutcome["value"], bytes: renamed };
}

function renamedBytes(bytes: Bytes, model: string, asked: string): Bytes | undefined {
  if (typeof bytes === "string") return renamedText(bytes, ["model"], model, asked);
  const range =
    stringInJson(byteDecoder.decode(bytes.subarray(0, head)), ["model"]) ??
    stringInJson(byteDecoder.decode(bytes), ["model"]);
  if (range === undefined) return undefined;
  const { from, end } = range;
  if (!isWritten(decoder.decode(bytes.subarray(from, end)), model)) return undefined;
  const name = encoder.encode(JSON.stringify(asked));
  const renamed = new Uint8Array(bytes.length - (end - from) + name.length);
  renamed.set(bytes.subarray(0, from));
  renamed.set(name, from);
  renamed.set(bytes.subarray(end), from + name.length);
  return renamed;
}

/** `undefined`: the name is not where it was expected. */
function renamedText(text: string, path: readonly string[], model: string, asked: string): string | undefined {
  const range = stringInJson(text, path);
  if (range === undefined || !isWritten(text.slice(range.from, range.end), model)) return undefined;
  return text.slice(0, range.from) + JSON.stringify(asked) + text.slice(range.end);
}

/** Whether a piece of JSON is this string. */
function isWritten(json: string, text: string): boolean {
  try {
    return JSON.parse(json) === text;
  } catch {
    return false;
  }
}

const inStart = ["message", "model"];

/** The model in the event that begins a message; `undefined`: the part does not have that event. */
function startedModel(part: StreamPart): string | undefined {
  for (const chunk of part.chunks as unknown as readonly JsonObject[])
    if (chunk["type"] === "message_start" && isJsonObject(chunk["message"])) return String(chunk["message"]["model"]);
  return undefined;
}

/**
 * The part of a stream that begins a message, with the model's name as the caller wrote it.
 * @returns the part itself if it has that name already. `undefined`: it does not begin the message
 */
export function startWithAskedModel(part: StreamPart, asked: string): StreamPart | undefined {
  const model = startedModel(part);
  if (model === undefined || model === asked) return model === undefined ? undefined : part;
  const { bytes } = part;
  const chunks = (part.chunks as unknown as readonly JsonObject[]).map((chunk) => {
    const { message } = chunk;
    return isJsonObject(message) ? { ...chunk, message: { ...message, model: asked } } : chunk;
  }) as unknown as StreamPart["chunks"];
  const renamed = bytes === undefined ? undefined : renamedEvents(decoder.decode(bytes), model, asked);
  return { ...part, chunks, bytes: renamed === undefined ? undefined : encoder.encode(renamed) };
}

/** Events as text with another name in the first line that has one. */
function renamedEvents(text: string, model: string, asked: string): string | undefined {
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    if (text.startsWith("data:", from)) {
      const line = renamedText(text.slice(from, end), inStart, model, asked);
      if (line !== undefined) return text.slice(0, from) + line + text.slice(end);
    }
    from = end + 1;
  }
  return undefined;
}
