import { readErrorObject } from "../chat/read-error.js";
import { Fields, given } from "../fields.js";
import type { Block, ToolCallBlock } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { OpenBlock } from "../open-block.js";
import { interrupted } from "../stream-ended.js";
import type { StreamReader, WireEvent } from "../wire.js";
import { readOutputItem } from "./read-answer.js";
import { itemOf } from "./read-items.js";
import { readAnnotation } from "./read-parts.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** An item that is being read. */
interface OpenItem {
  readonly fields: Fields;
  /** Blocks by the part that they are; 0 for items without parts. */
  readonly blocks: Map<number, OpenBlock>;
}

/** Reads the events of a streamed response. Items are found by their place, since some hosts change ids on the way. */
export class ResponsesStreamReader implements StreamReader {
  readonly #items = new Map<number, OpenItem>();
  #next = 0;
  #started = false;
  #over = false;

  read(event: WireEvent): readonly HubEvent[] {
    if (this.#over || event === "[DONE]") return [];
    const fields = new Fields(event, "");
    const type = fields.text("type") ?? "";
    const at = fields.number("output_index") ?? 0;
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return this.#start(fields);
      case "response.output_item.added":
        return this.#add(at, fields);
      case "response.output_item.done":
        return this.#done(at, fields);
      case "response.content_part.added":
        return this.#part(at, fields);
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        return this.#finish(fields);
      case "error":
        this.#over = true;
        return [{ type: "error", error: readErrorObject(fields.any("error") ?? event) }];
      default:
        return this.#delta(type, at, fields);
    }
  }

  end(): readonly HubEvent[] {
    if (this.#over) return [];
    this.#over = true;
    return [interrupted];
  }

  #start(fields: Fields): readonly HubEvent[] {
    if (this.#started) return [{ type: "alive" }];
    this.#started = true;
    const response = fields.in("response") ?? new Fields({}, "response");
    const createdAt = response.number("created_at");
    return [
      { type: "start", id: response.text("id") ?? "", model: response.text("model") ?? "", ...given({ createdAt }) },
    ];
  }

  #add(at: number, fields: Fields): readonly HubEvent[] {
    const item = fields.in("item") ?? new Fields({}, "item");
    const open: OpenItem = { fields: item, blocks: new Map() };
    this.#items.set(at, open);
    const head = headOf(item);
    return head === undefined ? [] : [this.#open(open, 0, head).start];
  }

  #open(item: OpenItem, part: number, head: Block): OpenBlock {
    const block = new OpenBlock(0, this.#next, head);
    this.#next += 1;
    item.blocks.set(part, block);
    return block;
  }

  #part(at: number, fields: Fields): readonly HubEvent[] {
    const item = this.#items.get(at);
    const type = fields.in("part")?.text("type");
    if (item === undefined || (type !== "output_text" && type !== "refusal")) return [];
    return [this.#talk(item, fields.number("content_index") ?? 0, type === "refusal" ? "refusal" : "text").block.start];
  }

  /** The block of a part, which some hosts do not announce. */
  #talk(
    item: OpenItem,
    part: number,
    type: "refusal" | "text",
  ): { readonly block: OpenBlock; readonly isNew: boolean } {
    const known = item.blocks.get(part);
    if (known !== undefined) return { block: known, isNew: false };
    const block = this.#open(item, part, { type, text: "", ...given({ item: itemOf(item.fields) }) });
    return { block, isNew: true };
  }

