import type { JsonObject } from "@modelyard/core";
import { anthropicAnswer, anthropicStream } from "./anthropic-dialect.js";
import type { Asked, DialectName } from "./asked.js";
import type { Behaviour } from "./behaviour.js";
import type { VendorFailureName } from "./failure.js";
import { openaiAnswer, openaiStream } from "./openai-dialect.js";
import { sse, type StreamScript } from "./sse.js";
import { vendorFailure } from "./vendor-failures.js";

/** The whole answer of a healthy vendor. */
export function answerBody(asked: Asked, behaviour: Behaviour): JsonObject {
  return asked.dialect === "anthropic" ? anthropicAnswer(asked, behaviour) : openaiAnswer(asked, behaviour);
}

/** The same answer without anything that was said. */
export function emptied(body: JsonObject): JsonObject {
  const fields = ["choices", "data", "content"].filter((field) => field in body);
  return { ...body, ...Object.fromEntries(fields.map((field) => [field, []])) };
}

/** The events of a healthy vendor. */
export function streamScript(asked: Asked, behaviour: Behaviour): StreamScript {
  return asked.dialect === "anthropic" ? anthropicStream(asked, behaviour) : openaiStream(asked, behaviour);
}

/** An error event within a stream, as the dialect sends it. */
export function errorEvent(dialect: DialectName, failure?: VendorFailureName): string {
  const anthropic = dialect === "anthropic";
  const { body } = vendorFailure(dialect, failure ?? (anthropic ? "overloaded" : "server_error"));
  return sse(body, anthropic ? "error" : undefined);
}
