import type { JsonObject, ProviderCall } from "@modelyard/core";
import {
  isJsonObject,
  joinInTurns,
  type LazyText,
  type MaybePromise,
  nextTurn,
  requestJson,
} from "@modelyard/core/kit";
import { OwnKey, stringEnd } from "./own-key.js";

const key = '"model"';
/** Longer bodies are kept and sent as bytes (docs/internals.md, "Long texts are kept as bytes"). */
const longest = 4_096;
const encoder = new TextEncoder();

/** Longer texts are searched in several turns of the event loop, piece by piece. */
const pieceLength = 1024 * 1024;
/** Pieces overlap by at least the length of what they are searched for. */
const overlap = 64;

/** A field that is added to a body. */
export class AddedField {
  readonly name: string;
  readonly value: JsonObject;
  /** The name, as it is in JSON. */
  readonly key: string;
  /** What replaces the brace with which the body begins. */
  readonly start: string;

  /** @param name - of at most 60 characters */
  constructor(name: string, value: JsonObject) {
    this.name = name;
    this.value = value;
    this.key = JSON.stringify(name);
    this.start = `{${this.key}:${JSON.stringify(value)},`;
  }
}

/**
 * A call's body as it is sent, with the vendor's name of the model.
 * @param added - a field that is added; if the caller sent it too, only the keys in its value change
 * @returns bytes for a long one; a promise if creating them takes more than a few milliseconds
 * @throws (or rejects with) `bad_request` for a request that JSON cannot represent
 */
export function bodyOf(call: ProviderCall, added?: AddedField): MaybePromise<string | Uint8Array> {
  const { model, requestText } = call;
  const lazy = typeof requestText === "object" ? requestText : undefined;
  if (lazy?.bytes !== undefined && lazy.bytes.length > pieceLength) return editedLater(lazy, lazy.bytes, call, added);
  const text = lazy?.text() ?? (requestText as string | undefined);
  if (text === undefined) return written(call, model, added);
  return edited(text, lazy?.bytes, call, added) ?? written(call, model, added);
}

function written(call: ProviderCall, model: string, added: AddedField | undefined): MaybePromise<string | Uint8Array> {
  const request = call.request as unknown as JsonObject;
  const json = requestJson(
    added === undefined
      ? { ...request, model }
      : { ...request, model, [added.name]: { ...objectIn(request, added.name), ...added.value } },
  );
  return typeof json === "string" && json.length > longest ? encoder.encode(json) : json;
}

function objectIn(request: JsonObject, name: string): JsonObject | undefined {
  const value = request[name];
  return isJsonObject(value) ? value : undefined;
}

/**
 * The request's own text with another model. This saves writing the whole text, and preserves numbers that JavaScript cannot
 * represent.
 * @returns `undefined`: the text cannot be used
 */
function edited(
  text: string,
  bytes: Uint8Array | undefined,
  call: ProviderCall,
  added: AddedField | undefined,
): string | Uint8Array | undefined {
  if (added !== undefined && text.includes(added.key)) return undefined;
  const value = modelIn(call);
  const at = text.indexOf(key);
  const from = valueAt(text, at, value);
  if (from !== -1 && !text.includes(key, at + key.length) && !hidesLetters(text))
    return withModel(text, bytes, from, from + value.length, call.model, added);
  const own = new OwnKey(text, key);
  own.read(text.length);
  const end = endOfModel(text, own.value, call);
  return end === -1 ? undefined : withModel(text, bytes, own.value, end, call.model, added);
}

/** The same as {@link edited}, except that a request whose text cannot be used is written. */
async function editedLater(
  lazy: LazyText,
  bytes: Uint8Array,
  call: ProviderCall,
  added: AddedField | undefined,
): Promise<string | Uint8Array> {
  await nextTurn();
  const text = await (lazy.textInTurns?.() ?? lazy.text());
  await nextTurn();
  const { from, end } = await modelRange(text, call);
  if (end === -1 || (added !== undefined && (await includesInTurns(text, added.key))))
    return written(call, call.model, added);
  const start = startOf(bytes);
  const brace = start + text.indexOf("{");
  const model = await byteOfInTurns(from, text, bytes);
  return joinInTurns([
    ...(added === undefined
      ? [bytes.subarray(start, model)]
      : [bytes.subarray(start, brace), encoder.encode(added.start), bytes.subarray(brace + 1, model)]),
    encoder.encode(JSON.stringify(call.model)),
    bytes.subarray(model + encoder.encode(text.slice(from, end)).length),
  ]);
}

interface Range {
  readonly from: number;
  /** -1: unknown. */
  readonly end: number;
}

