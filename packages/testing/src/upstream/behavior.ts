import type { Usage } from "@modelyard/core";
import type { VendorFailureName } from "./failure.js";
import type { Fault } from "./faults.js";
import type { StrictHostName } from "./strict-hosts.js";

export interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  /** As a JSON string. For a custom tool, its text. */
  readonly arguments: string;
  /** Only Responses has custom tools. @defaultValue "function" */
  readonly kind?: "custom" | "function";
  /** The namespace of the tool, which only Responses has. */
  readonly namespace?: string;
}

/** What the upstream does with one call. Where nothing is set, it acts like a healthy vendor. Times are in milliseconds. */
export interface Behavior {
  /** From 400 on, a failure in the words of the dialect's vendor. @defaultValue 200 */
  readonly status?: number;
  /** A failure by name, with status, body and headers of the dialect's vendor. */
  readonly failure?: VendorFailureName;
  /** The body, instead of the dialect's. */
  readonly body?: string;
  /** Headers that are added to the dialect's, or replace them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Delay before status and headers. */
  readonly delayMs?: number;
  /** For streams: delay before the first content. For plain answers: delay between headers and body. */
  readonly firstTokenMs?: number;
  /** For streams: delay between content events. */
  readonly gapMs?: number;
  /** For streams: interval of comments while nothing else is sent. @defaultValue never */
  readonly commentMs?: number;
  /** The text of the answer. Streams send it word by word. */
  readonly text?: string;
  /** Reasoning before the text: Anthropic's thinking block, or `reasoning_content`. */
  readonly reasoning?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** OpenAI's finish reason. Any other word is sent unchanged. */
  readonly finishReason?: "stop" | "length" | "tool_calls" | "content_filter" | (string & Record<never, never>);
  readonly usage?: Usage;
  /** The number in the answer's id. Some clients merge answers that have the same id. @defaultValue 1 */
  readonly answerNumber?: number;
  /** For streams: delay between the finish reason and the usage, on wires that send them in separate events. */
  readonly usageMs?: number;
  readonly fault?: Fault;
  /** For streams: number of content events before a fault within the stream. At least 1. @defaultValue 1 */
  readonly faultAfter?: number;
  /** The failure reported by an error inside a 200 or inside a choice. @defaultValue the dialect's overload (500 for OpenAI) */
  readonly eventFailure?: VendorFailureName;
  /** Splits what is sent into pieces of this many bytes, or of these sizes in turn, each in a separate packet. */
  readonly splitBytes?: number | readonly number[];
  /** Delay between these pieces. @defaultValue 0 */
  readonly pieceMs?: number;
  /** Sends all events of a stream in one piece. */
  readonly atOnce?: boolean;
  /** For streams: sends events without data before each event, as some hosts and proxies do. */
  readonly emptyEvents?: boolean;
  /** Ends lines with CRLF. */
  readonly crlf?: boolean;
  /** Rejects chat requests with fields, roles or ids that this host does not know, in its words. */
  readonly strict?: StrictHostName;
  /** Compresses the body with gzip, whether or not the client accepts that. */
  readonly gzip?: boolean;
}

/** Acts like a healthy vendor, or as `options` say, but rejects what one host does not know. */
export function strict(host: StrictHostName, options: Omit<Behavior, "strict"> = {}): Behavior {
  return { ...options, strict: host };
}

export function replies(text: string, options: Omit<Behavior, "text" | "status"> = {}): Behavior {
  return { ...options, text };
}

/** Answers with tool calls, and with a text if `text` is set. */
export function callsTools(
  toolCalls: readonly ScriptedToolCall[],
  options: Omit<Behavior, "toolCalls" | "status"> = {},
): Behavior {
  return { ...options, toolCalls };
}

/** Fails with a status, or with a failure by name, in the format of the vendor unless `body` is set. */
export function refuses(
  what: number | VendorFailureName,
  options: Omit<Behavior, "status" | "failure"> = {},
): Behavior {
  return typeof what === "number" ? { ...options, status: what } : { ...options, failure: what };
}

export function breaks(fault: Fault, options: Omit<Behavior, "fault"> = {}): Behavior {
  return { ...options, fault };
}

/** Sends nothing more, from this phase on, until the caller disconnects. */
export function silent(
  phase: "before_headers" | "before_first_token" | "mid_stream" = "before_headers",
  options: Omit<Behavior, "fault"> = {},
): Behavior {
  return { ...options, fault: `hang_${phase}` };
}

export const defaultText = "Hello from upstream";

export const defaultUsage: Usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
