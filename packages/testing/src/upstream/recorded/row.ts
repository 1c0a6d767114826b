import type { ErrorKind } from "@modelyard/core";

/** A body that a vendor sent, and the reason in it that a caller must be able to read. */
export interface Said {
  readonly body: unknown;
  /** Whole and alone, without what is around it in the body; `undefined`: the body gives no reason. */
  readonly says: string | undefined;
  /** The request's field that the body names. */
  readonly param?: string | undefined;
}

/** What else comes with a recorded failure. */
export interface More {
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the vendor asks to wait, in milliseconds, at the start of 2026 in UTC. */
  readonly waitMs?: number;
}

/** One recorded failure: whose and what, status (200: inside a good one), body, and the one kind that it is. */
export type Row = readonly [name: string, status: number, said: Said, kind: ErrorKind, more?: More];

export const context = "context_window_exceeded";

export const said = (body: unknown, says: string | undefined, param?: string): Said => ({ body, says, param });

/** OpenAI's error body. */
export const openaiError = (
  message: string,
  type: string | null,
  code: string | null,
  param: string | null = null,
): Said => said({ error: { message, type, param, code } }, message, param ?? undefined);

export const tooLong =
  "This model's maximum context length is 16384 tokens. However, you requested 19591 tokens (9591 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.";
