import type { JsonObject } from "@modelyard/core";
import { type AnswerOutcome, type Bytes, isJsonObject, type StreamPart } from "@modelyard/core/kit";
import { sseEvent } from "./sse-event.js";
import { stringInJson, type TextRange } from "./string-in-json.js";

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
  if (!isWritten(decoder.decode(bytes.subarray(range.from, range.end)), model)) return undefined;
  return spliced(bytes, range, encoder.encode(quoted(asked)));
}

/** `undefined`: the name is not where it was expected. */
function renamedText(text: string, path: readonly string[], model: string, asked: string): string | undefined {
  const range = stringInJson(text, path);
  if (range === undefined || !isWritten(text.slice(range.from, range.end), model)) return undefined;
  return text.slice(0, range.from) + quoted(asked) + text.slice(range.end);
}

/** A string as JSON. Most names have nothing that JSON escapes. */
function quoted(name: string): string {
  return /^[\w./:@-]+$/u.test(name) ? `"${name}"` : JSON.stringify(name);
}

/** Whether a piece of JSON is this string. */
function isWritten(json: string, text: string): boolean {
  if (!json.includes("\\")) return json === `"${text}"`;
  try {
    return JSON.parse(json) === text;
  } catch {
    return false;
  }
}

const inStart = ["message", "model"];

/**
 * The events of the part that begins a message, with the model's name as the caller wrote it. Where there are bytes, only
 * the first event is parsed.
 * @returns `undefined` if the part does not begin the message
 */
export function startWithAskedModel(part: StreamPart, asked: string): Bytes | undefined {
  const { bytes } = part;
  if (bytes === undefined) return writtenStart(part, asked);
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(lineFeed, from);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes[from] === letterD ? decoder.decode(bytes.subarray(from, end)) : "";
    if (line.startsWith("data:") && line.includes('"message_start"')) {
      const model = startedModel(line.slice("data:".length));
      if (model === asked) return bytes;
      const renamed = model === undefined ? undefined : renamedText(line, inStart, model, asked);
      return renamed === undefined ? writtenStart(part, asked) : spliced(bytes, { from, end }, encoder.encode(renamed));
    }
    from = end + 1;
  }
  return undefined;
}

const lineFeed = 0x0a;
const letterD = 0x64;

/** The model in the event that begins a message, from its JSON text. `undefined`: it is another event. */
function startedModel(data: string): string | undefined {
  try {
    return modelIn(JSON.parse(data) as JsonObject);
  } catch {
    // The event is written in several lines.
    return undefined;
  }
}

function modelIn({ type, message }: JsonObject): string | undefined {
  return type === "message_start" && isJsonObject(message) ? String(message["model"]) : undefined;
}

/** The events of a part, written again if need be. @returns `undefined` if none of them begins the message */
function writtenStart(part: StreamPart, asked: string): Bytes | undefined {
  const chunks = part.chunks as unknown as readonly JsonObject[];
  const started = chunks.map(modelIn).find((model) => model !== undefined);
  if (started === undefined) return undefined;
  if (started === asked && part.bytes !== undefined) return part.bytes;
  const renamed = chunks.map((chunk) =>
    modelIn(chunk) === undefined ? chunk : { ...chunk, message: { ...(chunk["message"] as JsonObject), model: asked } },
  );
  return renamed.map(sseEvent).join("");
}

/** Bytes with others in the place of some. */
function spliced(bytes: Uint8Array, { from, end }: TextRange, others: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length - (end - from) + others.length);
  whole.set(bytes.subarray(0, from));
  whole.set(others, from);
  whole.set(bytes.subarray(end), from + others.length);
  return whole;
}
