import { createProviderError, isJsonObject, type JsonObject, type StreamPart, type Usage } from "@modelyard/core";

/** An event longer than this is no event, in bytes. */
const longestEvent = 16 * 1024 * 1024;
const newline = 10;
const carriage = 13;

export interface ScannerOptions {
  /** For errors. */
  readonly provider: string;
  readonly deploymentId: string;
  /** Whether the events that only report usage are kept from the caller, who did not ask for them. */
  readonly hideUsage: boolean;
  /** Makes an error of an error event's JSON text. */
  readonly toError: (body: string) => Error;
}

/**
 * Reads OpenAI's event streams without parsing what needs no look: events go on as the bytes they came in, and whether
 * they hold content, finish reasons, usage or an error is found by searching for keys. A key's quotes are never
 * escaped in JSON and quotes within a text always are, so a text that quotes such a key is not mistaken for it.
 */
export class SseScanner {
  readonly #options: ScannerOptions;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: false });
  #rest: Uint8Array | undefined;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /**
   * Takes bytes as they arrive, however they are cut.
   * @returns the whole events so far; `undefined` when there is none yet
   * @throws a provider error for an error event or an unreadable one
   */
  push(chunk: Uint8Array): StreamPart | undefined {
    const bytes = this.#rest === undefined ? chunk : concat(this.#rest, chunk);
    const end = lastEventEnd(bytes);
    if (end === 0) {
      if (bytes.length > longestEvent) throw this.#unreadable("an event has no end");
      this.#rest = bytes;
      return undefined;
    }
    this.#rest = end === bytes.length ? undefined : bytes.subarray(end);
    return this.#part(bytes.subarray(0, end));
  }

  /** What came after the last whole event, when the stream is over. */
  flush(): StreamPart | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest === undefined) return undefined;
    const text = this.#decoder.decode(rest).trim();
    // An end mark without its empty line still is one; half an event is nothing.
    return text === "data: [DONE]" || text === "data:[DONE]"
      ? this.#part(new TextEncoder().encode("data: [DONE]\n\n"))
      : undefined;
  }

  #part(bytes: Uint8Array): StreamPart {
    const text = this.#decoder.decode(bytes);
    const facts = quickFacts(text);
    if (facts === undefined || (facts.usage !== undefined && this.#options.hideUsage)) return this.#slowPart(text);
    const doneAt = facts.doneAt;
    if (doneAt === -1) return new ScannedPart(text, bytes, facts, false);
    const tail = text.slice(doneAt);
    const kept = bytes.subarray(0, bytes.length - new TextEncoder().encode(tail).length);
    return new ScannedPart(text.slice(0, doneAt), kept.length === 0 ? undefined : kept, facts, true);
  }

  /** Event by event, with every one parsed: for whatever the quick look was not sure of. */
  #slowPart(text: string): StreamPart {
    const chunks: JsonObject[] = [];
    let done = false;
    let content = false;
    let finished = 0;
    let usage: Usage | undefined;
    for (const data of dataOf(text)) {
      if (data === "[DONE]") {
        done = true;
        break;
      }
      const value = this.#parse(data);
      if (value["error"] != null) throw this.#options.toError(data);
      if (isJsonObject(value["usage"])) usage = value["usage"] as unknown as Usage;
      const choices = Array.isArray(value["choices"])
        ? (value["choices"] as readonly unknown[]).filter(isJsonObject)
        : [];
      for (const choice of choices) {
        if (choice["finish_reason"] != null) finished += 1;
        if (saysSomething(choice)) content = true;
      }
      if (this.#options.hideUsage && choices.length === 0 && value["usage"] != null) continue;
      chunks.push(value);
    }
    const bytes =
      chunks.length === 0
        ? undefined
        : new TextEncoder().encode(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""));
    return { chunks: chunks as unknown as StreamPart["chunks"], bytes, content, finished, done, usage };
  }

  #parse(data: string): JsonObject {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#unreadable("an event is no JSON");
    }
    if (!isJsonObject(value)) throw this.#unreadable("an event is no JSON object");
    return value;
  }

  #unreadable(problem: string): Error {
    const { provider, deploymentId } = this.#options;
    return createProviderError({
      kind: "invalid_response",
      provider,
      deploymentId,
      message: `The stream of ${provider} cannot be read: ${problem}.`,
    });
  }
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

/** Offset after the last empty line; 0 when there is none. */
function lastEventEnd(bytes: Uint8Array): number {
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    const byte = bytes[index];
    if (byte !== newline && byte !== carriage) continue;
    const before = bytes[index - 1];
    if (byte === newline && before === newline) return index + 1;
    if (byte === newline && before === carriage && bytes[index - 2] === newline) return index + 1;
    if (byte === carriage && before === carriage) return index + 1;
  }
  return 0;
}

