import type Anthropic from "@anthropic-ai/sdk";
import type { ChatCompletionChunk, FinishReason, Usage } from "@modelyard/core";
import type { ChatDelta } from "@modelyard/core/kit";
import type { EventTranslator, PartDraft } from "@modelyard/provider-kit";
import { jsonToolName } from "./convert-json-output.js";
import { type Counts, convertUsage, mergeCounts } from "./convert-usage.js";
import { endsOddly, mapStopReason } from "./map-stop-reason.js";

export interface TranslatorOptions {
  /** Seconds since the epoch. */
  readonly created: number;
  /** Whether the caller asked for the usage in a separate event. */
  readonly showUsage: boolean;
  /** Whether the answer is the input of the tool `json_answer`. */
  readonly answersByTool: boolean;
}

type Batch = PartDraft<ChatCompletionChunk>;

/** A block that is being sent. */
interface OpenBlock {
  readonly kind: "text" | "thinking" | "call" | "json" | "other";
  /** The index among the tool calls. */
  readonly place: number;
  /** Input in the event that starts the block, as some hosts send it. */
  readonly startInput: string;
  /** Whether a piece of the input has been passed on. */
  started: boolean;
  thinking: string;
  signature: string;
}

/**
 * Turns the events of one of Anthropic's streams into OpenAI's chunks, one by one.
 * @throws any exception for an event of an unexpected shape, which the caller reports as an invalid response
 */
export class StreamTranslator implements EventTranslator<Anthropic.RawMessageStreamEvent, ChatCompletionChunk> {
  readonly #options: TranslatorOptions;
  readonly #blocks = new Map<number, OpenBlock>();
  #id = "";
  #model = "";
  #counts: Counts = {};
  #calls = 0;
  #json = false;
  /** Whether there was a stop reason, and no content after it. */
  #ended = false;
  /** Text that is the answer only if the tool `json_answer` is not called. */
  #held = "";
  /** How much of the open blocks is kept, in characters. */
  #open = 0;

  constructor(options: TranslatorOptions) {
    this.#options = options;
  }

  /** How much of the stream is kept for later events, in characters. Each open block adds a fixed amount. */
  get kept(): number {
    return this.#held.length + this.#open;
  }

  /** Adds what `event` says to `batch`. Unknown events are ignored. */
  translate(event: Anthropic.RawMessageStreamEvent, batch: Batch): void {
    switch (event.type) {
      case "message_start":
        this.#id = event.message.id;
        this.#model = event.message.model;
        this.#counts = mergeCounts({}, event.message.usage);
        batch.usage = begun(this.#counts);
        this.#say(batch, { role: "assistant", content: "" });
        return;
      case "content_block_start":
        this.#start(event, batch);
        return;
      case "content_block_delta":
        this.#delta(event, batch);
        return;
      case "content_block_stop":
        this.#stop(event.index, batch);
        return;
      case "message_delta":
        this.#end(event, batch);
        return;
      case "message_stop":
        batch.done = true;
        break;
      default:
    }
  }

  startsPart(event: Anthropic.RawMessageStreamEvent): boolean {
    return event.type === "message_delta" && endsOddly(event.delta.stop_reason);
  }

  #start({ index, content_block: block }: Anthropic.RawContentBlockStartEvent, batch: Batch): void {
    const isJson = block.type === "tool_use" && this.#options.answersByTool && block.name === jsonToolName;
    const open: OpenBlock = {
      kind: isJson ? "json" : (kinds[block.type] ?? "other"),
      place: this.#calls,
      startInput: block.type === "tool_use" ? JSON.stringify(block.input ?? {}) : "",
      started: false,
      thinking: "",
      signature: "",
    };
    this.#forget(index);
    this.#blocks.set(index, open);
    this.#open += blockCharacters + open.startInput.length;
    if (isJson) this.#json = true;
    else if (block.type === "text") this.#text(block.text, batch);
    else if (block.type === "thinking") this.#think(open, block.thinking, batch);
    else if (block.type === "redacted_thinking") this.#say(batch, { thinking_blocks: [block] });
    else if (block.type === "tool_use") {
      this.#calls += 1;
      const call = {
        index: open.place,
        id: block.id,
        type: "function",
        function: { name: block.name, arguments: "" },
      } as const;
      this.#hasContent(batch);
      this.#say(batch, { tool_calls: [call] });
    }
  }

