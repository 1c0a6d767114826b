import type { JsonObject } from "@modelyard/core";
import { anthropicAnswer, anthropicStream } from "./anthropic-dialect.js";
import type { Asked } from "./asked-call.js";
import { type Behaviour, defaultText } from "./behaviour.js";
import { type VendorFailure, type VendorFailureName } from "./failure.js";
import { hasChoices, openaiAnswer, openaiFailedAnswer, openaiFailedEvent, openaiStream } from "./openai-dialect.js";
import { sse, type StreamScript, words } from "./sse.js";
import { vendorFailure } from "./vendor-failures.js";
import { halfOf, wireAnswer, wireFailedAnswer, wireFailedEvent, wireStream } from "./wire.js";

/** The body of a healthy vendor's answer. */
export function answerText(asked: Asked, behaviour: Behaviour): string {
  if (asked.wire !== undefined) return wireAnswer(asked.wire, asked, behaviour);
  return JSON.stringify(answerBody(asked, behaviour));
}

/** The same answer without anything that was said. */
export function emptyAnswerText(asked: Asked, behaviour: Behaviour): string {
  if (asked.wire !== undefined) return wireAnswer(asked.wire, asked, { ...behaviour, text: "" });
  return JSON.stringify(emptied(answerBody(asked, behaviour)));
}

function answerBody(asked: Asked, behaviour: Behaviour): JsonObject {
  return asked.dialect === "anthropic" ? anthropicAnswer(asked, behaviour) : openaiAnswer(asked, behaviour);
}

function emptied(body: JsonObject): JsonObject {
  const fields = ["choices", "data", "content"].filter((field) => field in body);
  return { ...body, ...Object.fromEntries(fields.map((field) => [field, []])) };
}

/** The events of a healthy vendor. */
export function streamScript(asked: Asked, behaviour: Behaviour): StreamScript {
  if (asked.wire !== undefined) return wireStream(asked.wire, asked, behaviour);
  return asked.dialect === "anthropic" ? anthropicStream(asked, behaviour) : openaiStream(asked, behaviour);
}

/** A failure by its status or its name. */
export function failureOf(asked: Asked, what: number | VendorFailureName): VendorFailure {
  if (asked.wire === undefined) return vendorFailure(asked.dialect, what);
  // What a name means in the wire's own words is the author's to test: here it is a failure of the same status.
  const { status } = vendorFailure("openai", what);
  const body = asked.wire.failure(status, `scripted failure ${String(what)}`);
  return { status, body, headers: { "content-type": "application/json" } };
}

/** An error event within a stream, as the vendor sends it. */
export function errorEvent(asked: Asked, failure?: VendorFailureName): string {
  if (asked.wire !== undefined) return asked.wire.failureEvent?.("scripted failure") ?? "";
  const anthropic = asked.dialect === "anthropic";
  const { body } = vendorFailure(asked.dialect, failure ?? (anthropic ? "overloaded" : "server_error"));
  return sse(body, anthropic ? "error" : undefined);
}

/** The error inside a choice: what the body of the same failure holds, and its status. Source: OpenRouter, "Errors". */
function choiceError(asked: Asked, { eventFailure = "server_error" }: Behaviour): JsonObject {
  const { status, body } = failureOf(asked, eventFailure);
  const { error } = JSON.parse(body) as { readonly error: JsonObject };
  return { ...error, code: error["code"] ?? status };
}

/** A whole answer with an error inside. @param said - content events that a stream would have sent before it */
export function failedAnswerText(asked: Asked, behaviour: Behaviour, said: number): string {
  const text = words(behaviour.text ?? defaultText)
    .slice(0, said)
    .join("");
  const failed = asked.wire === undefined ? undefined : wireFailedAnswer(asked.wire, asked, { ...behaviour, text });
  if (failed !== undefined) return failed;
  if (asked.wire !== undefined || !hasChoices(asked.operation))
    return failureOf(asked, behaviour.eventFailure ?? "server_error").body;
  return JSON.stringify(openaiFailedAnswer(asked, behaviour, text, choiceError(asked, behaviour)));
}

/** An event of a stream that is otherwise good, with an error inside. */
export function failedEvent(asked: Asked, behaviour: Behaviour): string {
  const failed = asked.wire === undefined ? undefined : wireFailedEvent(asked.wire, asked, behaviour);
  if (failed !== undefined) return failed;
  if (asked.wire !== undefined || !hasChoices(asked.operation)) return errorEvent(asked, behaviour.eventFailure);
  return openaiFailedEvent(asked, behaviour, choiceError(asked, behaviour));
}

/** An event that cannot be read. */
export function brokenEvent({ wire }: Asked, { contents }: StreamScript): string {
  return wire === undefined ? 'data: {"id": "chatcmpl-1", "choi\n\n' : halfOf(contents[0] ?? "");
}

/** What keeps a stream alive and says nothing. */
export function keepAliveOf({ wire }: Asked): string {
  return wire === undefined ? ": keep-alive\n\n" : (wire.keepAlive ?? "");
}

/** The content type of streams. */
export function streamTypeOf({ wire }: Asked): string {
  return wire?.streamType ?? "text/event-stream; charset=utf-8";
}
