import type { JsonObject } from "@modelyard/core";
import { createProviderError, isJsonObject, jsonExcess, type StreamPart } from "@modelyard/core/kit";
import { nothingYet, type ScannedFacts as Facts, ScannedPart } from "./scanned-part.js";
import type { EventScanner } from "./scanned-stream.js";
import { dataLine, dataOf, EventBuffer, isBlank } from "./sse-text.js";

/** Longer events are refused, in bytes. */
const longestEvent = 16 * 1024 * 1024;
const encoder = new TextEncoder();
/** Only whole events are decoded, so it keeps nothing from one to the next. */
const decoder = new TextDecoder();

export interface ScannerOptions {
  /** For errors. */
  readonly provider: string;
  readonly deploymentId: string;
  /** The error for an event that reports one, from its JSON text. */
  readonly toError: (body: string) => Error;
  /** Whether parts keep their events, parsed if they had to be, for a translation that reads all of them. */
  readonly keepsEvents?: boolean;
}

/**
 * Reads event streams with as little work as possible: most events differ from the one before in one text only, and are
 * recognized by their beginning and end. Every other event is parsed. Events are passed on as the bytes that came. What an
 * event means depends on the wire format, so each has its own scanner.
 */
export abstract class SseScanner<Options extends ScannerOptions = ScannerOptions> implements EventScanner {
  protected readonly options: Options;
  readonly #buffer = new EventBuffer();
  /** Whole events that arrived with the last part and become the next one. */
  #deferred: Uint8Array | undefined;
  /** An error after the events that were returned last. */
  #failure: Error | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  /**
   * Skips the event at `at` if it has some text and nothing else that matters, and adds that text to the facts.
   * @returns where the next event begins; -1 if this one must be parsed
   */
  protected abstract step(text: string, at: number, facts: Facts): number;

  /** Learns from an event that was parsed what the next ones may look like. */
  protected abstract learn(event: string, value: JsonObject): void;

  /**
   * Adds what an event means to the facts. If it must be a separate part, it sets `deferred` and `end` instead.
   * @param data - its JSON text
   * @param at - where it begins
   * @throws the error that it reports
   */
  protected abstract note(value: JsonObject, data: string, at: number, facts: Facts): void;

  /** Whether an event must not be shown. */
  protected abstract hides(value: JsonObject): boolean;

  /** Notes the text `[DONE]`, with which most vendors end their streams. @param at - where its event begins */
  protected sayDone(at: number, facts: Facts): void {
    facts.done = true;
    facts.end = at;
  }

  /** Whether the last event of a stream, which nothing follows, is its end mark. */
  protected isEndMark(event: string): boolean {
    return event === "data: [DONE]" || event === "data:[DONE]";
  }

  push(chunk: Uint8Array): StreamPart | undefined {
    const bytes = this.#buffer.push(chunk);
    if (this.#buffer.length > longestEvent) {
      const failure = this.#unreadable("an event is too long");
      if (bytes === undefined) throw failure;
      this.#failure ??= failure;
    }
    return bytes === undefined ? undefined : this.#part(bytes);
  }

