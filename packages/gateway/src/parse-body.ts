import { type CallOptions, createError, isJsonObject, type JsonObject, type LazyText } from "@modelyard/core";

const decoder = new TextDecoder("utf-8", { fatal: true });

function bad(message: string): Error {
  return createError({ kind: "bad_request", message });
}

/** A body as text. @throws `bad_request` */
export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw bad("The request body is not valid UTF-8.");
  }
}

/** A body as a JSON object. @throws `bad_request` that says what is wrong, and where */
export function parseBody(text: string): JsonObject {
  if (text.trim() === "") throw bad("The request body is empty. Send a JSON object.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Engines quote the text around the fault; of their message only the place is shown.
    const position = /position (?<position>\d+)/u.exec(String(cause))?.groups?.["position"];
    throw bad(`The request body is not valid JSON${position === undefined ? "" : ` (at position ${position})`}.`);
  }
  if (!isJsonObject(value)) throw bad("The request body must be a JSON object.");
  return value;
}

/** Longer texts are kept as bytes while a call runs: V8's collections copy what they find in its heap. */
const longText = 4_096;

/** A body's text: as it is until somebody has taken it, and made of the bytes from then on. */
class BodyText implements LazyText {
  readonly bytes: Uint8Array;
  #fresh: string | undefined;

  constructor(bytes: Uint8Array, text: string) {
    this.bytes = bytes;
    this.#fresh = text;
  }

  text(): string {
    const text = this.#fresh ?? textOf(this.bytes);
    this.#fresh = undefined;
    return text;
  }
}

/**
 * A call's body, which was found to be of a good shape. Its text goes along in its options, so that a vendor gets it as
 * it came; but not where a key stands twice, since the vendor could then read another value than we did.
 * @throws `bad_request` that says what is wrong, and where
 */
export function readBody(
  bytes: Uint8Array,
  repeated: boolean,
  options: { requestText?: CallOptions["requestText"] },
): JsonObject {
  const text = textOf(bytes);
  if (!repeated) options.requestText = bytes.length > longText ? new BodyText(bytes, text) : text;
  return parseBody(text);
}
