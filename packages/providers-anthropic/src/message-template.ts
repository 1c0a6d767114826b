import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { isAt, jsonStringEnd, type ScannedFacts as Facts } from "@modelyard/provider-kit";

/** What precedes the text of each kind of delta that has one. */
const openings: Readonly<Record<string, RegExp>> = {
  text: /"text": ?"/gu,
  thinking: /"thinking": ?"/gu,
  partial_json: /"partial_json": ?"/gu,
};
/** Anthropic hides the length of a text by a random number of spaces before the last brace. */
const ending = /^(?<close>"[}\]\w":,.-]*?) *\}$/u;
const space = 32;

/**
 * What the deltas of one block have in common: everything but their text, and the number of spaces at their end. An event of
 * that form says the same with another text.
 */
export class MessageTemplate {
  /** Empty: nothing is known yet. */
  #prefix = "";
  /** From the quote after the text up to the spaces. */
  #close = "";

  /**
   * Skips the event at `at` if it has that form, and counts its text.
   * @returns where the next event begins; -1 if this one must be parsed
   */
  step(text: string, at: number, facts: Facts): number {
    const prefix = this.#prefix;
    if (prefix === "" || !isAt(prefix, text, at)) return -1;
    const found = jsonStringEnd(text, at + prefix.length);
    if (found === undefined) return -1;
    const { end, length } = found;
    if (!isAt(this.#close, text, end)) return -1;
    let close = end + this.#close.length;
    while (text.charCodeAt(close) === space) close += 1;
    if (!isAt("}\n\n", text, close)) return -1;
    facts.content += length;
    return close + 3;
  }

  /** Learns from an event that was parsed: a delta with a text. */
  learn(event: string, { type, delta }: JsonObject): void {
    if (type !== "content_block_delta" || !isJsonObject(delta)) return;
    const [field, ...more] = Object.keys(openings).filter((name) => delta[name] !== undefined);
    if (field === undefined || more.length > 0 || typeof delta[field] !== "string") return;
    const [opening, ...others] = event.matchAll(openings[field] as RegExp);
    if (opening === undefined || others.length > 0) return;
    const from = opening.index + opening[0].length;
    const end = jsonStringEnd(event, from)?.end;
    const close = end === undefined ? undefined : ending.exec(event.slice(end))?.groups?.["close"];
    if (end === undefined || close === undefined || JSON.parse(event.slice(from - 1, end + 1)) !== delta[field]) return;
    this.#prefix = event.slice(0, from);
    this.#close = close;
  }
}
