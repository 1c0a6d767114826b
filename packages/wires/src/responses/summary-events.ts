import type { JsonObject } from "../json.js";
import type { NumberedEvents } from "./numbered-events.js";

/** Writes the summary of one reasoning item. A part that begins ends the one before. */
export class SummaryEvents {
  readonly #events: NumberedEvents;
  readonly #item: JsonObject;
  #parts = 0;
  #text = "";

  /** @param item - its id and its place */
  constructor(events: NumberedEvents, item: JsonObject) {
    this.#events = events;
    this.#item = item;
  }

  add(part: number, text: string): readonly JsonObject[] {
    const events: JsonObject[] = [];
    if (part >= this.#parts) {
      events.push(...this.end());
      this.#parts += 1;
      this.#text = "";
      events.push(
        this.#events.of("response.reasoning_summary_part.added", {
          ...this.#place(),
          part: { type: "summary_text", text: "" },
        }),
      );
    }
    this.#text += text;
    events.push(this.#events.of("response.reasoning_summary_text.delta", { ...this.#place(), delta: text }));
    return events;
  }

  /** Ends the part that is open. */
  end(): readonly JsonObject[] {
    if (this.#parts === 0) return [];
    const place = this.#place();
    const text = this.#text;
    return [
      this.#events.of("response.reasoning_summary_text.done", { ...place, text }),
      this.#events.of("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } }),
    ];
  }

  #place(): JsonObject {
    return { ...this.#item, summary_index: this.#parts - 1 };
  }
}
