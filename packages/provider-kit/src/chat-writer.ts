import type { ChatCompletion, ChatCompletionChunk, FinishReason, Usage } from "@modelyard/core";
import type { ChatDelta } from "@modelyard/core/kit";
import type { PartDraft } from "./event-stream.js";

/** What the answers to one call have in common. */
export interface ChatHead {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
}

/** Writes the answers of chats in OpenAI's shape, for vendors whose answers are one choice of text. */
export class ChatWriter {
  readonly #head: ChatHead;

  constructor(head: ChatHead) {
    this.#head = head;
  }

  /** A whole answer. */
  answer(text: string, finishReason: string, usage: Usage | undefined): ChatCompletion {
    return {
      ...this.#head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: text, refusal: null },
          logprobs: null,
          finish_reason: finishReason as FinishReason,
        },
      ],
      ...(usage === undefined ? {} : { usage }),
    };
  }

  /** Adds a piece of text to the part of a stream. */
  text(draft: PartDraft, text: string): void {
    if (text === "") return;
    draft.content = true;
    draft.chunks.push(this.#chunk({ content: text }, null));
  }

  /** Adds the end of the choice. */
  end(draft: PartDraft, finishReason: string): void {
    draft.finished += 1;
    draft.finishReasons = [...draft.finishReasons, finishReason];
    draft.chunks.push(this.#chunk({}, finishReason));
  }

  /** Adds the usage. @param shown - whether the caller asked to see it in the stream */
  usage(draft: PartDraft, usage: Usage, shown: boolean): void {
    draft.usage = usage;
    if (shown) draft.chunks.push({ ...this.#head, object: "chat.completion.chunk", choices: [], usage });
  }

  #chunk(delta: ChatDelta, finishReason: string | null): ChatCompletionChunk {
    const choice = { index: 0, delta, finish_reason: finishReason as FinishReason | null };
    return { ...this.#head, object: "chat.completion.chunk", choices: [choice] };
  }
}