  #delta(type: string, at: number, fields: Fields): readonly HubEvent[] {
    const item = this.#items.get(at);
    const part = fields.number("content_index") ?? 0;
    const delta = fields.any("delta");
    // Tools that the vendor runs have deltas of other types.
    const text = typeof delta === "string" ? delta : "";
    switch (type) {
      case "response.output_text.delta":
        return this.#say(item, part, "text", { kind: "text", text, ...logprobsOf(fields) });
      case "response.refusal.delta":
        return this.#say(item, part, "refusal", { kind: "refusal", text });
      case "response.output_text.annotation.added": {
        const annotation = fields.in("annotation");
        if (annotation === undefined) return [];
        return this.#say(item, part, "text", { kind: "citation", citation: readAnnotation(annotation) });
      }
      case "response.reasoning_summary_text.delta":
        return grow(item, { kind: "summary", part: fields.number("summary_index") ?? 0, text });
      case "response.reasoning_text.delta":
        return grow(item, { kind: "reasoning", text });
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return text === "" ? [] : grow(item, { kind: "input", text });
      case "response.function_call_arguments.done":
        return suffix(item?.blocks.get(0), fields.text("arguments"));
      case "response.custom_tool_call_input.done":
        return suffix(item?.blocks.get(0), fields.text("input"));
      default:
        return [];
    }
  }

  #say(item: OpenItem | undefined, part: number, type: "refusal" | "text", delta: HubDelta): readonly HubEvent[] {
    if (item === undefined) return [];
    const { block, isNew } = this.#talk(item, part, type);
    return isNew ? [block.start, block.add(delta)] : [block.add(delta)];
  }

  /** What the whole item says beyond its deltas, which may be all of it. */
  #done(at: number, fields: Fields): readonly HubEvent[] {
    const item = fields.in("item") ?? new Fields({}, "item");
    const open = this.#items.get(at) ?? { fields: item, blocks: new Map<number, OpenBlock>() };
    this.#items.delete(at);
    const whole = readOutputItem(item);
    const events: HubEvent[] = [];
    for (const [part, block] of whole.entries()) {
      const known = open.blocks.get(part);
      const target = known ?? this.#open(open, part, emptied(block));
      if (known === undefined) events.push(target.start);
      events.push(...missing(target, block), target.stop);
    }
    for (const [part, block] of open.blocks) if (part >= whole.length) events.push(block.stop);
    return events;
  }

  #finish(fields: Fields): readonly HubEvent[] {
    const response = fields.in("response") ?? new Fields({}, "response");
    const items = response.each("output");
    const events: HubEvent[] = this.#started ? [] : [...this.#start(fields)];
    this.#over = true;
    const blocks = items.flatMap((item) => readOutputItem(item));
    const stop = readStop(response.value, blocks);
    const usage = readUsage(response.any("usage"));
    if (usage !== undefined) events.push({ type: "usage", usage });
    if (stop.reason === "error") return [...events, { type: "error", error: stop.error }];
    for (const [, { blocks: open }] of this.#items) for (const block of open.values()) events.push(block.stop);
    const tier = response.text("service_tier");
    const service = tier === undefined ? undefined : { tier };
    return [...events, { type: "stop", choice: 0, stop }, { type: "end", ...given({ service }) }];
  }
}

function logprobsOf(fields: Fields): { readonly logprobs?: unknown } {
  const logprobs = fields.list("logprobs");
  return logprobs === undefined || logprobs.length === 0 ? {} : { logprobs };
}

/** The block that an item is, empty; `undefined`: its blocks are its parts. */
function headOf(item: Fields): Block | undefined {
  const type = item.text("type");
  if (type === "message" || type === undefined) return undefined;
  const [block] = readOutputItem(item);
  return block === undefined ? undefined : emptied(block);
}

/** Encrypted data may not be whole before the item is done. */
function emptied(block: Block): Block {
  if (block.type === "text" || block.type === "refusal")
    return { type: block.type, text: "", ...given({ item: block.item }) };
  if (block.type === "tool_call") return { ...block, input: { kind: block.input.kind, text: "" } };
  return block.type === "reasoning" ? { type: "reasoning", ...given({ item: block.item }) } : block;
}

function grow(item: OpenItem | undefined, delta: HubDelta): readonly HubEvent[] {
  const block = item?.blocks.get(0);
  return block === undefined ? [] : [block.add(delta)];
}

/** What no delta brought. */
function suffix(block: OpenBlock | undefined, whole: string | undefined): readonly HubEvent[] {
  if (block === undefined || whole === undefined || whole.length <= block.text.length) return [];
  return [block.add({ kind: "input", text: whole.slice(block.text.length) })];
}

/** Deltas for what a whole block has beyond what was read of it. */
function missing(open: OpenBlock, whole: Block): readonly HubEvent[] {
  switch (whole.type) {
    case "text":
    case "refusal": {
      const rest = whole.text.slice(open.text.length);
      return rest === "" ? [] : [open.add({ kind: whole.type, text: rest })];
    }
    case "tool_call":
      return suffix(open, (whole satisfies ToolCallBlock).input.text);
    case "reasoning": {
      const read = open.whole.type === "reasoning" ? open.whole : undefined;
      const summary = read?.summary === undefined ? (whole.summary ?? []) : [];
      return [
        ...summary.map((text, part) => open.add({ kind: "summary", part, text })),
        ...(whole.text !== undefined && read?.text === undefined
          ? [open.add({ kind: "reasoning", text: whole.text })]
          : []),
        ...(whole.opaque === undefined ? [] : [open.add({ kind: "opaque", opaque: whole.opaque })]),
      ];
    }
    default:
      return [];
  }
}
