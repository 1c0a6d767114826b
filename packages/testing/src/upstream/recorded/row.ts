import type { ErrorKind } from "@modelyard/core";

/** The body of a vendor's response, and the message in it that a caller must see. */
export interface VendorReply {
  readonly body: unknown;
  /** The message without the text around it, or `undefined` if the body has none. */
  readonly message: string | undefined;
  /** The field of the request that the body names. */
  readonly param?: string | undefined;
}

/** Other facts of a recorded failure. */
export interface FailureDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** The wait that the vendor asks for, in milliseconds, for a call at the start of 2026 in UTC. */
  readonly waitMs?: number;
}

/** One recorded failure: its name, status (200: inside a successful response), body and expected kind. */
export type Row = readonly [name: string, status: number, reply: VendorReply, kind: ErrorKind, more?: FailureDetails];

export const context = "context_window_exceeded";

export const reply = (body: unknown, message: string | undefined, param?: string): VendorReply => ({
  body,
  message,
  param,
});

/** OpenAI's error body. */
export const openaiError = (
  message: string,
  type: string | null,
  code: string | null,
  param: string | null = null,
): VendorReply => reply({ error: { message, type, param, code } }, message, param ?? undefined);

export const tooLong =
  "This model's maximum context length is 16384 tokens. However, you requested 19591 tokens (9591 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.";
