import type { JsonObject, OperationName } from "@modelyard/core";
import { anthropicAnswer, anthropicStream } from "./anthropic-dialect.js";
import { besideAnswer } from "./beside-dialect.js";
import type { SentCall } from "./sent-call.js";
import { type Behavior, defaultText } from "./behavior.js";
import { type VendorFailure, type VendorFailureName } from "./failure.js";
import { hasChoices, openaiAnswer, openaiFailedAnswer, openaiFailedEvent, openaiStream } from "./openai-dialect.js";
import {
  hasStatus,
  responsesAnswer,
  responsesErrorEvents,
  responsesFailedAnswer,
  responsesFailedEvent,
  responsesStream,
} from "./responses-dialect.js";
import { sse, type StreamScript, words } from "./sse.js";
import { vendorFailure } from "./vendor-failures.js";
import { halfOf, wireAnswer, wireFailedAnswer, wireFailedEvent, wireStream } from "./wire.js";

/** The body of a healthy vendor's answer. */
export function answerText(sent: SentCall, behavior: Behavior): string {
  if (sent.wire !== undefined) return wireAnswer(sent.wire, sent, behavior);
  return JSON.stringify(answerBody(sent, behavior));
}

/** The same answer without content. */
export function emptyAnswerText(sent: SentCall, behavior: Behavior): string {
  if (sent.wire !== undefined) return wireAnswer(sent.wire, sent, { ...behavior, text: "" });
  return JSON.stringify({ ...answerBody(sent, behavior), ...dialectOf(sent).emptied });
}

/** How the answers to an operation are written. */
interface OperationDialect {
  readonly answer: (sent: SentCall, behavior: Behavior) => JsonObject;
  readonly stream: (sent: SentCall, behavior: Behavior) => StreamScript;
  /** Fields that leave nothing of an answer. */
  readonly emptied: JsonObject;
}

const beside: OperationDialect = { answer: besideAnswer, stream: openaiStream, emptied: { output: null } };
const openai: OperationDialect = { answer: openaiAnswer, stream: openaiStream, emptied: { choices: [] } };

/** Operations with other answers than OpenAI's older ones. */
const dialects: Readonly<Partial<Record<OperationName, OperationDialect>>> = {
  embeddings: { ...openai, emptied: { data: [] } },
  messages_count_tokens: { ...beside, emptied: { input_tokens: null } },
  responses_compact: beside,
  responses_input_tokens: { ...beside, emptied: { input_tokens: null } },
  messages: { answer: anthropicAnswer, stream: anthropicStream, emptied: { content: [] } },
  responses: { answer: responsesAnswer, stream: responsesStream, emptied: { output: [], usage: null } },
};

function dialectOf({ operation }: SentCall): OperationDialect {
  return dialects[operation] ?? openai;
}

function answerBody(sent: SentCall, behavior: Behavior): JsonObject {
  return dialectOf(sent).answer(sent, behavior);
}

/** The events of a healthy vendor. */
export function streamScript(sent: SentCall, behavior: Behavior): StreamScript {
  if (sent.wire !== undefined) return wireStream(sent.wire, sent, behavior);
  return dialectOf(sent).stream(sent, behavior);
}

/** A failure by its status or its name. */
export function failureOf(sent: SentCall, what: number | VendorFailureName): VendorFailure {
  if (sent.wire === undefined) return vendorFailure(sent.dialect, what);
  // A custom wire has no words for named failures, so it fails with the same status.
  const { status } = vendorFailure("openai", what);
  const body = sent.wire.failure(status, `scripted failure ${String(what)}`);
  return { status, body, headers: { "content-type": "application/json" } };
}

/** The vendor's error event within a stream. @param before - how many events came before it */
export function errorEvent(sent: SentCall, failure?: VendorFailureName, before = 0): string {
  if (sent.wire !== undefined) return sent.wire.failureEvent?.("scripted failure") ?? "";
  const anthropic = sent.dialect === "anthropic";
  const { body } = vendorFailure(sent.dialect, failure ?? (anthropic ? "overloaded" : "server_error"));
  if (hasStatus(sent.operation)) return responsesErrorEvents(sent, errorIn(body), before);
  return sse(body, anthropic ? "error" : undefined);
}

/** The error in the body of a failure. */
function errorIn(body: string): JsonObject {
  return (JSON.parse(body) as { readonly error: JsonObject }).error;
}

/** The error inside a choice: the error of the failure's body, with its status. Source: OpenRouter, "Errors". */
function choiceError(sent: SentCall, { eventFailure = "server_error" }: Behavior): JsonObject {
  const { status, body } = failureOf(sent, eventFailure);
  const error = errorIn(body);
  return { ...error, code: error["code"] ?? status };
}

/**
 * A whole answer with an error inside.
 * @param events - number of content events that a stream would have sent before it
 */
export function failedAnswerText(sent: SentCall, behavior: Behavior, events: number): string {
  const text = words(behavior.text ?? defaultText)
    .slice(0, events)
    .join("");
  const failed = sent.wire === undefined ? undefined : wireFailedAnswer(sent.wire, sent, { ...behavior, text });
  if (failed !== undefined) return failed;
  if (sent.wire === undefined && hasStatus(sent.operation))
    return JSON.stringify(responsesFailedAnswer(sent, { ...behavior, text }, choiceError(sent, behavior)));
  if (sent.wire !== undefined || !hasChoices(sent.operation))
    return failureOf(sent, behavior.eventFailure ?? "server_error").body;
  return JSON.stringify(openaiFailedAnswer(sent, behavior, text, choiceError(sent, behavior)));
}

/** An otherwise valid event of a stream with an error inside. */
export function failedEvent(sent: SentCall, behavior: Behavior): string {
  const failed = sent.wire === undefined ? undefined : wireFailedEvent(sent.wire, sent, behavior);
  if (failed !== undefined) return failed;
  if (sent.wire === undefined && hasStatus(sent.operation))
    return responsesFailedEvent(sent, choiceError(sent, behavior));
  if (sent.wire !== undefined || !hasChoices(sent.operation)) return errorEvent(sent, behavior.eventFailure);
  return openaiFailedEvent(sent, behavior, choiceError(sent, behavior));
}

/** A malformed event. */
export function brokenEvent({ wire }: SentCall, { contents }: StreamScript): string {
  return wire === undefined ? 'data: {"id": "chatcmpl-1", "choi\n\n' : halfOf(contents[0] ?? "");
}

/** The wire's keep-alive, which has no content. */
export function keepAliveOf({ wire }: SentCall): string {
  return wire === undefined ? ": keep-alive\n\n" : (wire.keepAlive ?? "");
}

/** The content type of streams. */
export function streamTypeOf({ wire }: SentCall): string {
  return wire?.streamType ?? "text/event-stream; charset=utf-8";
}

/** Whether a stream may go on after its finish reason. If that is the end mark, too, nothing can follow it. */
export function mayResume({ wire, operation }: SentCall): boolean {
  return wire === undefined ? !hasStatus(operation) : wire.resumes === true;
}
