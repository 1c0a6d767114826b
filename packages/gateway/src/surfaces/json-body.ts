import {
  checkJsonShape,
  checkLongShape,
  createError,
  isJsonObject,
  type JsonObject,
  type LazyText,
  nextTurn,
  type SurfaceCall,
} from "@modelyard/core";

const decoder = new TextDecoder("utf-8", { fatal: true });

function bad(message: string): Error {
  return createError({ kind: "bad_request", message });
}

/** A body as a string. @throws `bad_request` */
function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw bad("The request body is not valid UTF-8.");
  }
}

/** A body as a JSON object. @throws `bad_request` that says what is wrong, and where */
function parse(text: string): JsonObject {
  if (text.trim() === "") throw bad("The request body is empty. Send a JSON object.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Engines quote the text around the fault. Only the position is taken from their message.
    const position = /position (?<position>\d+)/u.exec(String(cause))?.groups?.["position"];
    throw bad(`The request body is not valid JSON${position === undefined ? "" : ` (at position ${position})`}.`);
  }
  if (!isJsonObject(value)) throw bad("The request body must be a JSON object.");
  return value;
}

/** Longer bodies are kept as bytes while a call runs: V8's collections copy what they find in its heap. */
const longText = 4_096;

/** A body's text. The first caller gets the string that was parsed; later ones get a new one, made of the bytes. */
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
 * A body whose shape was checked. The text goes along, so that a vendor of the same wire gets it as it came, unless a key
 * occurs twice: the vendor could read the other value.
 */
function callOf(bytes: Uint8Array, text: string, repeated: boolean): SurfaceCall {
  const request = parse(text);
  if (repeated) return { request };
  return { request, requestText: bytes.length > longText ? new BodyText(bytes, text) : text };
}

/** Longer bodies are checked, decoded, parsed and sent in separate turns of the event loop. */
const longBody = 256 * 1024;

async function callLater(bytes: Uint8Array): Promise<SurfaceCall> {
  await nextTurn();
  const repeated = await checkLongShape(bytes);
  await nextTurn();
  const text = textOf(bytes);
  await nextTurn();
  return callOf(bytes, text, repeated);
}

/**
 * Reads a body that is a JSON object, for surfaces whose wires are JSON. A long one is read in later turns of the event loop.
 * @throws (or rejects with) `bad_request` that says what is wrong, and where
 */
export function readJson(bytes: Uint8Array): SurfaceCall | Promise<SurfaceCall> {
  if (bytes.length > longBody) return callLater(bytes);
  const repeated = checkJsonShape(bytes);
  return callOf(bytes, textOf(bytes), repeated);
}
