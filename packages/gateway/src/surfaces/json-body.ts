import type { JsonObject } from "@modelyard/core";
import {
  type AnswerOutcome,
  checkJsonShape,
  checkLongShape,
  createError,
  decodeInTurns,
  hasRepeatedKey,
  isJsonObject,
  isLong,
  type LazyText,
  nextTurn,
  type RequestHead,
  type RouteParams,
  type SurfaceAnswer,
  type SurfaceCall,
  writeJson,
} from "@modelyard/core/kit";

const decoder = new TextDecoder("utf-8", { fatal: true });

function bad(message: string): Error {
  return createError({ kind: "bad_request", message });
}

/** A body as a string. @throws `bad_request` */
function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw bad("The request body is not valid UTF-8.");
  }
}

/** The same for a long body. @throws (rejects with) `bad_request` */
async function longTextOf(bytes: Uint8Array): Promise<string> {
  try {
    return await decodeInTurns(bytes);
  } catch {
    throw bad("The request body is not valid UTF-8.");
  }
}

/** A body as a JSON object. @throws `bad_request` that says what is wrong, and where */
function parse(text: string): JsonObject {
  if (text.trim() === "") throw bad("The request body is empty. Send a JSON object.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The message of the parser quotes the body. Only the position is taken from it.
    const position = /position (?<position>\d+)/u.exec(String(cause))?.groups?.["position"];
    throw bad(`The request body is not valid JSON${position === undefined ? "" : ` (at position ${position})`}.`);
  }
  if (!isJsonObject(value)) throw bad("The request body must be a JSON object.");
  return value;
}

/** Longer bodies are kept as bytes while a call runs (docs/internals.md, "Long texts are kept as bytes"). */
const longText = 4_096;

/** A body's text. The first caller gets the string that was parsed; later ones get a new one, made of the bytes. */
class BodyText implements LazyText {
  readonly bytes: Uint8Array;
  #fresh: string | undefined;

  constructor(bytes: Uint8Array, text: string) {
    this.bytes = bytes;
    this.#fresh = text;
  }

  text(): string {
    const text = this.#fresh ?? textOf(this.bytes);
    this.#fresh = undefined;
    return text;
  }

  async textInTurns(): Promise<string> {
    const text = this.#fresh ?? (await longTextOf(this.bytes));
    this.#fresh = undefined;
    return text;
  }
}

/**
 * Parses a body whose shape was checked. The text of the body is passed on, so that a vendor of the same wire gets it
 * unchanged, unless a key occurs twice: the vendor could read the other value.
 */
function callOf(bytes: Uint8Array, text: string, repeated: boolean): SurfaceCall {
  const request = parse(text);
  if (repeated) return { request };
  return { request, requestText: bytes.length > longText ? new BodyText(bytes, text) : text };
}

/** Adds the fields that the path names. If the body has other values for them, its text is not passed on. */
function withFields(call: SurfaceCall, params: RouteParams): SurfaceCall {
  for (const name in params)
    if (call.request[name] !== params[name]) return { request: { ...call.request, ...params } };
  return call;
}

/** Longer bodies are checked, decoded, parsed and sent in separate turns of the event loop. */
const longBody = 256 * 1024;

async function callLater(bytes: Uint8Array, params: RouteParams | undefined): Promise<SurfaceCall> {
  await nextTurn();
  const repeated = await checkLongShape(bytes);
  await nextTurn();
  const text = await longTextOf(bytes);
  await nextTurn();
  const call = callOf(bytes, text, repeated);
  return params === undefined ? call : withFields(call, params);
}

/**
 * Reads a body that is a JSON object, for surfaces whose wires are JSON. A long one is read in several turns of the
 * event loop.
 * @param match - if it is given, the parts of the path that stand for `{name}` replace the fields `name` of the body, so
 * that `readJson` can be the `read` of a surface with paths like `/engines/{model}/completions`
 * @throws (or rejects with) `bad_request` that says what is wrong, and where
 */
export function readJson(
  bytes: Uint8Array,
  _head?: RequestHead,
  match?: { readonly params: RouteParams },
): SurfaceCall | Promise<SurfaceCall> {
  if (bytes.length > longBody) return callLater(bytes, match?.params);
  const text = textOf(bytes);
  const call = callOf(bytes, text, hasRepeatedKey(bytes, text) ?? checkJsonShape(bytes));
  return match === undefined ? call : withFields(call, match.params);
}

const headers = { "content-type": "application/json" };

/** In turns of the event loop: millions of numbers take a second. */
async function writeLong(value: unknown): Promise<SurfaceAnswer> {
  return { status: 200, headers, body: await writeJson(value) };
}

/** Writes an answer as JSON. The bytes of an answer that needs no translation are sent as they came. */
export function writeAnswer({ bytes, value }: AnswerOutcome): SurfaceAnswer | Promise<SurfaceAnswer> {
  return bytes === undefined && isLong(value)
    ? writeLong(value)
    : { status: 200, headers, body: bytes ?? JSON.stringify(value) };
}
