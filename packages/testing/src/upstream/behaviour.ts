import type { Usage } from "@modelyard/core";
import type { VendorFailureName } from "./failure.js";
import type { Fault } from "./faults.js";
import type { StrictHostName } from "./strict-hosts.js";

export interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** What the upstream does with one call; what is left out happens as a healthy vendor would. Times in milliseconds. */
export interface Behaviour {
  /** 400 and above: a failure, worded as the dialect's vendor does. @defaultValue 200 */
  readonly status?: number;
  /** A failure known by name: status, body and headers as the dialect's vendor sends them. */
  readonly failure?: VendorFailureName;
  /** Sent as it is instead of what the dialect would say. */
  readonly body?: string;
  /** Sent besides, or instead of, the dialect's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Before status and headers. */
  readonly delayMs?: number;
  /** Streams: before the first content. Plain answers: between headers and body. */
  readonly firstTokenMs?: number;
  /** Streams: between content events. */
  readonly gapMs?: number;
  /** Streams: how often a comment is sent while nothing else is. @defaultValue never */
  readonly commentMs?: number;
  /** The answer's text; streams send it word by word. */
  readonly text?: string;
  /** Shown before the text: Anthropic's thinking block, others' `reasoning_content`. */
  readonly reasoning?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** In OpenAI's words; any other word goes out as it is. */
  readonly finishReason?: "stop" | "length" | "tool_calls" | "content_filter" | (string & Record<never, never>);
  readonly usage?: Usage;
  /** Streams: between the finish reason and the usage, on wires that send the two in separate events. */
  readonly usageMs?: number;
  readonly fault?: Fault;
  /** Streams: content events that come before a fault that strikes amid them. At least 1. @defaultValue 1 */
  readonly faultAfter?: number;
  /** Which failure an error inside a 200, or inside a choice, reports. @defaultValue the dialect's overload (500 for OpenAI) */
  readonly eventFailure?: VendorFailureName;
  /** Cuts what is written into pieces of so many bytes, in turn; each goes out in a packet of its own. */
  readonly splitBytes?: number | readonly number[];
  /** Between such pieces. @defaultValue 0 */
  readonly pieceMs?: number;
  /** Sends all events of a stream in one piece. */
  readonly atOnce?: boolean;
  /** Streams: before each event, events without data as hosts and proxies send them. */
  readonly emptyEvents?: boolean;
  /** Ends lines with CRLF. */
  readonly crlf?: boolean;
  /** Refuses chat requests with fields, roles or ids that this host does not know, in its words. */
  readonly strict?: StrictHostName;
  /** Compresses the body with gzip, whether anybody asked for that or not. */
  readonly gzip?: boolean;
}

/** A healthy vendor, or what `options` say, that refuses what one host does not know. */
export function strict(host: StrictHostName, options: Omit<Behaviour, "strict"> = {}): Behaviour {
  return { ...options, strict: host };
}

export function replies(text: string, options: Omit<Behaviour, "text" | "status"> = {}): Behaviour {
  return { ...options, text };
}

/** Calls of tools; a text too when `text` is given. */
export function callsTools(
  toolCalls: readonly ScriptedToolCall[],
  options: Omit<Behaviour, "toolCalls" | "status"> = {},
): Behaviour {
  return { ...options, toolCalls };
}

/** A failure by status, or by the name of what is wrong, with the vendor's own kind of body unless `body` is given. */
export function refuses(
  what: number | VendorFailureName,
  options: Omit<Behaviour, "status" | "failure"> = {},
): Behaviour {
  return typeof what === "number" ? { ...options, status: what } : { ...options, failure: what };
}

export function breaks(fault: Fault, options: Omit<Behaviour, "fault"> = {}): Behaviour {
  return { ...options, fault };
}

/** Silent until the caller leaves. */
export function silent(
  phase: "before_headers" | "before_first_token" | "mid_stream" = "before_headers",
  options: Omit<Behaviour, "fault"> = {},
): Behaviour {
  return { ...options, fault: `hang_${phase}` };
}

export const defaultText = "Hello from upstream";

export const defaultUsage: Usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
