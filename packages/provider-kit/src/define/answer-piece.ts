import type { Usage } from "@modelyard/core";
import { boundedCount } from "@modelyard/core/kit";

/** A call of a tool, or a piece of one. */
export interface ToolCallPiece {
  /** In streams, an id begins another call, and a piece without one continues the last call. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** JSON text, or the next part of it. */
  readonly arguments?: string | undefined;
}

/** Tokens as the vendor reports them. */
export interface TokenCounts {
  /** Of the prompt, including cached ones. */
  readonly input: number;
  /** Of the answer, including reasoning. */
  readonly output: number;
  /** Tokens of the prompt that were read from the vendor's cache. */
  readonly cached?: number | undefined;
  /** Tokens of the answer that are reasoning. */
  readonly reasoning?: number | undefined;
}

/** What an answer contains, or one event of a stream. Omit what is not in it. */
export interface AnswerPiece {
  readonly text?: string | undefined;
  /** The model's reasoning, if the vendor shows it. */
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly ToolCallPiece[] | undefined;
  /**
   * Why the answer ended: `stop`, `length`, `tool_calls`, `content_filter`, or the vendor's own word, which is passed on.
   * @defaultValue in streams, it has not ended; otherwise `tool_calls` or `stop`
   */
  readonly finishReason?: string | undefined;
  readonly usage?: TokenCounts | undefined;
  /** The vendor's id of the answer. @defaultValue none; every answer gets an id of its own anyway */
  readonly id?: string | undefined;
  /** Whether it is the vendor's end mark of a stream. @defaultValue false */
  readonly done?: boolean | undefined;
}

/** Whether a piece has what a caller would see. */
export function hasContent({ text, reasoning, toolCalls }: AnswerPiece): boolean {
  return (text ?? "") !== "" || (reasoning ?? "") !== "" || (toolCalls?.length ?? 0) > 0;
}

/** Counts in OpenAI's shape. `undefined` if they are not counts. */
export function usageOf(counts: TokenCounts | undefined): Usage | undefined {
  if (counts === undefined) return undefined;
  const input = boundedCount(counts.input);
  const output = boundedCount(counts.output);
  if (input === undefined || output === undefined) return undefined;
  const cached = boundedCount(counts.cached);
  const reasoning = boundedCount(counts.reasoning);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
