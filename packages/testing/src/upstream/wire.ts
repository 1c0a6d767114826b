import type { JsonObject, Usage } from "@modelyard/core";
import type { OwnPaths, UpstreamOperation } from "./asked.js";
import { type Behaviour, defaultText, defaultUsage, type ScriptedToolCall } from "./behaviour.js";
import type { ScriptedQuota } from "./rate-limit-headers.js";
import { type StreamScript, words } from "./sse.js";

export type ScriptedFinishReason = NonNullable<Behaviour["finishReason"]>;

/** What an answer has to say besides its text. */
export interface WireFacts {
  readonly operation: UpstreamOperation;
  readonly model: string;
  /** In OpenAI's words, or one of the vendor's own that {@link ScriptedWire.finishReasons} names. */
  readonly finishReason: ScriptedFinishReason;
  readonly usage: Usage;
  /** Tools that are called; empty unless {@link ScriptedWire.tools} is set. */
  readonly toolCalls: readonly ScriptedToolCall[];
  /** What was asked, when it was a JSON object. */
  readonly body: JsonObject;
}

/** The events of a stream, each as it goes over the wire. */
export interface WireStream {
  /** What opens it and carries no content. @defaultValue nothing */
  readonly opening?: readonly string[];
  /** One for each text. */
  readonly contents: readonly string[];
  /** The finish reason and the usage. */
  readonly finish: string;
  /** The end mark. @defaultValue the wire has none: `finish` is the end */
  readonly end?: string;
}

/** The call, where it says which model it wants and whether as a stream. */
export interface WireCall {
  /** With the query. */
  readonly path: string;
  readonly body: JsonObject;
}

/** How a vendor with a wire format of its own answers. The upstream does the rest: statuses, waits, cuts, faults, records. */
export interface ScriptedWire {
  /** Ends of the vendor's paths, and what is asked for there, e.g. `{ "/speak": "chat" }`. */
  readonly paths: OwnPaths;
  /** The body of a whole answer that says `text`. */
  plain(text: string, facts: WireFacts): string;
  /** A stream that says `texts` one after the other. */
  stream(texts: readonly string[], facts: WireFacts): WireStream;
  /** The body of a failure. */
  failure(status: number, message: string): string;
  /** The content type of streams. @defaultValue `text/event-stream` */
  readonly streamType?: string;
  /** @defaultValue `model` of the body */
  modelOf?(call: WireCall): string;
  /** Whether a stream is asked for. @defaultValue whether `stream` of the body is true */
  wantsStream?(call: WireCall): boolean;
  /** What keeps a stream alive and says nothing. @defaultValue the wire has nothing of the kind */
  readonly keepAlive?: string;
  /** A failure as an event of a stream that began well. @defaultValue the wire has nothing of the kind */
  failureEvent?(message: string): string;
  /**
   * Finish reasons that the wire can tell apart. Words that are not OpenAI's are the vendor's own, e.g. for an answer that
   * failed: the provider passes them on as they are. @defaultValue `stop`
   */
  readonly finishReasons?: readonly ScriptedFinishReason[];
  /**
   * An answer that holds an error besides, or instead of, what it says, where that is not a body that `failure` writes or
   * an event that `failureEvent` writes. @defaultValue the wire has nothing of the kind
   */
  readonly failureInside?: {
    /** The body of a whole answer. @param text - what it says besides; may be empty */
    plain(text: string, message: string, facts: WireFacts): string;
    /** An event of a stream. */
    event(message: string, facts: WireFacts): string;
  };
  /** Whether a stream may go on after `finish`, and finish again. @defaultValue false */
  readonly resumes?: boolean;
  /** Whether `plain` and `stream` say `toolCalls`. @defaultValue false */
  readonly tools?: boolean;
  /** Whether they say which tokens of the prompt were cached. @defaultValue false */
  readonly cachedTokens?: boolean;
  /** The header that carries the vendor's id of a call. @defaultValue none */
  readonly requestIdHeader?: string;
  /** What the headers say of the vendor's limits. @defaultValue nothing */
  rateLimitHeaders?(
    quotas: { readonly requests: ScriptedQuota; readonly tokens: ScriptedQuota },
    now: number,
  ): Readonly<Record<string, string>>;
}

interface WireAsked {
  readonly operation: UpstreamOperation;
  readonly model: string;
  readonly body: JsonObject;
}

function factsOf(wire: ScriptedWire, { operation, model, body }: WireAsked, behaviour: Behaviour): WireFacts {
  const toolCalls = wire.tools === true ? (behaviour.toolCalls ?? []) : [];
  const finishReason = behaviour.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
  return { operation, model, body, finishReason, usage: behaviour.usage ?? defaultUsage, toolCalls };
}

function textOf({ text, toolCalls }: Behaviour): string {
  return text ?? (toolCalls === undefined ? defaultText : "");
}

/** The whole answer of a healthy vendor. */
export function wireAnswer(wire: ScriptedWire, asked: WireAsked, behaviour: Behaviour): string {
  return wire.plain(textOf(behaviour), factsOf(wire, asked, behaviour));
}

/** The events of a healthy vendor. */
export function wireStream(wire: ScriptedWire, asked: WireAsked, behaviour: Behaviour): StreamScript {
  const {
    opening = [],
    contents,
    finish,
    end,
  } = wire.stream(words(textOf(behaviour)), factsOf(wire, asked, behaviour));
  return { opening, contents, finishing: [finish], usage: [], ending: end === undefined ? [] : [end] };
}

/** The message of an error inside an answer. */
export const insideMessage = "scripted failure inside an answer";

/** A whole answer that contains an error; not set if the wire has none. */
export function wireFailedAnswer(wire: ScriptedWire, asked: WireAsked, behaviour: Behaviour): string | undefined {
  return wire.failureInside?.plain(textOf(behaviour), insideMessage, factsOf(wire, asked, behaviour));
}

/** An event that contains an error; not set if the wire has none. */
export function wireFailedEvent(wire: ScriptedWire, asked: WireAsked, behaviour: Behaviour): string | undefined {
  return wire.failureInside?.event(insideMessage, factsOf(wire, asked, behaviour));
}

/** Half an event, ended as a whole one is. */
export function halfOf(event: string): string {
  const end = /\s*$/u.exec(event)?.[0] ?? "";
  return event.slice(0, Math.floor((event.length - end.length) / 2)) + end;
}
