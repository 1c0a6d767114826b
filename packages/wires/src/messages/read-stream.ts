import { BaseReader, interrupted } from "../base-reader.js";
import { AnswerFields, type Fields, given, numberIn, objectIn, textIn, unknownIn } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Block, ReasoningBlock, TextBlock } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { OpenBlock } from "../open-block.js";
import { restOf } from "./read-answer.js";
import { readAnswerBlock, readCitation } from "./read-blocks.js";
import { readErrorObject } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage, tierIn } from "./usage.js";

/** Reads the events of a streamed message. */
export class MessagesStreamReader extends BaseReader {
  /** Blocks that have not ended, by the number that the vendor gave them. */
  readonly #open = new Map<number, OpenBlock>();
  protected readonly wire = "messages";
  protected grown: OpenBlock | undefined;
  #next = 0;
  #stop: HubStop | undefined;
  /** Whether the stop was passed on, and nothing has followed it. */
  #stopped = false;
  #tier: string | undefined;
  #usage: JsonObject = {};

  protected readEvent(event: JsonObject): readonly HubEvent[] {
    const type = textIn(event, "type") ?? "";
    const unknown = Object.hasOwn(knownFields, type)
      ? unknownIn(event, knownFields[type] as ReadonlySet<string>)
      : undefined;
    const rest = this.rest(type, "", unknown);
    return rest === undefined ? this.#readKnown(event) : [rest, ...this.#readKnown(event)];
  }

