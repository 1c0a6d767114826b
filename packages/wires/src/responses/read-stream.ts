import { readErrorObject } from "../chat/read-error.js";
import { BaseReader, interrupted } from "../base-reader.js";
import { AnswerFields, type Fields, given, numberIn, textIn, unknownIn } from "../fields.js";
import type { Block, Item } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import { OpenBlock } from "../open-block.js";
import { elsewhere, emptyAnswer, isEmpty, readOutputItem, withSearches } from "./read-answer.js";
import { additions, deltas, knownFields, settlePart, unread } from "./read-events.js";
import { itemOf } from "./read-items.js";
import { readAnnotation } from "./read-parts.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";
import { emptied, isMissing, missing, settled, suffix } from "./whole-items.js";

/** An item that is being read. */
interface OpenItem {
  readonly isMessage: boolean;
  /** What its blocks say of it. */
  readonly info: { readonly item?: Item };
  /** Blocks by the part that they are; 0 for items without parts. */
  readonly blocks: Map<number, OpenBlock>;
  /** The only block that has not ended: each one that begins ends the one before. */
  current: OpenBlock | undefined;
}

function openItem(fields: Fields): OpenItem {
  return { isMessage: isMessage(fields), info: given({ item: itemOf(fields) }), blocks: new Map(), current: undefined };
}

/** Reads the events of a streamed response. Items are found by their place, since some hosts change ids on the way. */
export class ResponsesStreamReader extends BaseReader {
  readonly #items = new Map<number, OpenItem>();
  readonly #begunBlocks: OpenBlock[] = [];
  protected readonly wire = "responses";
  protected grown: OpenBlock | undefined;
  #next = 0;
  #begun = false;

  protected readEvent(event: JsonObject): readonly HubEvent[] {
    const type = textIn(event, "type") ?? "";
    const rest = this.rest(type, "", unknownIn(event, knownFields));
    return rest === undefined ? this.#readKnown(type, event) : [rest, ...this.#readKnown(type, event)];
  }