  #delta({ index, delta }: Anthropic.RawContentBlockDeltaEvent, batch: Batch): void {
    const open = this.#blocks.get(index);
    switch (delta.type) {
      case "text_delta":
        this.#text(delta.text, batch);
        return;
      case "thinking_delta":
        if (open !== undefined) this.#think(open, delta.thinking, batch);
        return;
      case "signature_delta":
        if (open !== undefined) this.#sign(open, delta.signature);
        return;
      case "input_json_delta":
        if (open !== undefined && delta.partial_json !== "") this.#input(open, delta.partial_json, batch);
        break;
      default:
    }
  }

  #stop(index: number, batch: Batch): void {
    const open = this.#forget(index);
    if (open === undefined) return;
    // A call without arguments has no input. It becomes `{}`, since "" is not JSON.
    if ((open.kind === "call" || open.kind === "json") && !open.started) this.#input(open, open.startInput, batch);
    if (open.kind !== "thinking") return;
    const { thinking, signature } = open;
    this.#say(batch, { thinking_blocks: [{ type: "thinking", thinking, signature }] });
  }

  #forget(index: number): OpenBlock | undefined {
    const open = this.#blocks.get(index);
    if (open === undefined) return undefined;
    this.#blocks.delete(index);
    this.#open -= blockCharacters + open.startInput.length + open.thinking.length + open.signature.length;
    return open;
  }

  #text(text: string, batch: Batch): void {
    if (text === "") return;
    if (this.#options.answersByTool) {
      this.#held += text;
      return;
    }
    this.#hasContent(batch);
    this.#say(batch, { content: text });
  }

  #think(open: OpenBlock, thinking: string, batch: Batch): void {
    if (thinking === "") return;
    open.thinking += thinking;
    this.#open += thinking.length;
    this.#hasContent(batch);
    this.#say(batch, { reasoning_content: thinking });
  }

  #sign(open: OpenBlock, signature: string): void {
    open.signature += signature;
    this.#open += signature.length;
  }

  #input(open: OpenBlock, piece: string, batch: Batch): void {
    if (open.kind !== "call" && open.kind !== "json") return;
    open.started = true;
    this.#hasContent(batch);
    if (open.kind === "json") this.#say(batch, { content: piece });
    else this.#say(batch, { tool_calls: [{ index: open.place, function: { arguments: piece } }] });
  }

  #end({ delta, usage }: Anthropic.RawMessageDeltaEvent, batch: Batch): void {
    if (this.#held !== "" && !this.#json) {
      this.#hasContent(batch);
      this.#say(batch, { content: this.#held });
    }
    this.#held = "";
    this.#counts = mergeCounts(this.#counts, usage);
    batch.usage = convertUsage(this.#counts);
    const mapped = mapStopReason(delta.stop_reason);
    if (mapped !== null) {
      const reason = this.#json && mapped === "tool_calls" ? "stop" : mapped;
      // There may be several such events, which all repeat the stop reason.
      if (!this.#ended) batch.finished += 1;
      this.#ended = true;
      batch.finishReasons = [...batch.finishReasons, reason];
      const explanation = delta.stop_reason === "refusal" ? delta.stop_details?.explanation : undefined;
      this.#say(batch, explanation == null ? {} : { refusal: explanation }, reason);
    }
    if (this.#options.showUsage) batch.chunks.push(this.#chunk([], batch.usage));
  }

  /** Content after a stop reason shows that the answer continues. */
  #hasContent(batch: Batch): void {
    batch.content = true;
    if (!this.#ended) return;
    this.#ended = false;
    batch.finished -= 1;
  }

  #say(batch: Batch, delta: ChatDelta, reason: FinishReason | null = null): void {
    batch.chunks.push(this.#chunk([{ index: 0, delta, finish_reason: reason }]));
  }

  #chunk(choices: ChatCompletionChunk["choices"], usage?: Usage): ChatCompletionChunk {
    const chunk = {
      id: this.#id,
      object: "chat.completion.chunk",
      created: this.#options.created,
      model: this.#model,
      choices,
    } as const;
    return usage === undefined ? chunk : { ...chunk, usage };
  }
}

/** The usage at the beginning of a stream, in case it breaks. Some hosts omit the prompt's tokens, or send 0, until its end. */
function begun(counts: Counts): Usage | undefined {
  const usage = convertUsage(counts);
  return usage.prompt_tokens > 0 ? usage : undefined;
}

/** What an open block takes in addition to its text, in characters. */
const blockCharacters = 128;

const kinds: Readonly<Partial<Record<Anthropic.ContentBlock["type"], OpenBlock["kind"]>>> = {
  text: "text",
  thinking: "thinking",
  tool_use: "call",
};
