import type { JsonObject } from "@modelyard/core";
import { finishMeaning, isJsonObject, operations } from "@modelyard/core/kit";
import { DeltaTemplate, type ScannedFacts as Facts, SseScanner } from "@modelyard/provider-kit";
import { type Counts, convertUsage, mergeCounts } from "./convert-usage.js";

const { reads, finishReasons } = operations.messages;
const { contentLength } = reads;

/** The reasons of most parts, created once. */
const endsTurn: readonly string[] = Object.freeze(["end_turn"]);
const usesTool: readonly string[] = Object.freeze(["tool_use"]);

/** Whether a stop reason may mean that the call failed. If so, the content before it must not be lost. */
function endsOddly(reason: string): boolean {
  const meaning = finishMeaning(reason, finishReasons);
  return meaning !== "complete" && meaning !== "cut";
}

/**
 * Reads the streams of messages on their way to callers of the same API, who get the bytes as they came. An event takes as
 * long as one of a chat, 0.4 µs (docs/internals.md, "Most events are recognized, not parsed").
 */
export class MessageScanner extends SseScanner {
  readonly #template = new DeltaTemplate("\n\n");
  #counts: Counts = {};
  /** Whether there was a stop reason, and no content after it. */
  #ended = false;

  protected step(text: string, at: number, facts: Facts): number {
    // After a stop reason every event is parsed: content would show that the answer continues.
    const next = this.#ended ? -1 : this.#template.step(text, at);
    if (next !== -1) facts.content += this.#template.length;
    return next;
  }

  protected learn(event: string, value: JsonObject): void {
    const { type, delta } = value;
    if (type !== "content_block_delta" || !isJsonObject(delta)) return;
    const text = delta["text"] ?? delta["thinking"] ?? delta["partial_json"];
    if (typeof text === "string" && contentLength(value) === text.length) this.#template.learn(event, text);
  }

  protected note(value: JsonObject, data: string, at: number, facts: Facts): void {
    const { type, message, delta } = value;
    if (type === "error" || (type === undefined && value["error"] != null)) throw this.options.toError(data);
    const ending = type === "message_start" ? message : type === "message_delta" ? delta : undefined;
    const reason = isJsonObject(ending) ? ending["stop_reason"] : undefined;
    if (at > 0 && typeof reason === "string" && endsOddly(reason)) {
      facts.deferred = true;
      facts.end = at;
      return;
    }
    this.#addContent(contentLength(value), facts);
    if (type === "message_start") this.#begin(message, facts);
    else if (type === "message_delta") this.#count(value["usage"], facts);
    else if (type === "message_stop") facts.done = true;
    if (typeof reason === "string") this.#end(reason, facts);
  }

  #addContent(length: number, facts: Facts): void {
    if (length === 0) return;
    facts.content += length;
    if (!this.#ended) return;
    this.#ended = false;
    facts.finished -= 1;
  }

  /** Some hosts omit the prompt's tokens, or send 0, until the end of the stream. */
  #begin(message: unknown, facts: Facts): void {
    this.#counts = {};
    if (!isJsonObject(message)) return;
    this.#counts = mergeCounts({}, message["usage"] as Counts | undefined);
    const usage = convertUsage(this.#counts);
    if (usage.prompt_tokens > 0) facts.usage = usage;
  }

  #count(usage: unknown, facts: Facts): void {
    if (!isJsonObject(usage)) return;
    this.#counts = mergeCounts(this.#counts, usage);
    facts.usage = convertUsage(this.#counts);
  }

  /** There may be several such events, which all repeat the stop reason. */
  #end(reason: string, facts: Facts): void {
    facts.reasons = reason === "end_turn" ? endsTurn : reason === "tool_use" ? usesTool : [reason];
    if (!this.#ended) facts.finished += 1;
    this.#ended = true;
  }

  protected hides(): boolean {
    return false;
  }

  /** Some hosts send OpenAI's end mark, which no client of this API knows. The stream ends with `message_stop`. */
  protected override sayDone(): void {
    // It is not shown, and has no other effect.
  }

  protected override isEndMark(event: string): boolean {
    return /^(?:event: ?message_stop\n)?data: ?\{\s*"type": ?"message_stop"\s*\}$/u.test(event);
  }
}
