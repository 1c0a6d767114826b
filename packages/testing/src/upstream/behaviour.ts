import type { Usage } from "@modelyard/core";

/** Ways in which an upstream goes wrong. */
export type Fault =
  | "hang_before_headers"
  | "hang_before_first_token"
  | "hang_mid_stream"
  | "comments_only"
  | "reset_before_headers"
  | "reset_after_headers"
  | "reset_mid_stream"
  | "truncated_stream"
  | "finish_without_done"
  | "never_closes"
  | "malformed_event"
  | "error_event_before_content"
  | "error_event_after_content"
  | "error_in_200"
  | "no_choices"
  | "empty_content"
  | "wrong_content_type"
  | "truncated_json"
  | "trickle"
  | "huge_chunk";

/** What the upstream does with one call; what is left out happens as a healthy vendor would. */
export interface Behaviour {
  readonly status?: number;
  /** Sent as it is instead of what the dialect would say. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before status and headers, in milliseconds. */
  readonly delayMs?: number;
  /** Before the first event, in milliseconds. */
  readonly firstTokenMs?: number;
  /** Between events, in milliseconds. */
  readonly gapMs?: number;
  /** The answer's text; streams send it word by word. */
  readonly text?: string;
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** In OpenAI's words. */
  readonly finishReason?: "stop" | "length" | "tool_calls" | "content_filter";
  readonly usage?: Usage;
  readonly fault?: Fault;
  /** Cuts what is written into pieces of so many bytes. */
  readonly splitBytes?: number;
  /** Ends lines with CRLF. */
  readonly crlf?: boolean;
}

export function replies(text: string, options: Omit<Behaviour, "text" | "status"> = {}): Behaviour {
  return { ...options, text };
}

/** A failure with the vendor's own kind of body, unless `body` is given. */
export function refuses(status: number, options: Omit<Behaviour, "status"> = {}): Behaviour {
  return { ...options, status };
}

export function breaks(fault: Fault, options: Omit<Behaviour, "fault"> = {}): Behaviour {
  return { ...options, fault };
}

export const defaultUsage: Usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
