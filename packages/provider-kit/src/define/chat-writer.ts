import type { ChatCompletion, ChatCompletionChunk, FinishReason, ToolCall } from "@modelyard/core";
import type { ChatDelta, ToolCallDelta } from "@modelyard/core/kit";
import { ownId } from "../bridge/own-id.js";
import type { PartDraft } from "../event-stream.js";
import { type AnswerPiece, hasContent, type ToolCallPiece, usageOf } from "./answer-piece.js";

/** What the answers to one call have in common. */
export interface ChatHead {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly model: string;
  /** Whether the caller asked to see the usage in a stream. @defaultValue false */
  readonly showsUsage?: boolean;
}

/** Finish reasons that never mean a failure, so that they may be in the same part as content. */
const harmless: ReadonlySet<string> = new Set(["stop", "length", "tool_calls", "function_call"]);

/** @throws a `TypeError` for anything else than a string */
function checked(text: unknown): string {
  if (typeof text !== "string") throw new TypeError("expected a string");
  return text;
}

/** Writes the answers of chats in OpenAI's shape, for vendors whose answers are one choice. */
export class ChatWriter {
  readonly #head: ChatHead;
  #id: string | undefined;
  /** How many tool calls a stream has begun. */
  #calls = 0;
  /** Whether the stream has finished, and has not gone on since. */
  #finished = false;

  constructor(head: ChatHead) {
    this.#head = head;
  }

  /**
   * A whole answer.
   * @throws a `TypeError` if the piece has neither text, reasoning, tool calls nor a finish reason, or if they are not strings
   */
  answer(piece: AnswerPiece): ChatCompletion {
    const { text, reasoning, toolCalls = [], finishReason, id } = piece;
    if (text === undefined && reasoning === undefined && toolCalls.length === 0 && finishReason === undefined)
      throw new TypeError("an answer without content");
    const usage = usageOf(piece.usage);
    const reason = finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
    return {
      id: ownId(id, this.#head.now),
      object: "chat.completion",
      ...this.#facts(),
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: text === undefined ? (toolCalls.length > 0 ? null : "") : checked(text),
            refusal: null,
            ...(reasoning === undefined ? {} : { reasoning_content: checked(reasoning) }),
            ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(wholeCall) }),
          },
          logprobs: null,
          finish_reason: checked(reason) as FinishReason,
        },
      ],
      ...(usage === undefined ? {} : { usage }),
    };
  }

  /**
   * Adds a piece of a stream to a part of it.
   * @param startPart - as `EventTranslator.translate` gets it
   * @throws a `TypeError` if its texts are not strings
   */
  add(piece: AnswerPiece, draft: PartDraft, startPart: () => PartDraft): void {
    this.#id ??= ownId(piece.id, this.#head.now);
    if (hasContent(piece)) {
      draft.content = true;
      if (this.#finished) draft.finished -= 1;
      this.#finished = false;
      draft.chunks.push(this.#chunk(this.#delta(piece), null));
    }
    const { finishReason } = piece;
    const last = finishReason === undefined || harmless.has(finishReason) ? draft : startPart();
    if (finishReason !== undefined) this.#finish(checked(finishReason), last);
    const usage = usageOf(piece.usage);
    if (usage !== undefined) {
      last.usage = usage;
      if (this.#head.showsUsage === true) last.chunks.push({ ...this.#chunkHead(), choices: [], usage });
    }
    if (piece.done === true) last.done = true;
  }

  #finish(reason: string, draft: PartDraft): void {
    if (!this.#finished) draft.finished += 1;
    this.#finished = true;
    draft.finishReasons = [...draft.finishReasons, reason];
    draft.chunks.push(this.#chunk({}, reason));
  }

  #delta({ text, reasoning, toolCalls = [] }: AnswerPiece): ChatDelta {
    return {
      ...(text === undefined ? {} : { content: checked(text) }),
      ...(reasoning === undefined ? {} : { reasoning_content: checked(reasoning) }),
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map((call) => this.#callDelta(call)) }),
    };
  }

  #callDelta({ id, name, arguments: text = "" }: ToolCallPiece): ToolCallDelta {
    if (id === undefined) return { index: Math.max(0, this.#calls - 1), function: { arguments: checked(text) } };
    const index = this.#calls;
    this.#calls += 1;
    return {
      index,
      id: checked(id),
      type: "function",
      function: { name: checked(name), arguments: checked(text) },
    };
  }

  #facts(): Pick<ChatCompletion, "created" | "model"> {
    return { created: Math.floor(this.#head.now / 1000), model: this.#head.model };
  }

  #chunkHead(): Pick<ChatCompletionChunk, "created" | "id" | "model" | "object"> {
    return { id: this.#id ?? "", object: "chat.completion.chunk", ...this.#facts() };
  }

  #chunk(delta: ChatDelta, finishReason: string | null): ChatCompletionChunk {
    const choice = { index: 0, delta, finish_reason: finishReason as FinishReason | null };
    return { ...this.#chunkHead(), choices: [choice] };
  }
}

function wholeCall({ id, name, arguments: text }: ToolCallPiece): ToolCall {
  return { id: checked(id), type: "function", function: { name: checked(name), arguments: checked(text) } };
}
