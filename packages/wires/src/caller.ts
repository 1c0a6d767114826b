import type { JsonObject } from "./json.js";

/** What a writer of answers must know about the request that it answers. */
export interface Caller {
  /** Seconds since the Unix epoch. */
  readonly now: number;
  /** The request as the caller wrote it, for fields of the answer that repeat it. */
  readonly request: JsonObject;
  /** The name of the model in the answer. Not set: the vendor's. */
  readonly model?: string;
  /** Whether a stream of Chat Completions reports usage. @defaultValue false */
  readonly streamUsage?: boolean;
  /**
   * Whether a chat completion has what LiteLLM passes on from an answer of Anthropic's: `thinking_blocks`, Anthropic's own counts
   * in `usage`, and stop reasons that OpenAI does not have. In streams, the reason comes at once, though more may follow, instead of
   * at the end. @defaultValue false
   */
  readonly likeLiteLLM?: boolean;
  /** Whether a chat completion has signed and encrypted reasoning in OpenRouter's `reasoning_details`. @defaultValue false */
  readonly reasoningDetails?: boolean;
}

/** The vendor's id without the prefix of its wire. */
export function bareId(id: string): string {
  return id.replace(/^(?:chatcmpl-|resp_|msg_)/u, "");
}

/** The vendor's id with the prefix of another wire, so that the vendor's support can still find it. */
export function idFor(prefix: string, id: string): string {
  return id.startsWith(prefix) ? id : `${prefix}${bareId(id)}`;
}
