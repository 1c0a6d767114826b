import { type Caller, idFor } from "../caller.js";
import { given, pathOf, withRest } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Block, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { Loss, Opaque } from "../hub/common.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import type { StreamWriter, WireEvent } from "../wire.js";
import { reportBlock, reportEvent, reportRest, reportStop } from "../report-answer.js";
import { reportUsage } from "../report-usage.js";
import { openaiTier, reportBatch } from "./write-answer.js";
import { writeErrorObject } from "./write-error.js";
import { writeStop } from "./stop.js";
import { reasoningDetails } from "./reasoning-details.js";
import { thinkingBlock } from "./thinking-blocks.js";
import { writeUsage } from "./usage.js";
import { writeAnnotations, writeCall } from "./write-message.js";

interface OpenCall {
  /** Its number among the calls of its choice. */
  readonly number: number;
  readonly custom: boolean;
  /** Whether any input was written. */
  begun: boolean;
}

interface Choice {
  readonly calls: Map<number, OpenCall>;
  /** Length of the content up to now, which citations count from. */
  length: number;
  /** How many blocks of reasoning have ended. */
  reasoned: number;
  /** Part of the summary that was written last. */
  part: number;
  refused: boolean;
  stop: HubStop | undefined;
  /** Whether its finish reason was written, and nothing after it. */
  finished: boolean;
}

const object = "chat.completion.chunk";
const ended: HubStop = { reason: "end" };

