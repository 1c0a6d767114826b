import type { WireEvent } from "./wire.js";

/** The fields in which the three wires write a piece of text or of thinking. */
const field = /"(?:content|delta|reasoning_content|text|thinking)":$/u;
const number = /^(?<before>.*"sequence_number":)\d+(?<after>.*)$/su;

/** Prints events that bring pieces of one text. They differ in the text, and in Responses in their number. */
export class DeltaPrinter {
  #head = "";
  /** What follows the number; `undefined`: events have none. */
  #afterNumber: string | undefined;
  #tail = "";

  /** Learns from an event that was printed. @returns whether it could */
  learn(event: WireEvent, printed: string, text: string): boolean {
    const quoted = JSON.stringify(text);
    const at = printed.indexOf(quoted);
    if (at === -1 || printed.includes(quoted, at + 1) || !field.test(printed.slice(0, at))) return false;
    const head = printed.slice(0, at + 1);
    const { before, after } = (numberOf(event) === undefined ? undefined : number.exec(head)?.groups) ?? {};
    this.#head = before ?? head;
    this.#afterNumber = after;
    this.#tail = printed.slice(at + quoted.length - 1);
    return true;
  }

  /** @param text - as JSON escapes it */
  print(event: WireEvent, text: string): string {
    return this.#afterNumber === undefined
      ? this.#head + text + this.#tail
      : this.#head + String(numberOf(event)) + this.#afterNumber + text + this.#tail;
  }
}

function numberOf(event: WireEvent): unknown {
  return event === "[DONE]" ? undefined : event["sequence_number"];
}