  #readKnown(event: JsonObject): readonly HubEvent[] {
    const at = numberIn(event, "index") ?? 0;
    switch (event["type"]) {
      case "content_block_delta":
        return this.#delta(at, event);
      case "message_start":
        return this.#start(objectIn(event, "message") ?? {});
      case "content_block_start":
        return this.#begin(at, new AnswerFields(objectIn(event, "content_block") ?? {}, "content_block"));
      case "content_block_stop":
        return this.#close(at);
      case "message_delta":
        return this.#messageDelta(event);
      case "message_stop":
        return this.finish();
      case "ping":
        return [{ type: "alive" }];
      case "error":
        return [{ type: "error", error: readErrorObject(event["error"]) }];
      default:
        return [{ type: "raw", wire: "messages", value: event }];
    }
  }

  /** Some steps of a programmatic tool call come whole in the first event. */
  #start(message: JsonObject): readonly HubEvent[] {
    const usage = this.#usageWith(message["usage"]);
    this.#tier = tierIn(message["usage"]);
    const blocks = new AnswerFields(message, "message").each("content");
    this.#stop = readStop(message) ?? this.#stop;
    const [id, model] = [textIn(message, "id") ?? "", textIn(message, "model") ?? ""];
    const events: HubEvent[] = [
      this.#tier === undefined ? { type: "start", id, model } : { type: "start", id, model, tier: this.#tier },
    ];
    const rest = this.rest("message_start", "message", restOf(message));
    if (rest !== undefined) events.unshift(rest);
    if (usage !== undefined) events.push({ type: "usage", usage });
    blocks.forEach((block, index) => {
      events.push(...this.#begin(index, block), ...this.#close(index));
    });
    return events;
  }

  #begin(index: number, fields: Fields): readonly HubEvent[] {
    const { head, deltas } = split(readAnswerBlock(fields));
    const before = this.#close(index);
    const block = new OpenBlock(0, this.#next, head);
    this.#next += 1;
    this.#stopped = false;
    this.#open.set(index, block);
    return [...before, block.start, ...deltas.map((delta) => block.add(delta))];
  }

  /** A delta of another kind than its block says nothing. */
  #delta(index: number, event: JsonObject): readonly HubEvent[] {
    const delta = objectIn(event, "delta") ?? nothing;
    const block = this.#open.get(index);
    this.grown = block;
    this.#stopped = false;
    if (delta["type"] === "compaction_delta") return this.#compact(index, delta);
    const read = readDelta(delta);
    if (read === "unknown") return [{ type: "raw", wire: "messages", value: event }];
    const deltas = block === undefined || read === undefined || !block.takes(read) ? none : [block.add(read)];
    const rest = this.rest("content_block_delta", "delta", unknownIn(delta, ofDeltas));
    return rest === undefined ? deltas : [rest, ...deltas];
  }

  /** A summary of earlier turns comes in one delta, and is written as a whole. */
  #compact(index: number, delta: JsonObject): readonly HubEvent[] {
    const block = this.#open.get(index);
    if (block?.head.type !== "compaction") return none;
    const { type: _, ...more } = delta;
    const whole = readAnswerBlock(new AnswerFields({ type: "compaction", ...more }, "content_block"));
    this.#open.set(index, new OpenBlock(block.choice, block.index, { ...block.head, ...whole }));
    return none;
  }

  #close(index: number): readonly HubEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block === undefined ? [] : [block.stop];
  }

  #messageDelta(event: JsonObject): readonly HubEvent[] {
    const delta = objectIn(event, "delta");
    if (delta !== undefined) this.#stop = readStop(delta) ?? this.#stop;
    const usage = this.#usageWith(event["usage"]);
    const rest = delta === undefined ? undefined : this.rest("message_delta", "delta", restOf(delta));
    return [
      ...(rest === undefined ? none : [rest]),
      ...this.#stops(),
      ...(usage === undefined ? [] : [{ type: "usage" as const, usage }]),
    ];
  }

  #stops(): readonly HubEvent[] {
    if (this.#stopped || this.#stop === undefined) return [];
    this.#stopped = true;
    return [{ type: "stop", choice: 0, stop: this.#stop }];
  }

  /** Later events replace only the counts that they name, and each count is a part of the prompt. */
  #usageWith(usage: unknown): Partial<HubUsage> | undefined {
    if (!isJsonObject(usage)) return undefined;
    const merged: Record<string, unknown> = { ...this.#usage };
    for (const key in usage) if (usage[key] !== null) merged[key] = usage[key];
    this.#usage = merged;
    return readUsage(this.#usage);
  }

  /** Complete with a stop reason, though some hosts omit the end mark. */
  protected finish(): readonly HubEvent[] {
    if (this.#stop === undefined || this.#open.size > 0) return [interrupted];
    const service = this.#tier === undefined ? undefined : { tier: this.#tier };
    return [...this.#stops(), { type: "end", ...given({ service }) }];
  }
}

const none: readonly HubEvent[] = [];
const nothing: JsonObject = {};

/** The fields of each event that are read. */
const knownFields: Readonly<Record<string, ReadonlySet<string>>> = {
  message_start: new Set(["type", "message"]),
  content_block_start: new Set(["type", "index", "content_block"]),
  content_block_delta: new Set(["type", "index", "delta"]),
  content_block_stop: new Set(["type", "index"]),
  message_delta: new Set(["type", "delta", "usage"]),
  message_stop: new Set(["type"]),
};
const ofDeltas: ReadonlySet<string> = new Set(["type", "text", "thinking", "signature", "partial_json", "citation"]);

/** `undefined`: it says nothing. */
function readDelta(delta: JsonObject): HubDelta | "unknown" | undefined {
  switch (delta["type"]) {
    case "text_delta":
      return { kind: "text", text: textIn(delta, "text") ?? "" };
    case "thinking_delta":
      return { kind: "reasoning", text: textIn(delta, "thinking") ?? "" };
    case "signature_delta":
      return { kind: "opaque", opaque: { data: textIn(delta, "signature") ?? "", madeBy: { wire: "messages" } } };
    case "input_json_delta": {
      const text = textIn(delta, "partial_json") ?? "";
      return text === "" ? undefined : { kind: "input", text };
    }
    case "citations_delta": {
      const citation = new AnswerFields(delta, "delta").in("citation");
      return citation === undefined ? undefined : { kind: "citation", citation: readCitation(citation) };
    }
    default:
      return "unknown";
  }
}

/** A block as it begins, without its text and input, and what it held already. */
function split(block: Block): { readonly head: Block; readonly deltas: readonly HubDelta[] } {
  if (block.type === "text") return splitText(block);
  if (block.type === "tool_call") {
    const { kind, text } = block.input;
    const head = { ...block, input: { kind, text: "" } };
    return { head, deltas: text === "{}" ? [] : [{ kind: "input", text }] };
  }
  return block.type === "reasoning" && block.redacted !== true ? splitThought(block) : { head: block, deltas: [] };
}

function splitText({ text, citations = [], ...head }: TextBlock) {
  const said: readonly HubDelta[] = text === "" ? [] : [{ kind: "text", text }];
  const cited = citations.map((citation): HubDelta => ({ kind: "citation", citation }));
  return { head: { ...head, text: "" } satisfies Block, deltas: [...said, ...cited] };
}

function splitThought({ text = "", opaque, ...head }: ReasoningBlock) {
  const said: readonly HubDelta[] = text === "" ? [] : [{ kind: "reasoning", text }];
  const signed: readonly HubDelta[] = opaque === undefined ? [] : [{ kind: "opaque", opaque }];
  return { head: head satisfies Block, deltas: [...said, ...signed] };
}