/** Where the model's value is in a long text, which is searched piece by piece. */
async function modelRange(text: string, call: ProviderCall): Promise<Range> {
  const value = modelIn(call);
  const at = text.indexOf(key);
  const from = valueAt(text, at, value);
  if (from !== -1 && !(await includesInTurns(text, key, at + key.length)) && !(await hidesLettersInTurns(text)))
    return { from, end: from + value.length };
  const own = new OwnKey(text, key);
  while (!own.read(pieceLength)) await nextTurn();
  return { from: own.value, end: endOfModel(text, own.value, call) };
}

/** Where the value of the model ends. -1: it is not the one that was parsed. */
function endOfModel(text: string, from: number, { request }: ProviderCall): number {
  if (from === -1 || text[from] !== '"') return -1;
  const end = stringEnd(text, from);
  try {
    return JSON.parse(text.slice(from, end)) === (request as unknown as JsonObject)["model"] ? end : -1;
  } catch {
    return -1;
  }
}

async function includesInTurns(text: string, part: string, after = 0): Promise<boolean> {
  for (let from = after; from < text.length; from += pieceLength) {
    if (text.slice(from, from + pieceLength + overlap).includes(part)) return true;
    await nextTurn();
  }
  return false;
}

async function hidesLettersInTurns(text: string): Promise<boolean> {
  for (let from = 0; from < text.length; from += pieceLength) {
    if (hidesLetters(text.slice(from, from + pieceLength + overlap))) return true;
    await nextTurn();
  }
  return false;
}

/** The caller's name of the model, as JSON. */
function modelIn({ request }: ProviderCall): string {
  return `"${String((request as unknown as JsonObject)["model"])}"`;
}

/**
 * The text with the vendor's model in place of the caller's, which is between `from` and `end`. Passing an object instead of
 * so many parameters would cost each request 60 bytes (bench/src/guard).
 */
function withModel(
  text: string,
  bytes: Uint8Array | undefined,
  from: number,
  end: number,
  model: string,
  added: AddedField | undefined,
): string | Uint8Array {
  const head = text.slice(0, from);
  const brace = head.indexOf("{");
  const start = added === undefined ? head : head.slice(0, brace) + added.start + head.slice(brace + 1);
  const name = JSON.stringify(model);
  if (text.length <= longest) return start + name + text.slice(end);
  return joined(start, name, bytes === undefined ? text.slice(end) : bytes.subarray(byteOf(end, text, bytes)));
}

/** Where a character of a JSON text is in its bytes. */
function byteOf(index: number, text: string, bytes: Uint8Array): number {
  // There are as many bytes as characters, so all of them are ASCII.
  if (bytes.length === text.length) return index;
  // It is counted from the nearer end.
  if (index > text.length / 2) return bytes.length - encoder.encode(text.slice(index)).length;
  return startOf(bytes) + encoder.encode(text.slice(0, index)).length;
}

/** The same for a long text, which is counted piece by piece. */
async function byteOfInTurns(index: number, text: string, bytes: Uint8Array): Promise<number> {
  if (bytes.length === text.length) return index;
  const isFromEnd = index > text.length / 2;
  const end = isFromEnd ? text.length : index;
  let count = 0;
  for (let from = isFromEnd ? index : 0; from < end;) {
    let stop = Math.min(from + pieceLength, end);
    // The halves of a character stay together.
    if (stop < end && /[\uD800-\uDBFF]/u.test(text.charAt(stop - 1))) stop -= 1;
    count += encoder.encode(text.slice(from, stop)).length;
    from = stop;
    await nextTurn();
  }
  return isFromEnd ? bytes.length - count : startOf(bytes) + count;
}

/**
 * Where the text begins in its bytes. JSON begins with ASCII, so any other first byte belongs to a byte order mark, which
 * is not part of the text.
 */
function startOf(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) > 0x7f ? 3 : 0;
}

/** Encodes piece by piece, so that the whole text is never in V8's heap. */
function joined(...pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Where the model's value is, if its key occurs only once. If it occurs twice, or a key may be written with escapes, another
 * object could have it, or the vendor could read another model than we did: {@link OwnKey} is more careful, and slower.
 * @param at - where the first such key is; -1: nowhere
 * @returns -1: unknown
 */
function valueAt(text: string, at: number, value: string): number {
  if (at === -1) return -1;
  const colon = afterSpace(text, at + key.length);
  const from = afterSpace(text, colon + 1);
  return text[colon] === ":" && text.slice(from, from + value.length) === value ? from : -1;
}

/**
 * Whether letters or `_`, of which the key consists, may be written with escapes. Most clients escape only what is not
 * ASCII.
 */
function hidesLetters(text: string): boolean {
  return text.includes("\\u") && /\\u00[5-7]/u.test(text);
}

/** The first place from `at` on that is not JSON whitespace. */
function afterSpace(text: string, at: number): number {
  let index = at;
  for (let code = text.charCodeAt(index); code === 32 || code === 10 || code === 13 || code === 9;) {
    index += 1;
    code = text.charCodeAt(index);
  }
  return index;
}
