import { parseJson, pathOf, withRest } from "../fields.js";
import type { Block, Citation, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { HubDelta } from "../hub/events.js";
import { isJsonObject, type JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import type { NumberedEvents } from "./numbered-events.js";
import { SummaryEvents } from "./summary-events.js";
import {
  callHead,
  type ItemIds,
  messageItem,
  writeAnnotation,
  writeItem,
  writePart,
  writeReasoning,
} from "./write-answer.js";

/** An item that has begun and not ended. */
interface OpenItem {
  readonly place: number;
  readonly id: string;
  /** Parts of a message that have ended. */
  readonly parts: JsonObject[];
  /** The id that the block's item has at the vendor; messages with the same one are one item. */
  readonly owner: string | undefined;
  readonly phase: string | undefined;
  /** What the vendor's item says beside. */
  rest: JsonObject | undefined;
  readonly summary: SummaryEvents;
  /** What the open part or the call says up to now; `refusal` for a part that declines. */
  text: string;
  type: Block["type"];
  annotations: number;
  /** Citations that stand for the whole part, so that their place is known when it ends. */
  citations: Citation[];
}

/** Writes the items of a streamed response. */
export class StreamItems {
  readonly #events: NumberedEvents;
  readonly #ids: ItemIds;
  readonly #losses: LossList;
  /** Items by the index of the block that is open in them. */
  readonly #open = new Map<number, OpenItem>();
  /** The message whose last part has ended. It may get another, and how it ended is known only later. */
  #message: OpenItem | undefined;

  constructor(events: NumberedEvents, ids: ItemIds, losses: LossList) {
    this.#events = events;
    this.#ids = ids;
    this.#losses = losses;
  }

  begin(index: number, block: Block): readonly JsonObject[] {
    if (block.type === "text" || block.type === "refusal") return this.#beginPart(index, block);
    const closing = this.closeMessage();
    if (block.type === "reasoning") {
      const item = this.#item(index, this.#ids.next("rs_", block.item?.id), block);
      return [...closing, this.#events.added(item.place, { type: "reasoning", id: item.id, summary: [] })];
    }
    // The arguments of a search for tools come whole.
    if (block.type !== "tool_call" || block.search === true) return closing;
    const head = callHead(block, this.#ids);
    const item = this.#item(index, String(head["id"]), block);
    const empty = block.input.kind === "text" ? { input: "" } : { arguments: "" };
    return [...closing, this.#events.added(item.place, { ...head, ...empty, status: "in_progress" })];
  }

  delta(index: number, delta: HubDelta): readonly JsonObject[] {
    const item = this.#open.get(index);
    if (item === undefined) {
      if (delta.kind === "audio") this.#losses.dropped(pathOf("content", index), "Responses does not stream audio.");
      return [];
    }
    switch (delta.kind) {
      case "text":
        item.text += delta.text;
        return [
          {
            type: "response.output_text.delta",
            sequence_number: this.#events.nextNumber(),
            item_id: item.id,
            output_index: item.place,
            content_index: item.parts.length,
            delta: delta.text,
            logprobs: delta.logprobs ?? none,
          },
        ];
      case "refusal":
        item.text += delta.text;
        return [this.#events.of("response.refusal.delta", { ...partPlace(item), delta: delta.text })];
      case "reasoning":
        return item.summary.add(0, delta.text);
      case "summary":
        return item.summary.add(delta.part, delta.text);
      case "input":
        item.text += delta.text;
        return [this.#events.of(inputEvent(item, "delta"), { ...itemPlace(item), delta: delta.text })];
      case "citation":
        if (delta.citation.kind !== "url" || delta.citation.span !== undefined) return this.#cite(item, delta.citation);
        item.citations.push(delta.citation);
        return [];
      default:
        // Opaque data is part of the whole item.
        return [];
    }
  }

  finish(index: number, block: Block): readonly JsonObject[] {
    const item = this.#open.get(index);
    this.#open.delete(index);
    if (item === undefined) return this.#whole(index, block);
    if (block.type === "reasoning") return this.#finishReasoning(item, block);
    if (block.type === "tool_call") return this.#finishCall(item, block);
    return this.#finishPart(item, block);
  }

  /** @param status - `incomplete` if the answer was cut in this message */
  closeMessage(status = "completed"): readonly JsonObject[] {
    const item = this.#message;
    this.#message = undefined;
    if (item === undefined) return [];
    return [this.#events.done(item.place, withRest(messageItem(item.id, status, item.parts, item.phase), item.rest))];
  }

  /** Messages that will never be whole, as far as they were written. */
  incomplete(): readonly (readonly [place: number, item: JsonObject])[] {
    const items = new Set(this.#message === undefined ? [] : [this.#message]);
    const texts = new Map<OpenItem, JsonObject>();
    for (const item of this.#open.values()) {
      if (!item.id.startsWith("msg_")) continue;
      const { text } = item;
      if (text !== "")
        texts.set(
          item,
          item.type === "refusal"
            ? { type: "refusal", refusal: text }
            : { type: "output_text", text, annotations: [], logprobs: [] },
        );
      if (text !== "" || item.parts.length > 0) items.add(item);
    }
    return [...items].map((item) => {
      const open = texts.get(item);
      const parts = open === undefined ? item.parts : [...item.parts, open];
      return [item.place, messageItem(item.id, "incomplete", parts, item.phase)];
    });
  }

  #item(index: number, id: string, block: Block): OpenItem {
    const place = this.#events.nextPlace();
    const open: OpenItem = {
      place,
      id,
      parts: [],
      owner: block.item?.id,
      phase: block.item?.phase,
      rest: block.item?.extra?.responses,
      summary: new SummaryEvents(this.#events, { item_id: id, output_index: place }),
      text: "",
      type: block.type,
      annotations: 0,
      citations: [],
    };
    this.#open.set(index, open);
    return open;
  }

  /** Another part of the open message where both are of one item, else a new message. */
  #beginPart(index: number, block: Extract<Block, { readonly type: "refusal" | "text" }>): readonly JsonObject[] {
    const events: JsonObject[] = [];
    let item = this.#message;
    if (item?.owner !== undefined && item.owner === block.item?.id) this.#open.set(index, item);
    else {
      events.push(...this.closeMessage());
      item = this.#item(index, this.#ids.next("msg_", block.item?.id), block);
      events.push(this.#events.added(item.place, messageItem(item.id, "in_progress", [], item.phase)));
    }
    this.#message = undefined;
    item.text = "";
    item.type = block.type;
    item.annotations = 0;
    item.citations = [];
    const part =
      block.type === "text"
        ? { type: "output_text", text: "", annotations: [], logprobs: [] }
        : { type: "refusal", refusal: "" };
    return [...events, this.#events.of("response.content_part.added", { ...partPlace(item), part })];
  }

  #cite(item: OpenItem, citation: Citation): readonly JsonObject[] {
    const annotation = writeAnnotation(citation, item.text.length, this.#losses);
    if (annotation === undefined) return [];
    const annotation_index = item.annotations;
    item.annotations += 1;
    const place = { ...partPlace(item), annotation_index, annotation };
    return [this.#events.of("response.output_text.annotation.added", place)];
  }

  #finishReasoning(item: OpenItem, block: ReasoningBlock): readonly JsonObject[] {
    return [...item.summary.end(), this.#events.done(item.place, writeReasoning(block, item.id))];
  }

  /** A call whose arguments are not whole was cut, and must not be run. */
  #finishCall(item: OpenItem, block: ToolCallBlock): readonly JsonObject[] {
    const { text, kind } = block.input;
    const input = kind === "text" ? { input: text } : { arguments: text || "{}" };
    const status = kind === "text" || text === "" || isJsonObject(parseJson(text)) ? "completed" : "incomplete";
    const head = callHead({ ...block, item: { id: item.id } }, this.#ids);
    const whole = withRest({ ...head, ...input, status }, block.extra?.responses);
    const done = this.#events.of(inputEvent(item, "done"), { ...itemPlace(item), ...input });
    return [done, this.#events.done(item.place, whole)];
  }

  #finishPart(item: OpenItem, block: Block): readonly JsonObject[] {
    const part = writePart(block, this.#losses);
    if (part === undefined) return [];
    const closing = this.#message === item ? [] : this.closeMessage();
    const place = partPlace(item);
    const cited = item.citations.flatMap((citation) => this.#cite(item, citation));
    const said =
      block.type === "refusal"
        ? this.#events.of("response.refusal.done", { ...place, refusal: part["refusal"] })
        : this.#events.of("response.output_text.done", { ...place, text: part["text"], logprobs: part["logprobs"] });
    const done = this.#events.of("response.content_part.done", { ...place, part });
    item.parts.push(part);
    item.rest = block.item?.extra?.responses ?? item.rest;
    this.#message = item;
    return [...closing, ...cited, said, done];
  }

  /** Blocks that have no events of their own. */
  #whole(index: number, block: Block): readonly JsonObject[] {
    // A part of a message that has no events of its own.
    const isPart = block.type === "other" && block.item !== undefined;
    const item = isPart ? undefined : writeItem(block, this.#ids, "completed");
    if (item === undefined) {
      this.#losses.dropped(pathOf("content", index), "Responses does not know this block.");
      return [];
    }
    const place = this.#events.nextPlace();
    return [this.#events.added(place, item), this.#events.done(place, item)];
  }
}

const none: readonly unknown[] = [];

function inputEvent({ id }: OpenItem, what: "delta" | "done"): string {
  const kind = id.startsWith("ctc_") ? "custom_tool_call_input" : "function_call_arguments";
  return `response.${kind}.${what}`;
}

function itemPlace({ id, place }: OpenItem): JsonObject {
  return { item_id: id, output_index: place };
}

function partPlace(item: OpenItem): JsonObject {
  return { ...itemPlace(item), content_index: item.parts.length };
}
