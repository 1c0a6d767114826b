import type Anthropic from "@anthropic-ai/sdk";
import type { ChatCompletionChunk, ChatDelta, FinishReason, StreamPart, Usage } from "@modelyard/core";
import { convertUsage, finishReason } from "./convert-answer.js";

type Counts = Parameters<typeof convertUsage>[0];

/** What a translated event amounts to. */
type Facts = Pick<StreamPart, "content" | "finished" | "done" | "usage">;

const nothing: Facts = { content: false, finished: 0, done: false, usage: undefined };

export interface TranslatorOptions {
  /** Seconds since the epoch. */
  readonly created: number;
  /** Whether the caller asked for usage as an event of its own. */
  readonly showUsage: boolean;
}

/** Turns the events of one of Anthropic's streams into OpenAI's chunks, one by one. */
export class StreamTranslator {
  readonly #options: TranslatorOptions;
  #id = "";
  #model = "";
  #counts: Counts = {};
  /** Place among the tool calls, by the index of Anthropic's block. */
  readonly #toolIndexes = new Map<number, number>();

  constructor(options: TranslatorOptions) {
    this.#options = options;
  }

  /** @returns `undefined` for events that say nothing to the caller */
  translate(event: Anthropic.RawMessageStreamEvent): StreamPart | undefined {
    switch (event.type) {
      case "message_start":
        this.#id = event.message.id;
        this.#model = event.message.model;
        this.#counts = { ...event.message.usage };
        return this.#part([{ role: "assistant", content: "" }], nothing);
      case "content_block_start":
        return this.#blockStart(event);
      case "content_block_delta":
        return this.#blockDelta(event);
      case "message_delta":
        return this.#messageDelta(event);
      case "message_stop":
        return { chunks: [], bytes: undefined, ...nothing, done: true };
      default:
        return undefined;
    }
  }

  #blockStart({ index, content_block: block }: Anthropic.RawContentBlockStartEvent): StreamPart | undefined {
    if (block.type === "text" && block.text !== "")
      return this.#part([{ content: block.text }], { ...nothing, content: true });
    if (block.type !== "tool_use") return undefined;
    const place = this.#toolIndexes.size;
    this.#toolIndexes.set(index, place);
    const call = {
      index: place,
      id: block.id,
      type: "function" as const,
      function: { name: block.name, arguments: "" },
    };
    return this.#part([{ tool_calls: [call] }], { ...nothing, content: true });
  }

  #blockDelta({ index, delta }: Anthropic.RawContentBlockDeltaEvent): StreamPart | undefined {
    const content = { ...nothing, content: true };
    switch (delta.type) {
      case "text_delta":
        return this.#part([{ content: delta.text }], delta.text === "" ? nothing : content);
      case "thinking_delta":
        return this.#part([{ reasoning_content: delta.thinking }], content);
      case "signature_delta":
        return this.#part([{ thinking_signature: delta.signature }], nothing);
      case "input_json_delta": {
        const place = this.#toolIndexes.get(index);
        if (place === undefined || delta.partial_json === "") return undefined;
        return this.#part([{ tool_calls: [{ index: place, function: { arguments: delta.partial_json } }] }], content);
      }
      default:
        return undefined;
    }
  }

  #messageDelta({ delta, usage }: Anthropic.RawMessageDeltaEvent): StreamPart {
    for (const [key, value] of Object.entries(usage))
      if (typeof value === "number") this.#counts = { ...this.#counts, [key]: value };
    const reason = finishReason(delta.stop_reason);
    const total = convertUsage(this.#counts);
    const part = this.#part(
      [{}],
      { content: false, finished: reason === null ? 0 : 1, done: false, usage: total },
      reason,
    );
    return this.#options.showUsage
      ? { ...part, chunks: [...part.chunks, this.#usageChunk(total)] as StreamPart["chunks"] }
      : part;
  }

  #usageChunk(usage: Usage): ChatCompletionChunk {
    return { ...this.#head(), choices: [], usage };
  }

  #head(): Pick<ChatCompletionChunk, "id" | "object" | "created" | "model"> {
    return { id: this.#id, object: "chat.completion.chunk", created: this.#options.created, model: this.#model };
  }

  #part(deltas: readonly ChatDelta[], facts: Facts, reason: FinishReason | null = null): StreamPart {
    const chunks = deltas.map((delta): ChatCompletionChunk => ({
      ...this.#head(),
      choices: [{ index: 0, delta, finish_reason: reason }],
    }));
    return { chunks: chunks, bytes: undefined, ...facts };
  }
}
