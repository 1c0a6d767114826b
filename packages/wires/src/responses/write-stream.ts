import type { Caller } from "../caller.js";
import { pathOf } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Block, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { Loss } from "../hub/common.js";
import type { HubError } from "../hub/error.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { writeErrorObject } from "../chat/write-error.js";
import type { StreamWriter, WireEvent } from "../wire.js";
import { writeStop } from "./stop.js";
import { writeUsage } from "./usage.js";
import {
  callHead,
  ItemIds,
  messageItem,
  reportStore,
  responseOf,
  writeAnnotation,
  writeItem,
  writePart,
  writeReasoning,
} from "./write-answer.js";

/** An item that has begun and not ended. */
interface OpenItem {
  readonly outputIndex: number;
  readonly id: string;
  /** Parts of a message that have ended. */
  readonly parts: JsonObject[];
  /** The id that the block's item has at the vendor; messages with the same one are one item. */
  readonly owner: string | undefined;
  readonly phase: string | undefined;
  /** Parts of a summary that have begun. */
  summaries: number;
  text: string;
  annotations: number;
}

/** Writes a stream as the events of a response. */
export class ResponsesStreamWriter implements StreamWriter {
  readonly #caller: Caller;
  readonly #losses = new LossList();
  readonly #open = new Map<number, OpenItem>();
  /** Whole items by their place. */
  readonly #output = new Map<number, JsonObject>();
  /** The message whose last part has ended, and that may get another. */
  #message: OpenItem | undefined;
  #ids = new ItemIds("");
  #response: JsonObject = {};
  #sequence = 0;
  #count = 0;
  #tier: string | undefined;
  #usage: Partial<HubUsage> = {};
  #stop: HubStop = { reason: "end" };
  #refused = false;
  #over = false;

