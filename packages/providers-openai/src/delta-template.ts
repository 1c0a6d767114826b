import type { JsonObject } from "@modelyard/core";
import { isAt, isPlain, type ScannedFacts as Facts } from "@modelyard/provider-kit";

/** A place at which events of one form differ: their text, their number, or the random characters that hide their length. */
type Slot = "text" | "number" | "padding";

const textOpening = /"delta": ?"/gu;
const numberOpening = /"sequence_number": ?(?=\d)/gu;
const paddingOpening = /"obfuscation": ?"(?=[^"\\]*")/gu;
const zero = 48;
const nine = 57;

/**
 * What the deltas of one block of a response share: everything but their text, their number and their padding, in whatever
 * order the host writes them. An event of that form says the same with another text.
 */
export class DeltaTemplate {
  /** What comes before each slot, and after the last one. Empty: nothing is known yet. */
  #literals: readonly string[] = [];
  #slots: readonly Slot[] = [];

  /**
   * Skips the event at `at` if it has that form, and counts its text.
   * @returns where the next event begins; -1 if this one must be parsed
   */
  step(text: string, at: number, facts: Facts): number {
    const slots = this.#slots;
    const literals = this.#literals;
    if (slots.length === 0) return -1;
    let place = at;
    let length = 0;
    for (let index = 0; index < slots.length; index += 1) {
      const literal = literals[index] ?? "";
      if (!isAt(literal, text, place)) return -1;
      place += literal.length;
      const slot = slots[index];
      const end = slot === "number" ? digitsEnd(text, place) : text.indexOf('"', place);
      if (end < place || (end === place && slot !== "padding")) return -1;
      if (slot !== "number" && !isPlain(text, place, end)) return -1;
      if (slot === "text") length = end - place;
      place = end;
    }
    const last = literals[slots.length] ?? "";
    if (!isAt(last, text, place)) return -1;
    facts.content += length;
    return place + last.length;
  }

  /** Learns from an event that was parsed: a delta with some text. */
  learn(event: string, { type, delta }: JsonObject): void {
    if (typeof type !== "string" || !type.endsWith(".delta")) return;
    if (typeof delta !== "string" || !/^[^"\\\p{Cc}]+$/u.test(delta)) return;
    const from = onlyEnd(event, textOpening);
    if (from === undefined || !event.startsWith(`${delta}"`, from)) return;
    const places: { readonly slot: Slot; readonly from: number; readonly to: number }[] = [
      { slot: "text", from, to: from + delta.length },
    ];
    const number = onlyEnd(event, numberOpening);
    if (number !== undefined) places.push({ slot: "number", from: number, to: digitsEnd(event, number) });
    const padding = onlyEnd(event, paddingOpening);
    if (padding !== undefined) places.push({ slot: "padding", from: padding, to: event.indexOf('"', padding) });
    places.sort((a, b) => a.from - b.from);
    const starts = [0, ...places.map(({ to }) => to)];
    this.#literals = starts.map((start, index) => {
      const next = places[index];
      return next === undefined ? `${event.slice(start)}\n\n` : event.slice(start, next.from);
    });
    this.#slots = places.map(({ slot }) => slot);
  }
}

/** Where the only match ends; `undefined`: there is none, or more than one. */
function onlyEnd(event: string, pattern: RegExp): number | undefined {
  const [match, ...more] = event.matchAll(pattern);
  return match === undefined || more.length > 0 ? undefined : match.index + match[0].length;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  for (let code = text.charCodeAt(end); code >= zero && code <= nine; code = text.charCodeAt(end)) end += 1;
  return end;
}
