import type { JsonObject, Usage } from "@modelyard/core";
import type { OperationRow, StreamPart } from "@modelyard/core/kit";
import type { Attempt } from "../attempt/attempt.js";
import { normalizeUsage } from "../attempt/usage.js";
import { writtenReasons } from "../attempt/finish-reasons.js";

/** The same as in the estimate of prompts. */
const charactersPerToken = 4;

/** Keeps track of a stream: how much content has arrived, whether it is complete, and its usage. */
export class StreamTally {
  readonly #attempt: Attempt;
  #usage: Usage | undefined = undefined;
  /** Characters of content. */
  #characters = 0;
  #finished = 0;
  #done = false;
  #spoiled = false;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** The usage that the vendor reported. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** The number of choices with a finish reason. */
  get finished(): number {
    return this.#finished;
  }

  /** Whether the vendor has marked the answer as complete. */
  get complete(): boolean {
    return !this.#spoiled && (this.#done || this.#finished >= this.#attempt.choices);
  }

  /** Whether any content has arrived. */
  get hasContent(): boolean {
    return this.#characters > 0;
  }

  /** The reported usage, with estimates for what is missing, or `undefined` before the first content. */
  get spent(): Usage | undefined {
    const reported = this.#usage;
    if (this.complete && reported !== undefined) return reported;
    if (this.#characters === 0) return reported;
    const prompt = reported?.prompt_tokens ?? this.#attempt.call.inputTokens;
    const completion = Math.max(reported?.completion_tokens ?? 0, Math.ceil(this.#characters / charactersPerToken));
    return {
      ...reported,
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      estimated: true,
    };
  }

  /** Marks the answer as failed, so that it never counts as complete. */
  markFailed(): void {
    this.#spoiled = true;
  }

  add(part: StreamPart): void {
    const { row } = this.#attempt.call;
    // Content after the last finish reason shows that it was not the end, even if the provider did not count it that
    // way.
    if (this.complete && part.content && part.finished === 0 && writtenReasons(part, row).length === 0)
      this.#finished -= 1;
    this.#finished += part.finished;
    if (part.usage !== undefined) this.#usage = normalizeUsage(part.usage) ?? this.#usage;
    if (part.content) this.#characters += part.contentLength ?? lengthOf(part, row);
    if (part.done) this.#done = true;
  }
}

/** Counts the characters of content, for providers that do not report them. */
function lengthOf(part: StreamPart, { reads }: OperationRow): number {
  let length = 0;
  for (const chunk of part.chunks) length += reads.contentLength(chunk);
  return length;
}

/** How many events of a part have content. */
export function eventsWithContent(part: StreamPart, { reads }: OperationRow): number {
  return part.chunks.filter((chunk) => reads.contentLength(chunk as unknown as JsonObject) > 0).length;
}