  constructor(caller: Caller) {
    this.#caller = caller;
    reportStore(caller, this.#losses);
  }

  get losses(): readonly Loss[] {
    return this.#losses.all;
  }

  write(event: HubEvent): readonly WireEvent[] {
    if (this.#over) return [];
    switch (event.type) {
      case "start":
        return this.#start(event);
      case "alive":
        return [];
      case "block_start":
        return event.choice === 0 ? this.#begin(event.index, event.block) : [];
      case "delta":
        return event.choice === 0 ? this.#delta(event.index, event.delta) : [];
      case "block_stop":
        return event.choice === 0 ? this.#finish(event.index, event.block) : [];
      case "stop":
        if (event.choice === 0) this.#stop = event.stop;
        return [];
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return [];
      case "end":
        this.#tier = event.service?.tier;
        return this.#end();
      case "error":
        return this.#fail(event.error);
      case "raw":
        return event.wire === "responses" ? [event.value] : [];
    }
  }

  #event(type: string, fields: JsonObject): JsonObject {
    const event = { type, sequence_number: this.#sequence, ...fields };
    this.#sequence += 1;
    return event;
  }

  #start({ id, model, createdAt }: Extract<HubEvent, { readonly type: "start" }>): readonly WireEvent[] {
    this.#ids = new ItemIds(id);
    this.#response = responseOf({ id, model, createdAt: createdAt ?? this.#caller.now }, this.#caller);
    const response = this.#response;
    return [this.#event("response.created", { response }), this.#event("response.in_progress", { response })];
  }

  #begin(index: number, block: Block): readonly WireEvent[] {
    if (block.type === "refusal") this.#refused = true;
    if (block.type === "text" || block.type === "refusal") return this.#beginPart(index, block);
    const closing = this.#closeMessage();
    if (block.type === "reasoning") {
      const item = this.#item(index, this.#ids.next("rs_", block.item?.id), block);
      return [...closing, this.#added(item, { type: "reasoning", id: item.id, summary: [] })];
    }
    if (block.type !== "tool_call") return closing;
    const head = callHead(block, this.#ids);
    const item = this.#item(index, String(head["id"]), block);
    const empty = block.input.kind === "text" ? { input: "" } : { arguments: "" };
    return [...closing, this.#added(item, { ...head, ...empty, status: "in_progress" })];
  }

  #item(index: number, id: string, { item }: Block): OpenItem {
    const open = {
      outputIndex: this.#count,
      id,
      parts: [],
      owner: item?.id,
      phase: item?.phase,
      summaries: 0,
      text: "",
      annotations: 0,
    };
    this.#count += 1;
    this.#open.set(index, open);
    return open;
  }

  #added({ outputIndex }: OpenItem, item: JsonObject): JsonObject {
    return this.#event("response.output_item.added", { output_index: outputIndex, item });
  }

  /** Another part of the open message where both are of one item, else a new message. */
  #beginPart(index: number, block: Extract<Block, { readonly type: "refusal" | "text" }>): readonly WireEvent[] {
    const events: WireEvent[] = [];
    let item = this.#message;
    if (item?.owner !== undefined && item.owner === block.item?.id) this.#open.set(index, item);
    else {
      events.push(...this.#closeMessage());
      item = this.#item(index, this.#ids.next("msg_", block.item?.id), block);
      events.push(this.#added(item, messageItem(item.id, "in_progress", [], item.phase)));
    }
    this.#message = undefined;
    item.text = "";
    item.annotations = 0;
    const part =
      block.type === "text"
        ? { type: "output_text", text: "", annotations: [], logprobs: [] }
        : { type: "refusal", refusal: "" };
    return [...events, this.#event("response.content_part.added", { ...this.#placeOf(item), part })];
  }

  #placeOf(item: OpenItem): JsonObject {
    return { item_id: item.id, output_index: item.outputIndex, content_index: item.parts.length };
  }

  #delta(index: number, delta: HubDelta): readonly WireEvent[] {
    const item = this.#open.get(index);
    if (item === undefined) return [];
    const at = { item_id: item.id, output_index: item.outputIndex };
    switch (delta.kind) {
      case "text":
        item.text += delta.text;
        return [
          this.#event("response.output_text.delta", {
            ...this.#placeOf(item),
            delta: delta.text,
            logprobs: delta.logprobs ?? [],
          }),
        ];
      case "refusal":
        item.text += delta.text;
        return [this.#event("response.refusal.delta", { ...this.#placeOf(item), delta: delta.text })];
      case "reasoning":
        return this.#summary(item, 0, delta.text);
      case "summary":
        return this.#summary(item, delta.part, delta.text);
      case "input":
        item.text += delta.text;
        return [this.#event(this.#inputEvent(item, "delta"), { ...at, delta: delta.text })];
      case "citation": {
        const annotation = writeAnnotation(delta.citation, item.text.length, this.#losses);
        if (annotation === undefined) return [];
        const annotation_index = item.annotations;
        item.annotations += 1;
        return [
          this.#event("response.output_text.annotation.added", {
            ...this.#placeOf(item),
            annotation_index,
            annotation,
          }),
        ];
      }
      case "opaque":
        // Part of the whole item.
        return [];
      case "audio":
        this.#losses.dropped(pathOf("content", index), "Responses has no audio in its streams.");
        return [];
    }
  }

  #inputEvent({ id }: OpenItem, what: "delta" | "done"): string {
    const kind = id.startsWith("ctc_") ? "custom_tool_call_input" : "function_call_arguments";
    return `response.${kind}.${what}`;
  }

