import type { JsonObject, OperationName, Usage } from "@modelyard/core";
import type { OwnPaths } from "./place.js";
import { type Behavior, defaultText, defaultUsage, type ScriptedToolCall } from "./behavior.js";
import type { ScriptedQuota } from "./rate-limit-headers.js";
import { type StreamScript, words } from "./sse.js";

export type ScriptedFinishReason = NonNullable<Behavior["finishReason"]>;

/** What an answer contains besides its text. */
export interface WireFacts {
  readonly operation: OperationName;
  readonly model: string;
  /** OpenAI's finish reason, or one of the vendor's that {@link ScriptedWire.finishReasons} names. */
  readonly finishReason: ScriptedFinishReason;
  readonly usage: Usage;
  /** Tool calls. Empty unless {@link ScriptedWire.tools} is set. */
  readonly toolCalls: readonly ScriptedToolCall[];
  /** The body of the request. Empty if it was not a JSON object. */
  readonly body: JsonObject;
}

/** The events of a stream, each as it is sent. */
export interface WireStream {
  /** Events at the start, without content. @defaultValue none */
  readonly opening?: readonly string[];
  /** One event per text. */
  readonly contents: readonly string[];
  /** The finish reason and the usage. */
  readonly finish: string;
  /** The end mark. @defaultValue none: `finish` ends the stream */
  readonly end?: string;
}

/** The parts of a call that may name the model and request a stream. */
export interface WireCall {
  /** Path and query. */
  readonly path: string;
  readonly body: JsonObject;
}

/** How a vendor with a custom wire format answers. The upstream adds statuses, waits, splits, faults and records. */
export interface ScriptedWire {
  /** Suffixes of the vendor's paths, with the operation of each, for example `{ "/speak": "chat" }`. */
  readonly paths: OwnPaths;
  /** The body of a whole answer with this text. */
  plain(text: string, facts: WireFacts): string;
  /** A stream with these texts, one after the other. */
  stream(texts: readonly string[], facts: WireFacts): WireStream;
  /** The body of a failure. */
  failure(status: number, message: string): string;
  /** The content type of streams. @defaultValue `text/event-stream` */
  readonly streamType?: string;
  /** @defaultValue `model` of the body */
  modelOf?(call: WireCall): string;
  /** Whether the call requests a stream. @defaultValue whether `stream` in the body is true */
  wantsStream?(call: WireCall): boolean;
  /** A keep-alive without content. @defaultValue none */
  readonly keepAlive?: string;
  /** A failure as an event of a stream. @defaultValue none */
  failureEvent?(message: string): string;
  /**
   * Finish reasons that the wire can express. Words that are not OpenAI's are specific to the vendor, for example for a
   * failed answer; the provider passes them on unchanged. @defaultValue `stop`
   */
  readonly finishReasons?: readonly ScriptedFinishReason[];
  /**
   * An answer that contains an error, with or instead of content, in another format than `failure` and `failureEvent`.
   * @defaultValue none
   */
  readonly failureInside?: {
    /** The body of a whole answer. @param text - its content, may be empty */
    plain(text: string, message: string, facts: WireFacts): string;
    /** An event of a stream. */
    event(message: string, facts: WireFacts): string;
  };
  /** Whether a stream may go on after `finish`, and finish again. @defaultValue false */
  readonly resumes?: boolean;
  /** Whether `plain` and `stream` include `toolCalls`. @defaultValue false */
  readonly tools?: boolean;
  /** Whether they report cached tokens of the prompt. @defaultValue false */
  readonly cachedTokens?: boolean;
  /** The header with the vendor's id of a call. @defaultValue none */
  readonly requestIdHeader?: string;
  /** The vendor's rate limits, which the headers report. @defaultValue none */
  rateLimitHeaders?(
    quotas: { readonly requests: ScriptedQuota; readonly tokens: ScriptedQuota },
    now: number,
  ): Readonly<Record<string, string>>;
}

interface WireCallFacts {
  readonly operation: OperationName;
  readonly model: string;
  readonly body: JsonObject;
}

function factsOf(wire: ScriptedWire, { operation, model, body }: WireCallFacts, behavior: Behavior): WireFacts {
  const toolCalls = wire.tools === true ? (behavior.toolCalls ?? []) : [];
  const finishReason = behavior.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
  return { operation, model, body, finishReason, usage: behavior.usage ?? defaultUsage, toolCalls };
}

function textOf({ text, toolCalls }: Behavior): string {
  return text ?? (toolCalls === undefined ? defaultText : "");
}

/** The whole answer of a healthy vendor. */
export function wireAnswer(wire: ScriptedWire, sent: WireCallFacts, behavior: Behavior): string {
  return wire.plain(textOf(behavior), factsOf(wire, sent, behavior));
}

/** The events of a healthy vendor. */
export function wireStream(wire: ScriptedWire, sent: WireCallFacts, behavior: Behavior): StreamScript {
  const { opening = [], contents, finish, end } = wire.stream(words(textOf(behavior)), factsOf(wire, sent, behavior));
  return { opening, contents, finishing: [finish], usage: [], ending: end === undefined ? [] : [end] };
}

/** The message of an error inside an answer. */
export const insideMessage = "scripted failure inside an answer";

/** A whole answer that contains an error; not set if the wire has none. */
export function wireFailedAnswer(wire: ScriptedWire, sent: WireCallFacts, behavior: Behavior): string | undefined {
  return wire.failureInside?.plain(textOf(behavior), insideMessage, factsOf(wire, sent, behavior));
}

/** An event that contains an error; not set if the wire has none. */
export function wireFailedEvent(wire: ScriptedWire, sent: WireCallFacts, behavior: Behavior): string | undefined {
  return wire.failureInside?.event(insideMessage, factsOf(wire, sent, behavior));
}

/** The first half of an event, with the line end of a whole one. */
export function halfOf(event: string): string {
  const end = /\s*$/u.exec(event)?.[0] ?? "";
  return event.slice(0, Math.floor((event.length - end.length) / 2)) + end;
}