  pending(): StreamPart | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const deferred = this.#deferred;
    if (deferred === undefined) return undefined;
    this.#deferred = undefined;
    return this.#part(deferred);
  }

  flush(): StreamPart | undefined {
    const rest = this.#buffer.take();
    if (rest === undefined) return undefined;
    const text = decoder.decode(rest).trim();
    // An end mark counts even without the empty line after it; half an event does not.
    return this.isEndMark(text) ? this.#part(encoder.encode(`${text}\n\n`)) : undefined;
  }

  #part(bytes: Uint8Array): StreamPart {
    const text = decoder.decode(bytes);
    if (text.includes("\r")) return this.#otherLineEnds(text);
    const facts = nothingYet(text.length);
    let at = 0;
    while (at < facts.end && !facts.done) {
      const next = this.step(text, at, facts);
      if (next !== -1) {
        if (this.options.keepsEvents === true) keep(text.slice(at, next - 2), undefined, facts);
        at = next;
        continue;
      }
      const found = text.indexOf("\n\n", at);
      // Only another empty line is left after the last event.
      const end = found === -1 ? text.length : found;
      try {
        this.#look(text, at, end, facts);
      } catch (thrown) {
        if (at === 0) throw thrown;
        this.#failure = thrown as Error;
        facts.end = at;
      }
      at = end + 2;
    }
    // Nothing is read after the end mark. It is part of the answer if it is an event.
    if (facts.done && facts.end > at) facts.end = at;
    return this.#result(text, bytes, facts);
  }

  /** Reads an event that is not like the one before. */
  #look(text: string, at: number, end: number, facts: Facts): void {
    const event = text.slice(at, end);
    const line = dataLine(event);
    if (line === undefined ? isWithoutData(event) : isBlank(line)) {
      // By the standard, an event without data is ignored, but some clients fail on one.
      if (!event.startsWith(":")) (facts.hidden ??= []).push([at, Math.min(end + 2, text.length)]);
      return;
    }
    if (line === undefined && isErrorEvent(event)) throw this.options.toError(dataOf(event).join("\n"));
    const value = line === undefined ? this.#lookAt(dataOf(event), at, facts) : this.#read(line, at, facts);
    if (facts.done && value === undefined) return;
    if (facts.deferred) return;
    if (value === undefined || this.hides(value)) (facts.hidden ??= []).push([at, Math.min(end + 2, text.length)]);
    else if (this.options.keepsEvents === true) keep(event, value, facts);
    if (line !== undefined && value !== undefined) this.learn(event, value);
  }

  /** Reads an event with several lines, or with one line that is not written as usual. @returns its value, if it has one */
  #lookAt(events: Iterable<string>, at: number, facts: Facts): JsonObject | undefined {
    let value: JsonObject | undefined;
    for (const data of events) value = this.#read(data, at, facts);
    return value;
  }

  /** @returns the value of an event; `undefined` for the end mark */
  #read(data: string, at: number, facts: Facts): JsonObject | undefined {
    if (data === "[DONE]") {
      this.sayDone(at, facts);
      return undefined;
    }
    const value = this.#parse(data);
    this.note(value, data, at, facts);
    return value;
  }

  #result(text: string, bytes: Uint8Array, facts: Facts): StreamPart {
    const { hidden, end } = facts;
    if (facts.deferred) this.#deferred = encoder.encode(text.slice(end));
    if (hidden === undefined && end === text.length) return new ScannedPart(text, bytes, facts);
    if (hidden === undefined) {
      const kept = text.slice(0, end);
      return new ScannedPart(kept, kept === "" ? undefined : withoutEnd(bytes, kept, text.slice(end)), facts);
    }
    let shown = "";
    let from = 0;
    for (const [begin, after] of hidden) {
      shown += text.slice(from, begin);
      from = after;
    }
    shown += text.slice(from, end);
    return new ScannedPart(shown, shown === "" ? undefined : encoder.encode(shown), facts);
  }

  /** Lines may also end with CRLF or CR. Those are converted first. */
  #otherLineEnds(text: string): StreamPart {
    const usual = text.replaceAll(/\r\n?/gu, "\n").replace(/^\n+/u, "");
    return usual === "" ? new ScannedPart("", undefined, nothingYet(0)) : this.#part(encoder.encode(usual));
  }

  #parse(data: string): JsonObject {
    const excess = jsonExcess(data);
    if (excess !== undefined) throw this.#unreadable(`an event ${excess}`);
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#unreadable("an event is not JSON");
    }
    if (!isJsonObject(value)) throw this.#unreadable("an event is not a JSON object");
    return value;
  }

  #unreadable(problem: string): Error {
    const { provider, deploymentId } = this.options;
    return createProviderError({
      kind: "invalid_response",
      provider,
      deploymentId,
      message: `The stream of ${provider} cannot be read: ${problem}.`,
    });
  }
}

/** Keeps an event that is shown. @param value - `undefined`: it was recognized */
function keep(event: string, value: JsonObject | undefined, facts: Facts): void {
  const data = dataLine(event) ?? dataOf(event)[0] ?? "";
  (facts.events ??= []).push(value === undefined ? { data } : { data, value });
}

/** The bytes of a text without its end. */
function withoutEnd(bytes: Uint8Array, kept: string, end: string): Uint8Array {
  // Bytes that are not UTF-8 were replaced, so their number is unknown.
  if (end.includes("\uFFFD")) return encoder.encode(kept);
  return bytes.subarray(0, bytes.length - encoder.encode(end).length);
}

function isWithoutData(event: string): boolean {
  return dataOf(event).length === 0;
}

/** Whether an event is named an error, whatever its data are. */
function isErrorEvent(event: string): boolean {
  return /^event: ?error$/mu.test(event);
}