/** Writes a stream as chunks of a chat completion. */
export class ChatStreamWriter implements StreamWriter {
  readonly #caller: Caller;
  readonly #losses = new LossList();
  readonly #choices = new Map<number, Choice>();
  #head: { readonly id: string; readonly created: number; readonly model: string } = { id: "", created: 0, model: "" };
  #over = false;
  #usage: Partial<HubUsage> = {};
  /** Whether the usage was written. */
  #reported = false;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get losses(): readonly Loss[] {
    return this.#losses.all;
  }

  write(event: HubEvent): readonly WireEvent[] {
    if (this.#over) return [];
    this.#over = event.type === "end" || event.type === "error";
    switch (event.type) {
      case "start":
        this.#head = {
          id: idFor("chatcmpl-", event.id),
          created: event.createdAt ?? this.#caller.now,
          model: this.#caller.model ?? event.model,
        };
        return [];
      case "block_start":
        return this.#begin(event.choice, event.index, event.block);
      case "delta":
        return this.#delta(event.choice, event.index, event.delta);
      case "block_stop":
        return this.#stop(event.choice, event.index, event.block);
      case "stop": {
        const chunks: WireEvent[] = [];
        const choice = this.#choice(event.choice, chunks);
        choice.stop = event.stop;
        // Nothing follows the reason for strict clients, so that it waits for them until the end.
        if (this.#caller.likeLiteLLM === true) this.#finish(event.choice, choice, chunks);
        return chunks;
      }
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return this.#reportsAtOnce() ? [this.#usageChunk()] : [];
      case "end":
        return this.#end(event.service);
      case "error":
        return [{ error: writeErrorObject(event.error) }];
      case "raw":
        if (event.wire !== "chat") reportEvent(event.value, this.#losses);
        return event.wire === "chat" ? [event.value] : [];
      case "rest":
        if (event.wire === "chat") return this.#rest(event);
        reportRest(event, this.#losses);
        return [];
      case "alive":
        return [];
    }
  }

  /** @param chunks - gets the chunk with the role, which comes first */
  #choice(index: number, chunks: WireEvent[]): Choice {
    let choice = this.#choices.get(index);
    if (choice !== undefined) return choice;
    choice = { calls: new Map(), length: 0, reasoned: 0, part: 0, refused: false, stop: undefined, finished: false };
    this.#choices.set(index, choice);
    chunks.push(this.#chunk(index, { role: "assistant", content: "", refusal: null }));
    return choice;
  }

  #chunk(index: number, delta: JsonObject, logprobs: unknown = null, finish: string | null = null): JsonObject {
    const { id, created, model } = this.#head;
    const choices = [{ index, delta, logprobs, finish_reason: finish }];
    return this.#caller.streamUsage === true
      ? { id, object, created, model, choices, usage: null }
      : { id, object, created, model, choices };
  }

  /** Fields that only the vendor and the caller know, in a chunk of their own. */
  #rest({ in: place, choice: index, fields }: Extract<HubEvent, { readonly type: "rest" }>): readonly WireEvent[] {
    const { id, created, model } = this.#head;
    if (place === "") return [{ id, object, created, model, choices: [], ...fields }];
    const chunks: WireEvent[] = [];
    this.#choice(index, chunks);
    const more = place === "delta" ? { delta: fields } : { delta: {}, ...fields };
    const choices = [withRest({ index, delta: {}, logprobs: null, finish_reason: null }, more)];
    return [...chunks, { id, object, created, model, choices }];
  }

  #begin(index: number, blockIndex: number, block: Block): readonly WireEvent[] {
    const chunks: WireEvent[] = [];
    const choice = this.#choice(index, chunks);
    choice.finished = false;
    if (block.type === "tool_call") {
      const call = { number: choice.calls.size, custom: block.input.kind === "text", begun: block.input.text !== "" };
      choice.calls.set(blockIndex, call);
      chunks.push(this.#chunk(index, { tool_calls: [{ index: call.number, ...writtenHead(block) }] }));
    } else if (block.type === "refusal") choice.refused = true;
    else if (block.type !== "text" && block.type !== "reasoning" && block.type !== "audio")
      this.#losses.dropped(pathOf("content", blockIndex), "Chat Completions does not know this block.");
    return chunks;
  }

  #delta(index: number, blockIndex: number, delta: HubDelta): readonly WireEvent[] {
    const before: WireEvent[] = [];
    const choice = this.#choice(index, before);
    choice.finished = false;
    const written = this.#writtenDelta(choice, blockIndex, delta);
    if (written === undefined) return before;
    const chunk = this.#chunk(index, written, delta.kind === "text" ? logprobsOf(delta.logprobs) : null);
    return before.length === 0 ? [chunk] : [...before, chunk];
  }

  #writtenDelta(choice: Choice, blockIndex: number, delta: HubDelta): JsonObject | undefined {
    switch (delta.kind) {
      case "text":
        choice.length += delta.text.length;
        return { content: delta.text };
      case "refusal":
        return { refusal: delta.text };
      case "reasoning":
        return { reasoning_content: delta.text };
      case "summary": {
        const gap = delta.part > choice.part ? "\n\n" : "";
        choice.part = delta.part;
        return { reasoning_content: gap + delta.text };
      }
      case "input": {
        const call = choice.calls.get(blockIndex);
        return call === undefined || delta.text === "" ? undefined : writtenInput(call, delta.text);
      }
      case "audio":
        return { audio: delta.value };
      case "opaque":
        // It is written with the whole block, when that ends.
        if (this.#holds(delta.opaque)) return undefined;
        this.#losses.dropped(
          pathOf(pathOf("content", blockIndex), "signature"),
          "Chat Completions has no place for it.",
        );
        return undefined;
      case "citation":
        // Its place in the text is known when the block ends.
        return undefined;
    }
  }

  #stop(index: number, blockIndex: number, block: Block): readonly WireEvent[] {
    const choice = this.#choice(index, []);
    reportBlock(block, blockIndex, "chat", this.#losses);
    if (block.type === "text") {
      const from = choice.length - block.text.length;
      const annotations = writeAnnotations(block.citations ?? [], from, block.text.length, this.#losses);
      return annotations.length === 0 ? [] : [this.#chunk(index, { annotations })];
    }
    if (block.type === "reasoning") {
      const delta = this.#sealed(block, choice.reasoned);
      choice.reasoned += 1;
      return delta === undefined ? [] : [this.#chunk(index, delta)];
    }
    const call = choice.calls.get(blockIndex);
    // A function without arguments is called with an empty object.
    return call === undefined || call.begun || call.custom ? [] : [this.#chunk(index, writtenInput(call, "{}"))];
  }

  /** Whether the caller gets signed or encrypted reasoning at the end of its block. */
  #holds({ madeBy: { wire } }: Opaque): boolean {
    const { likeLiteLLM, reasoningDetails: wantsDetails } = this.#caller;
    return wire === "messages"
      ? likeLiteLLM === true || wantsDetails === true
      : wire !== "chat" && wantsDetails === true;
  }

  /** What the caller can send back of a block of reasoning that has ended. `undefined`: nothing. */
  #sealed(block: ReasoningBlock, position: number): JsonObject | undefined {
    const { likeLiteLLM, reasoningDetails: wantsDetails } = this.#caller;
    const signed = likeLiteLLM === true ? thinkingBlock(block) : undefined;
    const details = wantsDetails === true ? reasoningDetails(block, position) : [];
    if (details.length === 0) return signed === undefined ? undefined : { thinking_blocks: [signed] };
    return { ...given({ thinking_blocks: signed && [signed] }), reasoning_details: details };
  }

  /** @param chunks - gets the chunk with the finish reason */
  #finish(index: number, choice: Choice, chunks: WireEvent[]): void {
    const { refused, stop = ended } = choice;
    const { likeLiteLLM = false } = this.#caller;
    reportStop(stop, refused, "chat", this.#losses);
    const explanation = stop.reason === "refusal" && !refused ? stop.explanation : undefined;
    if (explanation !== undefined) chunks.push(this.#chunk(index, { refusal: explanation }));
    chunks.push(this.#chunk(index, {}, null, writeStop(stop, { vendors: !refused, likeLiteLLM }, this.#losses)));
    choice.finished = true;
  }

  #end(service: Extract<HubEvent, { readonly type: "end" }>["service"]): readonly WireEvent[] {
    const chunks: WireEvent[] = [];
    if (this.#caller.streamUsage === true) {
      reportUsage(this.#usage, "chat", this.#losses);
      if (this.#caller.likeLiteLLM !== true) reportBatch(service?.tier, this.#losses);
    }
    if (this.#choices.size === 0) this.#choice(0, chunks);
    for (const [index, choice] of this.#choices) if (!choice.finished) this.#finish(index, choice, chunks);
    if (this.#caller.streamUsage === true && this.#usage.input !== undefined && !this.#reported)
      chunks.push(this.#usageChunk(service));
    return [...chunks, "[DONE]"];
  }

  /** Whether usage belongs to finish reasons that were written at once. */
  #reportsAtOnce(): boolean {
    const { likeLiteLLM, streamUsage } = this.#caller;
    if (likeLiteLLM !== true || streamUsage !== true || this.#choices.size === 0) return false;
    for (const { finished } of this.#choices.values()) if (!finished) return false;
    return true;
  }

  #usageChunk(service?: Extract<HubEvent, { readonly type: "end" }>["service"]): JsonObject {
    this.#reported = true;
    return {
      id: this.#head.id,
      object,
      created: this.#head.created,
      model: this.#head.model,
      choices: [],
      usage: writeUsage({ output: 0, input: 0, ...this.#usage }, this.#caller),
      ...given({ service_tier: openaiTier(service?.tier), system_fingerprint: service?.fingerprint }),
    };
  }
}

function logprobsOf(content: unknown): JsonObject | null {
  return Array.isArray(content) ? { content, refusal: null } : null;
}

/** A call without its input. */
function writtenHead(block: ToolCallBlock): JsonObject {
  const { id, name, input, extra } = block;
  if (input.text !== "") return writeCall(block);
  const head =
    input.kind === "text"
      ? { id, type: "custom", custom: { name, input: "" } }
      : { id, type: "function", function: { name, arguments: "" } };
  return withRest(head, extra?.chat);
}

function writtenInput(call: OpenCall, text: string): JsonObject {
  call.begun = true;
  const input = call.custom ? { custom: { input: text } } : { function: { arguments: text } };
  return { tool_calls: [{ index: call.number, ...input }] };
}