  /** A piece of a summary; a later part ends the one before. */
  #summary(item: OpenItem, part: number, text: string): readonly WireEvent[] {
    const events: WireEvent[] = [];
    if (part >= item.summaries) {
      events.push(...this.#endSummary(item));
      item.summaries = part + 1;
      item.text = "";
      events.push(
        this.#event("response.reasoning_summary_part.added", {
          ...this.#summaryPlace(item),
          part: { type: "summary_text", text: "" },
        }),
      );
    }
    item.text += text;
    events.push(this.#event("response.reasoning_summary_text.delta", { ...this.#summaryPlace(item), delta: text }));
    return events;
  }

  #summaryPlace(item: OpenItem): JsonObject {
    return { item_id: item.id, output_index: item.outputIndex, summary_index: item.summaries - 1 };
  }

  #endSummary(item: OpenItem): readonly WireEvent[] {
    if (item.summaries === 0) return [];
    const place = this.#summaryPlace(item);
    const { text } = item;
    return [
      this.#event("response.reasoning_summary_text.done", { ...place, text }),
      this.#event("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } }),
    ];
  }

  #finish(index: number, block: Block): readonly WireEvent[] {
    const item = this.#open.get(index);
    this.#open.delete(index);
    if (item === undefined) return this.#whole(index, block);
    if (block.type === "reasoning") return this.#finishReasoning(item, block);
    if (block.type === "tool_call") return this.#finishCall(item, block);
    return this.#finishPart(item, block);
  }

  #finishReasoning(item: OpenItem, block: ReasoningBlock): readonly WireEvent[] {
    return [...this.#endSummary(item), this.#done(item.outputIndex, writeReasoning(block, item.id))];
  }

  #finishCall(item: OpenItem, block: ToolCallBlock): readonly WireEvent[] {
    const { id, outputIndex } = item;
    const custom = block.input.kind === "text";
    const input = custom ? { input: block.input.text } : { arguments: block.input.text || "{}" };
    const whole = { ...callHead({ ...block, item: { id } }, this.#ids), ...input, status: "completed" };
    const done = this.#event(this.#inputEvent(item, "done"), { item_id: id, output_index: outputIndex, ...input });
    return [done, this.#done(outputIndex, whole)];
  }

  #finishPart(item: OpenItem, block: Block): readonly WireEvent[] {
    const part = writePart(block, this.#losses);
    if (part === undefined) return [];
    const place = this.#placeOf(item);
    const said =
      block.type === "refusal"
        ? this.#event("response.refusal.done", { ...place, refusal: part["refusal"] })
        : this.#event("response.output_text.done", { ...place, text: part["text"], logprobs: part["logprobs"] });
    const done = this.#event("response.content_part.done", { ...place, part });
    item.parts.push(part);
    this.#message = item;
    // Without an id, nothing can follow in the same message.
    return item.owner === undefined ? [said, done, ...this.#closeMessage()] : [said, done];
  }

  /** Blocks that have no events of their own. */
  #whole(index: number, block: Block): readonly WireEvent[] {
    const item = writeItem(block, this.#ids, "completed");
    if (item === undefined) {
      this.#losses.dropped(pathOf("content", index), "Responses does not know this block.");
      return [];
    }
    const outputIndex = this.#count;
    this.#count += 1;
    return [
      this.#event("response.output_item.added", { output_index: outputIndex, item }),
      this.#done(outputIndex, item),
    ];
  }

  #closeMessage(status = "completed"): readonly WireEvent[] {
    const item = this.#message;
    this.#message = undefined;
    if (item === undefined) return [];
    return [this.#done(item.outputIndex, messageItem(item.id, status, item.parts, item.phase))];
  }

  #done(outputIndex: number, item: JsonObject): JsonObject {
    this.#output.set(outputIndex, item);
    return this.#event("response.output_item.done", { output_index: outputIndex, item });
  }

  /** The items up to now, in their order. */
  #written(): readonly JsonObject[] {
    return [...this.#output].toSorted(([one], [other]) => one - other).map(([, item]) => item);
  }

  #end(): readonly WireEvent[] {
    this.#over = true;
    const { status, incomplete_details } = writeStop(this.#stop, this.#refused);
    const closing = this.#closeMessage();
    const response = {
      ...this.#response,
      status,
      incomplete_details,
      completed_at: status === "completed" ? this.#caller.now : null,
      output: this.#written(),
      usage: this.#usage.input === undefined ? null : writeUsage({ output: 0, input: 0, ...this.#usage }),
      ...(this.#tier === undefined ? {} : { service_tier: this.#tier === "standard" ? "default" : this.#tier }),
    };
    return [...closing, this.#event(`response.${status}`, { response })];
  }

  /** What was written up to now stays, as incomplete. */
  #fail(failure: HubError): readonly WireEvent[] {
    this.#over = true;
    const error = writeErrorObject(failure);
    const begun = [...this.#open.values()].filter(({ text, parts }) => text !== "" || parts.length > 0);
    for (const item of begun) {
      if (!item.id.startsWith("msg_")) continue;
      const part = { type: "output_text", text: item.text, annotations: [], logprobs: [] };
      this.#output.set(item.outputIndex, messageItem(item.id, "incomplete", [...item.parts, part], item.phase));
    }
    if (this.#message !== undefined)
      this.#output.set(this.#message.outputIndex, messageItem(this.#message.id, "incomplete", this.#message.parts));
    const { code, message } = error;
    const response = {
      ...this.#response,
      status: "failed",
      error: { code, message },
      output: this.#written(),
    };
    return [
      // Both forms that are in use: flat, and nested.
      this.#event("error", { code, message, param: error["param"] ?? null, error }),
      this.#event("response.failed", { response }),
    ];
  }
}
