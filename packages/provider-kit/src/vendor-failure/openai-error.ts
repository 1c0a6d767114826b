import type { JsonObject, Secret } from "@modelyard/core";
import { scrubName } from "@modelyard/core/kit";
import { type FailureWords, textOf } from "./failure-words.js";

/** Fields beside the message that every error object of OpenAI's has. */
const names = ["type", "param", "code"] as const;
/** Hosts add a field or two, such as Azure's `innererror`. More is not sent on. */
const mostFields = 20;
/** Of a field in JSON, in characters. */
const longestField = 4_000;

/** Whether an `error` object has the fields of OpenAI's, and its message is the reason that was read. */
export function isOpenaiError(error: JsonObject, { message }: FailureWords): boolean {
  return (
    message !== undefined &&
    textOf(error["message"]) === message &&
    names.every((name) => error[name] === undefined || error[name] === null || typeof error[name] === "string")
  );
}

/**
 * What such an object holds beside its message, fit to be sent on: fields that hold a key or are too long are omitted,
 * since programs compare them and none is rewritten.
 */
export function sentOn(error: JsonObject, secrets: readonly (Secret | undefined)[]): JsonObject {
  const fit = Object.entries(error)
    .slice(0, mostFields)
    .filter(([name, value]) => name !== "message" && isFit(name, secrets) && isFit(value, secrets));
  return Object.fromEntries(fit);
}

function isFit(value: unknown, secrets: readonly (Secret | undefined)[]): boolean {
  try {
    return scrubName(JSON.stringify(value), secrets, longestField) !== undefined;
  } catch {
    // Nested too deeply to be written.
    return false;
  }
}
