import type { JsonObject, Usage } from "@modelyard/core";
import { contentLength, createProviderError, isJsonObject, jsonExcess, type StreamPart } from "@modelyard/core/kit";
import {
  dataOf,
  EventBuffer,
  type EventScanner,
  isBlank,
  nothingYet,
  onlyLine,
  type ScannedFacts as Facts,
  ScannedPart,
} from "@modelyard/provider-kit";
import { EventTemplate } from "./event-template.js";
import { failedChoice } from "./failed-choice.js";

/** Longer events are refused, in bytes. */
const longestEvent = 16 * 1024 * 1024;
const encoder = new TextEncoder();
/** Only whole events are decoded, so it keeps nothing from one to the next. */
const decoder = new TextDecoder();

export interface ScannerOptions {
  /** For errors. */
  readonly provider: string;
  readonly deploymentId: string;
  /** Whether to hide the events that only report usage, since the caller did not ask for them. */
  readonly hideUsage: boolean;
  /** The error for an event that reports one, from its JSON text. */
  readonly toError: (body: string) => Error;
}

const noIndexes: readonly number[] = Object.freeze([]);
/** The choice that most streams have. */
const firstIndex: readonly number[] = Object.freeze([0]);
/** The reasons of most parts, created once. */
const ordinaryReasons: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["stop", ["stop"]],
  ["tool_calls", ["tool_calls"]],
]);

/** Reasons that end an answer in the ordinary way. Others may mean a failure, so earlier events become a part before them. */
const ordinary: ReadonlySet<unknown> = new Set(["stop", "length", "tool_calls", "function_call"]);

/**
 * Reads OpenAI's event streams with as little work as possible: most events differ from the one before in one text only, and
 * are recognized by their beginning and end. Every other event is parsed. Events are passed on as the bytes that came.
 */
export class SseScanner implements EventScanner {
  readonly #options: ScannerOptions;
  readonly #template = new EventTemplate();
  readonly #buffer = new EventBuffer();
  /** Whole events that arrived with the last part and become the next one. */
  #deferred: Uint8Array | undefined;
  /** Choices that have a finish reason, by their index. */
  #ended: readonly number[] = noIndexes;
  /** An error after the events that were returned last. */
  #failure: Error | undefined;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): StreamPart | undefined {
    const bytes = this.#buffer.push(chunk);
    if (this.#buffer.length > longestEvent) throw this.#unreadable("an event is too long");
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
    return text === "data: [DONE]" || text === "data:[DONE]"
      ? this.#part(encoder.encode("data: [DONE]\n\n"))
      : undefined;
  }

  #part(bytes: Uint8Array): StreamPart {
    const text = decoder.decode(bytes);
    if (text.includes("\r")) return this.#otherLineEnds(text);
    const facts = nothingYet(text.length);
    const template = this.#template;
    let at = 0;
    while (at < facts.end && !facts.done) {
      // After a finish reason every event is parsed: content would show that the answer continues.
      const next = this.#ended.length > 0 ? -1 : template.step(text, at);
      if (next !== -1) {
        facts.content += next - at - template.frame;
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
    return this.#result(text, bytes, facts);
  }

  /** Reads an event that is not like the one before. */
  #look(text: string, at: number, end: number, facts: Facts): void {
    const event = text.slice(at, end);
    const line = onlyLine(event);
    if (line === undefined ? isWithoutData(event) : isBlank(line)) {
      // By the standard, an event without data is ignored, but some clients fail on one.
      if (!event.startsWith(":")) (facts.hidden ??= []).push([at, Math.min(end + 2, text.length)]);
      return;
    }
    if (line === undefined && isErrorEvent(event)) throw this.#options.toError([...dataOf(event)].join("\n"));
    const value = line === undefined ? this.#lookAt(dataOf(event), at, facts) : this.#read(line, at, facts);
    if (value === undefined || facts.deferred) return;
    if (this.#isHidden(value)) (facts.hidden ??= []).push([at, Math.min(end + 2, text.length)]);
    if (line !== undefined) this.#template.learn(event, value);
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
      facts.done = true;
      facts.end = at;
      return undefined;
    }
    const value = this.#parse(data);
    if (value["error"] != null) throw this.#options.toError(data);
    const choices = Array.isArray(value["choices"])
      ? (value["choices"] as readonly unknown[]).filter(isJsonObject)
      : [];
    const failed = failedChoice(choices);
    if (failed !== undefined) throw this.#options.toError(JSON.stringify(failed));
    if (at > 0 && choices.some(endsOddly)) {
      facts.deferred = true;
      facts.end = at;
      return value;
    }
    if (isJsonObject(value["usage"])) facts.usage = value["usage"] as unknown as Usage;
    for (let index = 0; index < choices.length; index += 1) this.#note(choices[index] as JsonObject, facts);
    return value;
  }

  #note(choice: JsonObject, facts: Facts): void {
    const index = typeof choice["index"] === "number" ? choice["index"] : 0;
    const length = contentLength(choice);
    facts.content += length;
    if (length > 0 && this.#ended.includes(index)) {
      this.#ended = without(this.#ended, index);
      facts.finished -= 1;
    }
    const reason = choice["finish_reason"];
    if (!isReason(reason)) return;
    facts.reasons =
      facts.reasons.length === 0
        ? (ordinaryReasons.get(reason) ?? [String(reason)])
        : [...facts.reasons, String(reason)];
    if (this.#ended.includes(index)) return;
    this.#ended = this.#ended.length === 0 && index === 0 ? firstIndex : [...this.#ended, index];
    facts.finished += 1;
  }

  #isHidden(value: JsonObject): boolean {
    return (
      this.#options.hideUsage &&
      value["usage"] != null &&
      Array.isArray(value["choices"]) &&
      value["choices"].length === 0
    );
  }

  #result(text: string, bytes: Uint8Array, facts: Facts): StreamPart {
    const { hidden, end } = facts;
    if (facts.deferred) this.#deferred = encoder.encode(text.slice(end));
    if (hidden === undefined && end === text.length) return new ScannedPart(text, bytes, facts);
    if (hidden === undefined) {
      const kept = bytes.length - encoder.encode(text.slice(end)).length;
      return new ScannedPart(text.slice(0, end), kept === 0 ? undefined : bytes.subarray(0, kept), facts);
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
    const { provider, deploymentId } = this.#options;
    return createProviderError({
      kind: "invalid_response",
      provider,
      deploymentId,
      message: `The stream of ${provider} cannot be read: ${problem}.`,
    });
  }
}

/** Some hosts write an empty string where others write `null`. */
function isReason(reason: unknown): boolean {
  return reason != null && reason !== "";
}

/** A separate function: a closure instead would cost every event 40 bytes (bench/src/guard). */
function without(indexes: readonly number[], index: number): readonly number[] {
  return indexes.filter((other) => other !== index);
}

function isWithoutData(event: string): boolean {
  return dataOf(event).next().done === true;
}

/** Whether an event is named an error, whatever its data are. */
function isErrorEvent(event: string): boolean {
  return /^event: ?error$/mu.test(event);
}

function endsOddly({ finish_reason: reason }: JsonObject): boolean {
  return isReason(reason) && !ordinary.has(reason);
}
