import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { isAt, isPlain } from "@modelyard/provider-kit";

/** What precedes a delta's text in an event, with or without a space. */
const openings = ['"content":"', '"content": "', '"text":"', '"text": "'] as const;

/**
 * What the events of one stream share: everything except one text. An event that begins and ends like the last one that was
 * parsed, with only the inside of a JSON string in between, says the same with another text.
 */
export class EventTemplate {
  #prefix = "";
  #suffix = "";

  /** The length of an event without its text. */
  get frame(): number {
    return this.#prefix.length + this.#suffix.length;
  }

  /**
   * Skips the event at `at` if it has some text and nothing else that matters.
   * @returns where the next event begins; -1 if this one must be parsed
   */
  step(text: string, at: number): number {
    const prefix = this.#prefix;
    if (prefix === "" || !isAt(prefix, text, at)) return -1;
    const opening = at + prefix.length;
    // The first quote after the beginning must be the one with which the end begins.
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
