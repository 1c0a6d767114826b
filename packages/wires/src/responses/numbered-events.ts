import type { JsonObject } from "../json.js";

/** Makes the events of one response: numbers them, and remembers the items that are whole. */
export class NumberedEvents {
  #sequence = 0;
  #items = 0;
  /** Whole items by their place. */
  readonly #output = new Map<number, JsonObject>();

  of(type: string, fields: JsonObject): JsonObject {
    return { type, sequence_number: this.nextNumber(), ...fields };
  }

  /** For events that are written without {@link of}, since most events of a stream are deltas of text. */
  nextNumber(): number {
    this.#sequence += 1;
    return this.#sequence - 1;
  }

  /** The place of a new item. */
  nextPlace(): number {
    this.#items += 1;
    return this.#items - 1;
  }

  added(place: number, item: JsonObject): JsonObject {
    return this.of("response.output_item.added", { output_index: place, item });
  }

  done(place: number, item: JsonObject): JsonObject {
    this.#output.set(place, item);
    return this.of("response.output_item.done", { output_index: place, item });
  }

  /** The whole items in their order, and with them others that will never be whole. */
  output(others: readonly (readonly [place: number, item: JsonObject])[] = []): readonly JsonObject[] {
    return [...this.#output, ...others].toSorted(([one], [other]) => one - other).map(([, item]) => item);
  }
}
