import type { JsonObject, Usage } from "@modelyard/core";
import { contentLength, isJsonObject } from "@modelyard/core/kit";
import {
  DeltaTemplate,
  failedChoice,
  type ScannedFacts as Facts,
  type ScannerOptions,
  SseScanner,
} from "@modelyard/provider-kit";

export interface ChatScannerOptions extends ScannerOptions {
  /** Whether to hide the events that only report usage, since the caller did not ask for them. */
  readonly hideUsage: boolean;
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

/** Reads the event streams of chats and text completions. */
export class ChatScanner extends SseScanner<ChatScannerOptions> {
  readonly #template = new DeltaTemplate("\n\n");
  /** Choices that have a finish reason, by their index. */
  #ended: readonly number[] = noIndexes;

  protected step(text: string, at: number, facts: Facts): number {
    // After a finish reason every event is parsed: content would show that the answer continues.
    if (this.#ended.length > 0) return -1;
    const template = this.#template;
    const next = template.step(text, at);
    if (next !== -1) facts.content += template.length;
    return next;
  }

  protected learn(event: string, value: JsonObject): void {
    const text = onlyText(value);
    if (text !== undefined) this.#template.learn(event, text);
  }

  protected note(value: JsonObject, data: string, at: number, facts: Facts): void {
    if (value["error"] != null) throw this.options.toError(data);
    const choices = Array.isArray(value["choices"])
      ? (value["choices"] as readonly unknown[]).filter(isJsonObject)
      : [];
    const failed = failedChoice(choices);
    if (failed !== undefined) throw this.options.toError(JSON.stringify(failed));
    if (at > 0 && choices.some(endsOddly)) {
      facts.deferred = true;
      facts.end = at;
      return;
    }
    if (isJsonObject(value["usage"])) facts.usage = value["usage"] as unknown as Usage;
    for (let index = 0; index < choices.length; index += 1) this.#noteChoice(choices[index] as JsonObject, facts);
  }

  protected hides(value: JsonObject): boolean {
    return (
      this.options.hideUsage &&
      value["usage"] != null &&
      Array.isArray(value["choices"]) &&
      value["choices"].length === 0
    );
  }

  #noteChoice(choice: JsonObject, facts: Facts): void {
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
}

/** Some hosts write an empty string where others write `null`. */
function isReason(reason: unknown): boolean {
  return reason != null && reason !== "";
}

/** The fields of a delta, or of a text completion's choice, that bring a text. */
const textFields = ["content", "text", "reasoning_content", "reasoning"] as const;

/** The text of an event that brings one piece of text, and nothing else. */
function onlyText({ choices, usage }: JsonObject): string | undefined {
  if (!Array.isArray(choices) || choices.length !== 1 || usage != null) return undefined;
  const choice: unknown = choices[0];
  if (!isJsonObject(choice) || choice["finish_reason"] != null) return undefined;
  const delta = isJsonObject(choice["delta"]) ? choice["delta"] : choice;
  for (let index = 0; index < textFields.length; index += 1) {
    const text = delta[textFields[index] ?? ""];
    if (typeof text === "string" && text !== "") return contentLength(choice) === text.length ? text : undefined;
  }
  return undefined;
}

/** A separate function: a closure instead would cost every event 40 bytes (bench/src/guard). */
function without(indexes: readonly number[], index: number): readonly number[] {
  return indexes.filter((other) => other !== index);
}

function endsOddly({ finish_reason: reason }: JsonObject): boolean {
  return isReason(reason) && !ordinary.has(reason);
}
