import { BaseReader, interrupted } from "../base-reader.js";
import { AnswerFields, type Fields, given, numberIn, objectIn, textIn } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Block, ReasoningBlock } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { OpenBlock } from "../open-block.js";
import { readAnswerBlock, readCitation } from "./read-blocks.js";
import { readErrorObject } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage, tierIn } from "./usage.js";

/** Reads the events of a streamed message. */
export class MessagesStreamReader extends BaseReader {
  /** Blocks that have not ended, by the number that the vendor gave them. */
  readonly #open = new Map<number, OpenBlock>();
  protected grown: OpenBlock | undefined;
  #next = 0;
  #stop: HubStop | undefined;
  /** Whether the stop was passed on, and nothing has followed it. */
  #stopped = false;
  #tier: string | undefined;
  #usage: JsonObject = {};

  protected readEvent(event: JsonObject): readonly HubEvent[] {
    const at = numberIn(event, "index") ?? 0;
    switch (event["type"]) {
      case "content_block_delta":
        return this.#delta(at, objectIn(event, "delta"));
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
  #delta(index: number, delta: JsonObject | undefined): readonly HubEvent[] {
    const block = this.#open.get(index);
    const read = delta === undefined ? undefined : readDelta(delta);
    this.grown = block;
    this.#stopped = false;
    return block === undefined || read === undefined || !block.takes(read) ? [] : [block.add(read)];
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
    return [...this.#stops(), ...(usage === undefined ? [] : [{ type: "usage" as const, usage }])];
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

function readDelta(delta: JsonObject): HubDelta | undefined {
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
      return undefined;
  }
}

/** A block as it begins, without its text and input, and what it held already. */
function split(block: Block): { readonly head: Block; readonly deltas: readonly HubDelta[] } {
  if (block.type === "text" && block.text !== "")
    return { head: { ...block, text: "" }, deltas: [{ kind: "text", text: block.text }] };
  if (block.type === "tool_call") {
    const { kind, text } = block.input;
    const head = { ...block, input: { kind, text: "" } };
    return { head, deltas: text === "{}" ? [] : [{ kind: "input", text }] };
  }
  return block.type === "reasoning" && block.redacted !== true ? splitThought(block) : { head: block, deltas: [] };
}

function splitThought({ text = "", opaque, ...head }: ReasoningBlock) {
  const said: readonly HubDelta[] = text === "" ? [] : [{ kind: "reasoning", text }];
  const signed: readonly HubDelta[] = opaque === undefined ? [] : [{ kind: "opaque", opaque }];
  return { head: head satisfies Block, deltas: [...said, ...signed] };
}
