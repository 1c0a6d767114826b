import { createError, isJsonObject, type JsonObject } from "@modelyard/core";

const decoder = new TextDecoder("utf-8", { fatal: true });

function bad(message: string): Error {
  return createError({ kind: "bad_request", message });
}

/** A body as text. @throws `bad_request` */
export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw bad("The body is no valid UTF-8.");
  }
}

/** A body as a JSON object. @throws `bad_request` that says what is wrong, and where */
export function parseBody(text: string): JsonObject {
  if (text.trim() === "") throw bad("The body is empty. Send a JSON object.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Engines quote the text around the fault; of their message only the place is shown.
    const position = /position (?<position>\d+)/u.exec(String(cause))?.groups?.["position"];
    throw bad(`The body is no valid JSON${position === undefined ? "" : ` (at position ${position})`}.`);
  }
  if (!isJsonObject(value)) throw bad("The body must be a JSON object.");
  return value;
}
