import type { JsonObject } from "@modelyard/core";
import { anthropicAnswer, anthropicStream } from "./anthropic-dialect.js";
import type { SentCall } from "./sent-call.js";
import { type Behavior, defaultText } from "./behavior.js";
import { type VendorFailure, type VendorFailureName } from "./failure.js";
import { hasChoices, openaiAnswer, openaiFailedAnswer, openaiFailedEvent, openaiStream } from "./openai-dialect.js";
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
  return JSON.stringify(emptied(answerBody(sent, behavior)));
}

function answerBody(sent: SentCall, behavior: Behavior): JsonObject {
  return sent.dialect === "anthropic" ? anthropicAnswer(sent, behavior) : openaiAnswer(sent, behavior);
}

function emptied(body: JsonObject): JsonObject {
  const fields = ["choices", "data", "content"].filter((field) => field in body);
  return { ...body, ...Object.fromEntries(fields.map((field) => [field, []])) };
}

/** The events of a healthy vendor. */
export function streamScript(sent: SentCall, behavior: Behavior): StreamScript {
  if (sent.wire !== undefined) return wireStream(sent.wire, sent, behavior);
  return sent.dialect === "anthropic" ? anthropicStream(sent, behavior) : openaiStream(sent, behavior);
}

/** A failure by its status or its name. */
export function failureOf(sent: SentCall, what: number | VendorFailureName): VendorFailure {
  if (sent.wire === undefined) return vendorFailure(sent.dialect, what);
  // A custom wire has no words for named failures, so it fails with the same status.
  const { status } = vendorFailure("openai", what);
  const body = sent.wire.failure(status, `scripted failure ${String(what)}`);
  return { status, body, headers: { "content-type": "application/json" } };
}

/** The vendor's error event within a stream. */
export function errorEvent(sent: SentCall, failure?: VendorFailureName): string {
  if (sent.wire !== undefined) return sent.wire.failureEvent?.("scripted failure") ?? "";
  const anthropic = sent.dialect === "anthropic";
  const { body } = vendorFailure(sent.dialect, failure ?? (anthropic ? "overloaded" : "server_error"));
  return sse(body, anthropic ? "error" : undefined);
}

/** The error inside a choice: the error of the failure's body, with its status. Source: OpenRouter, "Errors". */
function choiceError(sent: SentCall, { eventFailure = "server_error" }: Behavior): JsonObject {
  const { status, body } = failureOf(sent, eventFailure);
  const { error } = JSON.parse(body) as { readonly error: JsonObject };
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
  if (sent.wire !== undefined || !hasChoices(sent.operation))
    return failureOf(sent, behavior.eventFailure ?? "server_error").body;
  return JSON.stringify(openaiFailedAnswer(sent, behavior, text, choiceError(sent, behavior)));
}

/** An otherwise valid event of a stream with an error inside. */
export function failedEvent(sent: SentCall, behavior: Behavior): string {
  const failed = sent.wire === undefined ? undefined : wireFailedEvent(sent.wire, sent, behavior);
  if (failed !== undefined) return failed;
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
