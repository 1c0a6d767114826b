import { createError } from "@modelyard/core/kit";
import { type Caller, idFor } from "../caller.js";
import { pathOf, withRest } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { Loss } from "../hub/common.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { RestOfEvents } from "../rest-of-events.js";
import type { StreamWriter, WireEvent } from "../wire.js";
import {
  brokenCall,
  isFilled,
  isWhole,
  reportLogprobs,
  signatureOf,
  stopWith,
  writeBlock,
  writeCallHead,
  writeCitation,
} from "./write-answer.js";
import { reportBlock, reportEvent } from "../report-answer.js";
import { reportTier, reportUsage } from "../report-usage.js";
import { writeErrorBody } from "./write-error.js";
import { writeStop } from "./stop.js";
import { tierFor, writeLastUsage, writeUsage } from "./usage.js";

type BlockEvent = Extract<HubEvent, { readonly type: "block_start" | "block_stop" | "delta" }>;

/** Most characters that wait for an earlier block to end. */
const mostWaiting = 1024 * 1024;

/** Writes a stream as the events of a message, in which one block follows the other. */
export class MessagesStreamWriter implements StreamWriter {
  readonly #caller: Caller;
  readonly #losses = new LossList();
  readonly #rest = new RestOfEvents("messages", this.#losses);
  /** Events of blocks that began while another was open, by their index. */
  readonly #waiting = new Map<number, BlockEvent[]>();
  #waitingSize = 0;
  /** The block that is open, by its index in the hub. */
  #open: number | undefined;
  /** Blocks written up to now. */
  #count = 0;
  #usage: Partial<HubUsage> = {};
  #stop: HubStop = { reason: "end" };
  #refused = false;
  #called = false;
  /** Whether the open block was begun on the wire. */
  #begun = false;
  /** What the vendor of the caller's own wire says of the open block beside. */
  #extra: JsonObject | undefined;
  /** Whether the open block is the call of a tool that takes free text. */
  #freeText = false;
  /** The name of a tool that was called with arguments that are not a JSON object. */
  #broken: string | undefined;
  /** The part of a summary that is being written. */
  #part = 0;
  /** The tier that the first event reports. */
  #tier: string | undefined;
  #started = false;
  #over = false;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get losses(): readonly Loss[] {
    return this.#losses.all;
  }

  write(event: HubEvent): readonly WireEvent[] {
    return this.#over ? [] : this.#rest.complete(this.#write(event));
  }

  #write(event: HubEvent): readonly WireEvent[] {
    if ("choice" in event && event.choice !== 0) {
      this.#losses.dropped(pathOf("choices", event.choice), "Messages has one choice.");
      return [];
    }
    switch (event.type) {
      case "start":
        this.#started = true;
        return [this.#start(event)];
      case "alive":
        return this.#started ? [{ type: "ping" }] : [];
      case "block_start":
      case "delta":
      case "block_stop":
        return this.#block(event);
      case "stop":
        this.#stop = event.stop;
        return [];
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return [];
      case "end":
        return this.#end(event.service?.tier);
      case "error":
        this.#over = true;
        return [writeErrorBody(event.error)];
      case "raw":
        // One that is about a block may not fit the one that is open.
        if (event.wire === "messages" && this.#started && !isAboutBlock(event.value)) return [event.value];
        reportEvent(event.value, this.#losses);
        return [];
      case "rest":
        this.#rest.add(event);
        return [];
    }
  }

  #start({ id, model, tier }: Extract<HubEvent, { readonly type: "start" }>): JsonObject {
    this.#tier = tier;
    const message = {
      id: idFor("msg_", id),
      type: "message",
      role: "assistant",
      model: this.#caller.model ?? model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: writeUsage(this.#usage, this.#tier),
    };
    return { type: "message_start", message };
  }

  #block(event: BlockEvent): readonly WireEvent[] {
    if (this.#open !== undefined && this.#open !== event.index) return this.#wait(event);
    if (event.type === "block_start") this.#open = event.index;
    const events = this.#written(event);
    if (event.type !== "block_stop") return events;
    this.#open = undefined;
    return this.#waiting.size === 0 ? events : [...events, ...this.#released()];
  }

  #wait(event: BlockEvent): readonly WireEvent[] {
    const waiting = this.#waiting.get(event.index);
    if (waiting === undefined) this.#waiting.set(event.index, [event]);
    else waiting.push(event);
    if (event.type === "delta" && "text" in event.delta) this.#waitingSize += event.delta.text.length;
    if (this.#waitingSize <= mostWaiting) return [];
    const message =
      "The vendor wrote several blocks at once, and more than 1 MiB had to wait for an earlier block to end.";
    throw createError({ kind: "invalid_response", message });
  }

  /** The blocks that wait longest: all that are whole, and the next one as far as it is known. */
  #released(): readonly WireEvent[] {
    const released: WireEvent[] = [];
    for (const [index, events] of this.#waiting) {
      this.#waiting.delete(index);
      this.#open = index;
      for (const event of events) {
        if (event.type === "delta" && "text" in event.delta) this.#waitingSize -= event.delta.text.length;
        for (const written of this.#written(event)) released.push(written);
      }
      if (events.at(-1)?.type !== "block_stop") break;
      this.#open = undefined;
    }
    return released;
  }

  #written(event: BlockEvent): readonly WireEvent[] {
    if (event.type === "block_start") return this.#begin(event.block);
    return event.type === "delta" ? this.#delta(event.delta) : this.#finish(event.block);
  }

  /**
   * Texts and thinking begin with their first delta: thinking may turn out to be hidden, and Anthropic refuses empty texts
   * when a client sends them back. Blocks that cannot grow are written when they end.
   */
  #begin(block: Block): readonly WireEvent[] {
    if (block.type === "refusal") this.#refused = true;
    if (block.type === "tool_call") this.#called = true;
    this.#freeText = block.type === "tool_call" && block.input.kind === "text";
    this.#part = 0;
    this.#extra = block.extra?.messages;
    this.#begun = block.type === "tool_call";
    return block.type === "tool_call" ? [this.#startOf(writeCallHead(block))] : [];
  }

  #startOf(block: JsonObject): JsonObject {
    return { type: "content_block_start", index: this.#count, content_block: block };
  }

  #deltaOf(delta: JsonObject): JsonObject {
    return { type: "content_block_delta", index: this.#count, delta };
  }

  #delta(delta: HubDelta): readonly WireEvent[] {
    switch (delta.kind) {
      case "text":
      case "refusal":
        if (delta.kind === "text" && isFilled(delta.logprobs)) reportLogprobs(this.#losses);
        return delta.text === "" ? [] : this.#grow(emptyText, { type: "text_delta", text: delta.text });
      case "reasoning":
        return this.#think(delta.text);
      case "summary": {
        const gap = delta.part > this.#part ? "\n\n" : "";
        this.#part = delta.part;
        return this.#think(gap + delta.text);
      }
      case "input":
        // Free text becomes JSON when it is whole.
        return this.#freeText ? [] : [this.#deltaOf({ type: "input_json_delta", partial_json: delta.text })];
      case "citation": {
        const citation = writeCitation(delta.citation, this.#losses);
        return citation === undefined ? [] : this.#grow(emptyText, { type: "citations_delta", citation });
      }
      case "opaque":
        // Written when the block ends, behind all that was thought.
        return [];
      case "audio":
        this.#losses.dropped(pathOf("content", this.#count), "Messages has no audio.");
        return [];
    }
  }

  #think(thinking: string): readonly WireEvent[] {
    return this.#grow(emptyThinking, { type: "thinking_delta", thinking });
  }

  /** @param head - the block as it begins, if it has not begun */
  #grow(head: JsonObject, delta: JsonObject): readonly WireEvent[] {
    const event = this.#deltaOf(delta);
    if (this.#begun) return [event];
    this.#begun = true;
    return [this.#startOf(withRest(head, this.#extra)), event];
  }

  #finish(block: Block): readonly WireEvent[] {
    reportBlock(block, this.#count, "messages", this.#losses);
    if (block.type === "tool_call" && !isWhole(block)) this.#broken = block.name;
    const events = this.#begun ? this.#last(block) : this.#whole(block);
    if (events.length === 0 && !this.#begun) return [];
    const stop = { type: "content_block_stop", index: this.#count };
    this.#count += 1;
    return [...events, stop];
  }

  /** What a block that has begun ends with. */
  #last(block: Block): readonly WireEvent[] {
    if (block.type !== "tool_call" || block.input.kind !== "text") return this.#signature(block);
    return [this.#deltaOf({ type: "input_json_delta", partial_json: JSON.stringify({ input: block.input.text }) })];
  }

  #signature(block: Block): readonly WireEvent[] {
    if (block.type !== "reasoning") return [];
    const signature = block.opaque === undefined ? "" : signatureOf(block.opaque, block, "sig");
    return [this.#deltaOf({ type: "signature_delta", signature })];
  }

  #whole(block: Block): readonly WireEvent[] {
    const { opaque } = block.type === "reasoning" ? block : {};
    if (block.type === "reasoning" && opaque === undefined) return [];
    const whole = writeBlock(block, pathOf("content", this.#count), this.#losses);
    if (whole === undefined) return [];
    return whole["type"] === "thinking"
      ? [this.#startOf(emptyThinking), ...this.#signature(block)]
      : [this.#startOf(whole)];
  }

  #end(tier: string | undefined): readonly WireEvent[] {
    this.#over = true;
    reportUsage(this.#usage, "messages", this.#losses);
    // Only the first event has a place for it.
    if (tierFor(tier) !== tierFor(this.#tier)) reportTier(tier, "service_tier", this.#losses);
    const { reason } = this.#stop;
    // Cut by the limit, the arguments end where they end: the reason says so.
    if (this.#broken !== undefined && reason !== "length" && reason !== "context_window")
      return [writeErrorBody({ kind: "invalid_response", message: brokenCall(this.#broken) })];
    const said = stopWith(this.#stop, this.#called);
    const stop = said.reason === "end" && this.#refused ? ({ reason: "refusal" } as const) : said;
    return [
      {
        type: "message_delta",
        delta: { ...writeStop(stop, this.#losses), container: null },
        usage: writeLastUsage(this.#usage),
      },
      { type: "message_stop" },
    ];
  }
}

const emptyText: JsonObject = { type: "text", text: "", citations: null };
const emptyThinking: JsonObject = { type: "thinking", thinking: "", signature: "" };

/** Some hosts omit the index of what belongs to the first block. */
function isAboutBlock({ type, index }: JsonObject): boolean {
  return index !== undefined || (typeof type === "string" && type.startsWith("content_block_"));
}
