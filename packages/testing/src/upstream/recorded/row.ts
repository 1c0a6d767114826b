import type { ErrorKind } from "@modelyard/core";

/** A vendor's body, and the reason in it that a caller must see. */
export interface Said {
  readonly body: unknown;
  /** The reason without the text around it. `undefined`: the body has none. */
  readonly says: string | undefined;
  /** The field of the request that the body names. */
  readonly param?: string | undefined;
}

/** Other facts of a recorded failure. */
export interface More {
  readonly headers?: Readonly<Record<string, string>>;
  /** The wait that the vendor asks for, in milliseconds, for a call at the start of 2026 in UTC. */
  readonly waitMs?: number;
}

/** One recorded failure: its name, status (200: inside a successful response), body and expected kind. */
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
