import { Fields } from "../fields.js";
import type { HubStop } from "../hub/answer.js";
import type { Block, ReasoningBlock } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { OpenBlock } from "../open-block.js";
import { interrupted } from "../stream-ended.js";
import type { StreamReader, WireEvent } from "../wire.js";
import { readAnswerBlock } from "./read-answer.js";
import { readCitation } from "./read-blocks.js";
import { readErrorObject } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Reads the events of a streamed message. */
export class MessagesStreamReader implements StreamReader {
  readonly #open = new Map<number, OpenBlock>();
  #stop: HubStop | undefined;
  #over = false;

  read(event: WireEvent): readonly HubEvent[] {
    if (this.#over || event === "[DONE]") return [];
    const fields = new Fields(event, "");
    switch (fields.text("type")) {
      case "message_start":
        return this.#start(fields.in("message") ?? new Fields({}, "message"));
      case "content_block_start":
        return this.#begin(fields.number("index") ?? 0, fields.in("content_block") ?? new Fields({}, "content_block"));
      case "content_block_delta":
        return this.#delta(fields.number("index") ?? 0, fields.in("delta") ?? new Fields({}, "delta"));
      case "content_block_stop":
        return this.#close(fields.number("index") ?? 0);
      case "message_delta":
        return this.#messageDelta(fields);
      case "message_stop":
        return this.#finish();
      case "ping":
        return [{ type: "alive" }];
      case "error":
        this.#over = true;
        return [{ type: "error", error: readErrorObject(fields.any("error")) }];
      default:
        return [{ type: "raw", wire: "messages", value: event }];
    }
  }

  end(): readonly HubEvent[] {
    return this.#over ? [] : this.#finish();
  }

  /** Some steps of a programmatic tool call come whole in the first event. */
  #start(message: Fields): readonly HubEvent[] {
    const usage = readUsage(message.any("usage"));
    const blocks = message.each("content");
    this.#stop = readStop(message.value) ?? this.#stop;
    return [
      { type: "start", id: message.text("id") ?? "", model: message.text("model") ?? "" },
      ...(usage === undefined ? [] : [{ type: "usage" as const, usage }]),
      ...blocks.flatMap((block, index) => [...this.#begin(index, block), ...this.#close(index)]),
    ];
  }

  #begin(index: number, fields: Fields): readonly HubEvent[] {
    const whole = readAnswerBlock(fields);
    const { head, deltas } = split(whole);
    const block = new OpenBlock(0, index, head);
    this.#open.set(index, block);
    return [block.start, ...deltas.map((delta) => block.add(delta))];
  }

  #delta(index: number, delta: Fields): readonly HubEvent[] {
    const block = this.#open.get(index);
    const read = readDelta(delta);
    return block === undefined || read === undefined ? [] : [block.add(read)];
  }

  #close(index: number): readonly HubEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block === undefined ? [] : [block.stop];
  }

  #messageDelta(fields: Fields): readonly HubEvent[] {
    const delta = fields.object("delta");
    if (delta !== undefined) this.#stop = readStop(delta) ?? this.#stop;
    const usage = readUsage(fields.any("usage"));
    return usage === undefined ? [] : [{ type: "usage", usage }];
  }

  /** Complete with a stop reason, though some hosts leave out the end mark. */
  #finish(): readonly HubEvent[] {
    this.#over = true;
    if (this.#stop === undefined || this.#open.size > 0) return [interrupted];
    return [{ type: "stop", choice: 0, stop: this.#stop }, { type: "end" }];
  }
}

function readDelta(delta: Fields): HubDelta | undefined {
  switch (delta.text("type")) {
    case "text_delta":
      return { kind: "text", text: delta.text("text") ?? "" };
    case "thinking_delta":
      return { kind: "reasoning", text: delta.text("thinking") ?? "" };
    case "signature_delta":
      return { kind: "opaque", opaque: { data: delta.text("signature") ?? "", madeBy: { wire: "messages" } } };
    case "input_json_delta": {
      const text = delta.text("partial_json") ?? "";
      return text === "" ? undefined : { kind: "input", text };
    }
    case "citations_delta": {
      const citation = delta.in("citation");
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
