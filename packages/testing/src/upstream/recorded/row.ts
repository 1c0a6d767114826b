import type { ErrorKind, JsonObject } from "@modelyard/core";

/** One recorded failure: whose and what, status (200: inside a good one), body, and what it is. */
export type Row = readonly [name: string, status: number, body: unknown, ...kinds: readonly ErrorKind[]];

export const context = "context_window_exceeded";

/** OpenAI's error body. */
export const openaiError = (
  message: string,
  type: string | null,
  code: string | null,
  param: string | null = null,
): JsonObject => ({
  error: { message, type, param, code },
});

export const tooLong =
  "This model's maximum context length is 16384 tokens. However, you requested 19591 tokens (9591 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.";
