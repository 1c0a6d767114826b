import { isJsonObject, type JsonObject } from "../../json.js";

/** An item of a response that several streams write. */
export class JoinedItem {
  readonly #item: JsonObject;
  readonly #index: number;
  /** The parts that ended. */
  readonly #parts: JsonObject[] = [];
  /** The part that the caller has not seen the end of, as it began. */
  #part: JsonObject | undefined;
  #text = "";

  /** @param item - as it began. @param index - in the whole answer */
  constructor(item: JsonObject, index: number) {
    this.#item = item;
    this.#index = index;
  }

  get type(): unknown {
    return this.#item["type"];
  }

  get hasPart(): boolean {
    return this.#part !== undefined;
  }

  /** The index of the next part. */
  get nextPart(): number {
    return this.#parts.length;
  }

  /** Notes an event that the caller receives. @returns as {@link StreamJoiner.sent} does */
  sent({ type, part, delta }: JsonObject): string | undefined {
    switch (type) {
      case "response.content_part.added":
        this.#part = isJsonObject(part) ? part : {};
        this.#text = "";
        return this.#part["type"] === "output_text" ? "" : undefined;
      case "response.output_text.delta":
        this.#text += String(delta);
        return String(delta);
      case "response.content_part.done":
        if (isJsonObject(part)) this.#parts.push(part);
        this.#part = undefined;
        return "";
      case "response.output_text.done":
        return "";
      default:
        // Of a thought, everything else is hidden from those who continue. Of a text, these may be annotations.
        return this.type === "message" ? undefined : "";
    }
  }

  /** An event of another stream, at its place in the whole answer. */
  placed(event: JsonObject): JsonObject {
    const place = { item_id: this.#item["id"], output_index: this.#index };
    return { ...event, ...place, ...(event["content_index"] === undefined ? {} : { content_index: this.nextPart }) };
  }

  /**
   * The end of the open part.
   * @param rest - text of it that was held back
   * @param part - as the vendor ended it. Not an object: it did not
   */
  partEnd(rest: string, part: unknown): readonly JsonObject[] {
    const place = { item_id: this.#item["id"], output_index: this.#index, content_index: this.nextPart };
    const text = this.#text + rest;
    const whole = { ...this.#part, ...(isJsonObject(part) ? part : {}), text };
    return [
      ...(rest === "" ? [] : [{ type: "response.output_text.delta", ...place, delta: rest, logprobs: [] }]),
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part: whole },
    ];
  }

  /**
   * The end of the item.
   * @param item - as the vendor ended it. Not an object: it did not
   * @param partEnd - the events that end its last part, if it was open
   */
  end(item: unknown, partEnd: readonly JsonObject[]): JsonObject {
    const last = partEnd.flatMap(({ part }) => (isJsonObject(part) ? [part] : []));
    const ended = isJsonObject(item) ? item : { ...this.#item, status: "completed" };
    const whole = this.type === "message" ? { ...ended, content: [...this.#parts, ...last] } : ended;
    return {
      type: "response.output_item.done",
      output_index: this.#index,
      item: { ...whole, id: this.#item["id"] },
    };
  }
}