  #readKnown(type: string, event: JsonObject): readonly HubEvent[] {
    const at = numberIn(event, "output_index") ?? 0;
    return type.endsWith(".delta") ? this.#delta(type, at, event) : this.#other(type, at, new AnswerFields(event, ""));
  }

  /** An event that is not a delta. */
  #other(type: string, at: number, fields: Fields): readonly HubEvent[] {
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return this.#begun ? [{ type: "alive" }] : this.#start(type, fields.inOrEmpty("response"));
      case "response.output_item.added":
        return this.#add(at, fields);
      case "response.output_item.done":
        return this.#done(at, fields);
      case "response.content_part.added":
        return this.#part(at, fields);
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        return this.#last(type, fields.inOrEmpty("response"));
      case "error":
        return [{ type: "error", error: readErrorObject(fields.any("error") ?? fields.value) }];
      default:
        return this.#addition(type, at, fields);
    }
  }

  protected finish(): readonly HubEvent[] {
    return [interrupted];
  }

  #start(type: string, response: Fields): readonly HubEvent[] {
    this.#begun = true;
    const createdAt = response.number("created_at");
    const start: HubEvent = {
      type: "start",
      id: response.text("id") ?? "",
      model: response.text("model") ?? "",
      ...given({ createdAt }),
    };
    const rest = this.#restOf(type, response);
    return rest === undefined ? [start] : [rest, start];
  }

  /** What a response says that is not read. */
  #restOf(type: string, response: Fields): HubEvent | undefined {
    response.skip("id", "model", "created_at", "output", "usage", "service_tier", ...elsewhere);
    return this.rest(type, "response", response.rest());
  }

  #add(at: number, fields: Fields): readonly HubEvent[] {
    const before = this.#close(at);
    const item = fields.inOrEmpty("item");
    const open = openItem(item);
    this.#items.set(at, open);
    const head = headOf(item);
    return head === undefined ? before : [...before, ...this.#open(open, 0, head).events];
  }

  /** Begins a block, which ends the other parts of its item. */
  #open(item: OpenItem, part: number, head: Block): Opened {
    const before = endCurrent(item);
    const block = new OpenBlock(0, this.#next, head);
    this.#next += 1;
    this.#begunBlocks.push(block);
    item.blocks.set(part, block);
    item.current = block;
    return { block, events: [...before, block.start] };
  }

  #close(at: number): readonly HubEvent[] {
    const item = this.#items.get(at);
    this.#items.delete(at);
    return item === undefined ? [] : endCurrent(item);
  }

  #part(at: number, fields: Fields): readonly HubEvent[] {
    const item = this.#items.get(at);
    const type = fields.inOrEmpty("part").text("type");
    if (item === undefined || (type !== "output_text" && type !== "refusal")) return [];
    return this.#talk(item, fields.number("content_index") ?? 0, type === "refusal" ? type : "text").events;
  }

  /** The block of a part, which some hosts do not announce. */
  #talk(item: OpenItem, part: number, type: "refusal" | "text"): Opened {
    const known = item.blocks.get(part);
    if (known !== undefined) return { block: known, events: [] };
    return this.#open(item, part, { type, text: "", ...item.info });
  }

  #delta(type: string, at: number, event: JsonObject): readonly HubEvent[] {
    if (!deltas.has(type)) return unread(type, event);
    const item = this.#items.get(at);
    if (item === undefined) return [];
    const part = numberIn(event, "content_index") ?? 0;
    const text = textIn(event, "delta") ?? "";
    switch (type) {
      case "response.output_text.delta":
        return this.#say(item, part, "text", textDelta(text, event["logprobs"]));
      case "response.refusal.delta":
        return this.#say(item, part, "refusal", { kind: "refusal", text });
      case "response.reasoning_summary_text.delta": {
        const summaryPart = item.blocks.get(0)?.summaryPart(numberIn(event, "summary_index") ?? 0) ?? 0;
        return this.#grow(item, { kind: "summary", part: summaryPart, text });
      }
      case "response.reasoning_text.delta":
        return this.#grow(item, { kind: "reasoning", text });
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return text === "" ? [] : this.#grow(item, { kind: "input", text });
      default:
        return [];
    }
  }

  /** What events besides deltas add to an item. */
  #addition(type: string, at: number, fields: Fields): readonly HubEvent[] {
    if (!additions.has(type)) return unread(type, fields.value);
    const item = this.#items.get(at);
    if (item === undefined) return [];
    switch (type) {
      case "response.content_part.done":
        return settlePart(item.blocks.get(fields.number("content_index") ?? 0), fields.inOrEmpty("part"));
      case "response.output_text.annotation.added": {
        const part = fields.number("content_index") ?? 0;
        const annotation = fields.in("annotation");
        if (annotation === undefined) return [];
        return this.#say(item, part, "text", { kind: "citation", citation: readAnnotation(annotation) });
      }
      case "response.function_call_arguments.done":
        return suffix(item.blocks.get(0), fields.text("arguments"));
      case "response.custom_tool_call_input.done":
        return suffix(item.blocks.get(0), fields.text("input"));
      default:
        return [];
    }
  }

  /** A delta of another kind than its block says nothing. */
  #grow(item: OpenItem, delta: HubDelta): readonly HubEvent[] {
    const block = item.blocks.get(0);
    this.grown = block;
    return block?.takes(delta) === true ? [block.add(delta)] : [];
  }

  /** Parts of an item other than a message have events of their own. */
  #say(item: OpenItem, part: number, type: "refusal" | "text", delta: HubDelta): readonly HubEvent[] {
    if (!item.isMessage) return [];
    const known = item.blocks.get(part);
    const opened = known === undefined ? this.#talk(item, part, type) : undefined;
    const block = known ?? opened?.block;
    const events = opened?.events ?? [];
    this.grown = block;
    return block === undefined || item.current !== block || !block.takes(delta)
      ? events
      : [...events, block.add(delta)];
  }

  /** What the whole item says beyond its deltas, which may be all of it. */
  #done(at: number, fields: Fields): readonly HubEvent[] {
    const item = fields.inOrEmpty("item");
    const whole = readOutputItem(item);
    const open = this.#items.get(at) ?? openItem(item);
    this.#items.set(at, open);
    const events: HubEvent[] = [];
    for (const [part, block] of whole.entries()) {
      const known = open.blocks.get(part);
      if (known !== undefined && open.current !== known) continue;
      // Of another type than it was announced as: what it was before stays, and this follows.
      const target = known?.type === block.type ? { block: known, events: [] } : this.#open(open, part, emptied(block));
      for (const event of target.events) events.push(event);
      for (const event of missing(target.block, block)) events.push(event);
      target.block.settle(settled(target.block.head, block));
    }
    return [...events, ...this.#close(at)];
  }

  /**
   * The items that only the last event has. Some hosts send all of them only there, and others the calls; most repeat
   * everything, and some repeat nothing. Calls are compared by `call_id`, since other ids may change on the way.
   */
  #notStreamed(response: Fields): readonly Fields[] {
    const output = response.each("output");
    if (this.#next === 0) return output;
    const calls = new Set<string>();
    let spoke = false;
    for (const { head } of this.#begunBlocks) {
      if (head.type === "tool_call") calls.add(head.id);
      spoke ||= head.type === "text" || head.type === "refusal";
    }
    return output.filter(({ value }) => isMissing(value, calls, spoke));
  }

  #last(type: string, response: Fields): readonly HubEvent[] {
    const events: HubEvent[] = this.#begun ? [] : [...this.#start(type, response)];
    const usage = withSearches(readUsage(response.any("usage")), response);
    if (usage !== undefined) events.push({ type: "usage", usage });
    const rest = this.#restOf(type, response);
    if (rest !== undefined) events.unshift(rest);
    const failure = readStop(response.value, []);
    if (failure.reason === "error") return [...events, { type: "error", error: failure.error }];
    for (const at of this.#items.keys()) for (const event of this.#close(at)) events.push(event);
    for (const [at, item] of this.#notStreamed(response).entries())
      for (const event of this.#done(at, item.of({ item: item.value }, ""))) events.push(event);
    const stop = readStop(
      response.value,
      this.#begunBlocks.map(({ whole }) => whole),
    );
    if (this.#next === 0 && isEmpty([], stop, usage)) return [...events, { type: "error", error: emptyAnswer }];
    const tier = response.text("service_tier");
    const service = tier === undefined ? undefined : { tier };
    return [...events, { type: "stop", choice: 0, stop }, { type: "end", ...given({ service }) }];
  }
}

/** A block, and the events that it began with. */
interface Opened {
  readonly block: OpenBlock;
  readonly events: readonly HubEvent[];
}

function endCurrent(item: OpenItem): readonly HubEvent[] {
  const { current } = item;
  item.current = undefined;
  return current === undefined ? [] : [current.stop];
}

function textDelta(text: string, logprobs: unknown): HubDelta {
  return Array.isArray(logprobs) && logprobs.length > 0 ? { kind: "text", text, logprobs } : { kind: "text", text };
}

function isMessage(item: Fields): boolean {
  return (item.text("type") ?? "message") === "message";
}

/** The block that an item is, empty; `undefined`: its blocks are its parts. */
function headOf(item: Fields): Block | undefined {
  // A search for tools comes whole when it is done, with another id than it was announced with.
  if (isMessage(item) || item.text("type") === "tool_search_call") return undefined;
  const [block] = readOutputItem(item);
  return block === undefined ? undefined : emptied(block);
}
