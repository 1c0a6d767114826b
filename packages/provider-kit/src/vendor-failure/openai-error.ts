import type { JsonObject, Secret } from "@modelyard/core";
import { scrubName } from "@modelyard/core/kit";
import { type FailureWords, textOf } from "./failure-words.js";

/** Fields that every error object of OpenAI's has, in addition to the message. */
const names = ["type", "param", "code"] as const;
/** Hosts add a field or two, such as Azure's `innererror`. More are not passed on. */
const mostFields = 20;
/** The longest field that is passed on, as JSON, in characters. */
const longestField = 4_000;

/** Whether an `error` object has the fields of OpenAI's, and its message is the reason that was found. */
export function isOpenaiError(error: JsonObject, { message }: FailureWords): boolean {
  return (
    message !== undefined &&
    textOf(error["message"]) === message &&
    names.every((name) => error[name] === undefined || error[name] === null || typeof error[name] === "string")
  );
}

/**
 * The fields of such an object, except its message, that can be passed on. Fields that contain a key or are too long are
 * omitted instead of rewritten, since programs compare them.
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
    // It is nested too deeply to be written.
    return false;
  }
}
