import type { JsonObject } from "../../json.js";
import type { Usage } from "../../wire/usage.js";

/** An answer whose stream broke, as far as the caller has received it. */
export interface UnfinishedAnswer {
  readonly text: string;
  /** The number of its tokens, possibly estimated. */
  readonly usedTokens: number;
  /** What the user says after it, to models that cannot continue from the beginning of an answer. Not set: nothing. */
  readonly instruction?: string;
}

/** Removes text that a continuation repeats. Both functions return the new text that can be passed on now. */
export interface TextCutter {
  push(text: string): string;
  /** Called when the answer ends, or when something other than text follows. */
  flush(): string;
}

/** Makes the events of several streams those of one answer. */
export interface StreamJoiner {
  /**
   * Notes an event that the caller receives.
   * @returns the text that it adds; `undefined`: the answer contains something that no other deployment can continue
   */
  sent(event: JsonObject): string | undefined;
  /** Whether the answer is at a place where it can be continued. A thought that was cut cannot be. */
  readonly continuable: boolean;
  /**
   * Called when a stream that continues the answer begins.
   * @param used - the usage of the streams before it
   */
  begin(cutter: TextCutter, used: Usage | undefined): void;
  /** The events that the caller receives in the place of one event of a stream that continues the answer. */
  join(event: JsonObject): readonly JsonObject[];
}

/** How another deployment can continue the broken stream of an operation. */
export interface StreamContinuation {
  /** Whether a request asks for plain text with one choice. Only that can be continued by another deployment. */
  readonly isPlain: (request: JsonObject) => boolean;
  /** The request for the rest: it includes the text so far, and its limits are reduced by the tokens used. */
  readonly request: (request: JsonObject, answer: UnfinishedAnswer) => JsonObject;
  readonly joiner: () => StreamJoiner;
}

/** The messages that follow a conversation to have its answer continued. */
export function continuingTurns({ text, instruction }: UnfinishedAnswer): readonly JsonObject[] {
  const begun = { role: "assistant", content: text };
  return instruction === undefined ? [begun] : [begun, { role: "user", content: instruction }];
}

/** The request's own limit for the tokens of an answer, reduced by those used. Empty: it has none. */
export function limitLeft(request: JsonObject, field: string, usedTokens: number, least = 1): Record<string, number> {
  const limit = request[field];
  return typeof limit === "number" ? { [field]: Math.max(least, limit - usedTokens) } : {};
}

export function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
