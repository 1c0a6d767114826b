import { splitAround, splitNumber } from "./delta-template.js";
import type { WireEvent } from "./wire.js";

/** Prints events that bring pieces of one text. They differ in the text, and in Responses in their number. */
export class DeltaPrinter {
  #head = "";
  /** What follows the number; `undefined`: events have none. */
  #afterNumber: string | undefined;
  #tail = "";

  /** Learns from an event that was printed. @returns whether it could */
  learn(event: WireEvent, printed: string, text: string): boolean {
    const around = splitAround(printed, text);
    if (around === undefined) return false;
    const numbered = numberOf(event) === undefined ? undefined : splitNumber(around.head);
    this.#head = numbered?.before ?? around.head;
    this.#afterNumber = numbered?.after;
    this.#tail = around.tail;
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