interface Facts {
  readonly content: boolean;
  readonly finished: number;
  readonly usage: Usage | undefined;
  /** Where the end mark's line begins; -1: nowhere. */
  readonly doneAt: number;
}

/** Keys whose values are content when they are not empty. */
const contentKeys = [
  '"content":',
  '"tool_calls":',
  '"reasoning_content":',
  '"refusal":',
  '"text":',
  '"function_call":',
  '"reasoning":',
  '"audio":',
];

/** Whether `value` at `at` says something: neither null nor empty. */
function isFilled(text: string, at: number): boolean {
  let index = at;
  while (text.charCodeAt(index) === 32) index += 1;
  const first = text[index];
  if (first === "n") return false;
  return !((first === '"' && text[index + 1] === '"') || (first === "[" && text[index + 1] === "]"));
}

function hasFilled(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at + key.length)) {
    if (isFilled(text, at + key.length)) return true;
  }
  return false;
}

function countFilled(text: string, key: string): number {
  let count = 0;
  for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at + key.length)) {
    if (isFilled(text, at + key.length)) count += 1;
  }
  return count;
}

/** Facts found by searching; `undefined` when every event must be looked at. */
function quickFacts(text: string): Facts | undefined {
  const doneAt = findDone(text);
  const body = doneAt === -1 ? text : text.slice(0, doneAt);
  if (body.includes('"error"') || body.includes('"finish_reason" ') || body.includes('"usage" ') || !wellFormed(body))
    return undefined;
  let usage: Usage | undefined;
  if (hasFilled(body, '"usage":')) {
    usage = lastUsage(body);
    if (usage === undefined) return undefined;
  }
  return {
    content: contentKeys.some((key) => hasFilled(body, key)),
    finished: countFilled(body, '"finish_reason":'),
    usage,
    doneAt,
  };
}

/** Where the line of the end mark begins. Within a text its line break would be escaped. */
function findDone(text: string): number {
  const at = text.lastIndexOf("[DONE]");
  if (at === -1) return -1;
  const line = text.lastIndexOf("\n", at) + 1;
  return /^data: ?\[DONE\]$/u.test(text.slice(line, at + 6)) ? line : -1;
}

/** Whether every event is one line that looks like a JSON object. */
function wellFormed(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf("\n\n", at);
    if (end === -1) return text.slice(at).trim() === "";
    const next = end + 2;
    const start = text.startsWith('data: {"', at) ? at : -1;
    if (start === -1 || text.charCodeAt(end - 1) !== 125) return false;
    // A second line within the event is legal, and rare enough to be read slowly.
    end = text.indexOf("\n", at);
    if (end !== next - 2) return false;
    at = next;
  }
  return true;
}

function lastUsage(text: string): Usage | undefined {
  const lines = text.split("\n").filter((line) => line.includes('"usage":'));
  for (const line of lines.toReversed()) {
    try {
      const value: unknown = JSON.parse(line.slice(6));
      if (isJsonObject(value) && isJsonObject(value["usage"])) return value["usage"] as unknown as Usage;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** The `data` of each event. Source: WHATWG HTML, "Server-sent events". */
function* dataOf(text: string): Generator<string> {
  for (const event of text.split(/\r\n\r\n|\n\n|\r\r/u)) {
    const data = event
      .split(/\r\n|\n|\r/u)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5))
      .join("\n");
    if (data !== "") yield data;
  }
}

function saysSomething(choice: JsonObject): boolean {
  const delta = isJsonObject(choice["delta"]) ? choice["delta"] : choice;
  return ["content", "text", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call", "audio"].some(
    (key) => {
      const value = delta[key];
      return value != null && value !== "" && !(Array.isArray(value) && value.length === 0);
    },
  );
}

/** Some events; parsed when somebody wants to see them. */
class ScannedPart implements StreamPart {
  readonly bytes: Uint8Array | undefined;
  readonly content: boolean;
  readonly finished: number;
  readonly done: boolean;
  readonly usage: Usage | undefined;
  readonly #text: string;
  #chunks: StreamPart["chunks"] | undefined;

  constructor(text: string, bytes: Uint8Array | undefined, facts: Facts, done: boolean) {
    this.#text = text;
    this.bytes = bytes;
    this.content = facts.content;
    this.finished = facts.finished;
    this.usage = facts.usage;
    this.done = done;
  }

  get chunks(): StreamPart["chunks"] {
    this.#chunks ??= [...dataOf(this.#text)].map((data) => JSON.parse(data) as StreamPart["chunks"][number]);
    return this.#chunks;
  }
}
