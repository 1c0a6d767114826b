import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

const backslash = 92;
const space = 32;

/** Where a delta's text begins in an event, with or without a space. */
const openings = ['"content":"', '"content": "', '"text":"', '"text": "'] as const;

/**
 * What events of one stream have in common: everything but one text. An event that begins and ends like the last one
 * that was parsed, with nothing but the inside of one JSON string between, says the same with another text.
 */
export class EventTemplate {
  #prefix = "";
  #suffix = "";

  /** How long an event is beside its text. */
  get frame(): number {
    return this.#prefix.length + this.#suffix.length;
  }

  /**
   * Steps over the event at `at`, when it holds some text and nothing else that matters.
   * @returns where the next event begins; -1 when this one must be looked at
   */
  step(text: string, at: number): number {
    const prefix = this.#prefix;
    if (prefix === "" || !isAt(prefix, text, at)) return -1;
    const opening = at + prefix.length;
    // The first quote after the beginning must be the one that the end begins with.
    const closing = text.indexOf('"', opening);
    return closing > opening && isPlain(text, opening, closing) && isAt(this.#suffix, text, closing)
      ? closing + this.#suffix.length
      : -1;
  }

  /** Learns from an event that was parsed: one choice with some text, not finished, without usage. */
  learn(event: string, value: JsonObject): void {
    const choices = value["choices"];
    if (!Array.isArray(choices) || choices.length !== 1 || value["usage"] != null) return;
    const choice: unknown = choices[0];
    if (!isJsonObject(choice) || choice["finish_reason"] != null) return;
    const delta = isJsonObject(choice["delta"]) ? choice["delta"] : choice;
    const text = delta["content"] ?? delta["text"];
    if (typeof text !== "string" || text === "" || !/^[^"\\\p{Cc}]+$/u.test(text)) return;
    for (const opening of openings) {
      const at = event.indexOf(opening + text + '"');
      if (at === -1 || event.includes(opening, at + 1)) continue;
      this.#prefix = event.slice(0, at + opening.length);
      this.#suffix = `${event.slice(at + opening.length + text.length)}\n\n`;
      return;
    }
  }
}

/** Like `text.startsWith(part, at)`, but faster (docs/internals.md, "Most events are recognized, not parsed"). */
function isAt(part: string, text: string, at: number): boolean {
  return text.slice(at, at + part.length) === part;
}

/** Whether a part of a text is the inside of a JSON string without escapes; those and control characters are parsed. */
function isPlain(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const code = text.charCodeAt(index);
    if (code === backslash || code < space) return false;
  }
  return true;
}
