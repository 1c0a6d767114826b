import { isJsonObject, type TransportResponse } from "@modelyard/core";
import { bodyType, encodingOf, longestFailure } from "./body.js";
import { pageTitle } from "./vendor-failure/readable-text.js";

/** What a body is, by how it begins. */
export type BodyShape = "events" | "json" | "page" | "other";

const fields = ["data:", "event:", "id:", "retry:"] as const;

/** What a body is that begins like this, whatever its content type says; `undefined`: more of it is needed to tell. */
export function bodyShape(start: string): BodyShape | undefined {
  const text = start.replace(/^\uFEFF?\s*/u, "");
  if (text === "") return undefined;
  if (text.startsWith("{") || text.startsWith("[")) return "json";
  if (text.startsWith("<")) return "page";
  if (text.startsWith(":") || fields.some((field) => text.startsWith(field))) return "events";
  return fields.some((field) => field.startsWith(text)) ? undefined : "other";
}

/** What a body with a good status turns out to be when it is not what was asked for. */
export interface WrongBody {
  /** The JSON text of a failure. */
  readonly failure?: string;
  /** What the vendor sent, for a sentence such as "openai sent ...". May quote a key. */
  readonly problem: string;
}

/** Whether a parsed body is a failure, in whichever shape, and not an answer. */
export function isFailureBody(value: unknown): boolean {
  const found: unknown = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
  if (!isJsonObject(found)) return false;
  if (found["error"] != null || found["type"] === "error" || isMiniMaxFailure(found["base_resp"])) return true;
  const answers = found["choices"] ?? found["content"] ?? found["data"];
  return answers == null && reasons.some((name) => isSaid(found[name]));
}

/** Where a body without an answer says why there is none. */
const reasons = ["message", "detail", "errors", "msg", "error_msg", "error_message"] as const;

/** MiniMax sends this with every answer; 0 is success. Source: https://platform.minimax.io/docs/api-reference/errorcode. */
function isMiniMaxFailure(base: unknown): boolean {
  return isJsonObject(base) && typeof base["status_code"] === "number" && base["status_code"] !== 0;
}

function isSaid(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || (Array.isArray(value) && value.length > 0);
}

/** The data of the first event that reports a failure, among the first events of a text. */
function failedEvent(text: string): string | undefined {
  for (const line of text.slice(0, longestFailure).split(/\r?\n|\r/u, 200)) {
    if (!line.startsWith("data:")) continue;
    const data = line.slice(5).trim();
    if (parsedFailure(data)) return data;
  }
  return undefined;
}

function parsedFailure(text: string): boolean {
  try {
    return isFailureBody(JSON.parse(text));
  } catch {
    return false;
  }
}

/** @param text - of the body, or its beginning */
export function wrongBody(response: TransportResponse, text: string, wanted: "events" | "an answer"): WrongBody {
  const shape = encodingOf(response) === undefined ? bodyShape(text) : "other";
  const type = bodyType(response);
  if (shape === "page") {
    const title = pageTitle(text);
    const named = title === undefined ? type : `"${title.slice(0, 200)}"`;
    return { problem: `a web page (${named}) where ${asked[wanted]}` };
  }
  if (shape === "events") {
    const failure = failedEvent(text);
    const problem = `events where ${asked[wanted]}`;
    return failure === undefined ? { problem } : { failure, problem };
  }
  if (wanted === "an answer") return { problem: `a good status, but its body (${type}) is no JSON` };
  const problem = `a body (${type}) where ${asked[wanted]}`;
  if (shape !== "json") return { problem };
  // Of a body that was cut off, as much as came is read.
  const failed = parsedFailure(text) || (text.length >= longestFailure - 4 && text.includes('"error"'));
  return failed ? { failure: text, problem } : { problem };
}

const asked = { events: "events were asked for", "an answer": "an answer was asked for" } as const;

const colon = 58;
const letterD = 100;
const letterE = 101;

/** Whether bytes begin as event streams usually do, with `data:`, `event:` or a comment: then no closer look is needed. */
export function beginsWithEvent(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === colon || (first === letterD && bytes[4] === colon) || (first === letterE && bytes[5] === colon);
}

/** Blank bytes at the beginning of a stream that are waited through. */
const mostBlank = 64 * 1024;

/** Tells an event stream from other bodies by how it begins, since home-made hosts and gateways mislabel both. */
export class StreamOpening {
  readonly #response: TransportResponse;
  readonly #labeled: boolean;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(response: TransportResponse) {
    this.#response = response;
    const type = response.header("content-type") ?? "";
    this.#labeled = type === "" || type.includes("event-stream");
  }

  /**
   * Takes the first pieces of a body.
   * @param piece - `undefined`: the body is over
   * @returns what came so far, to be read as events; `undefined`: more is needed; `wrong`: these are not events
   */
  take(piece: Uint8Array | undefined): Uint8Array | undefined | "wrong" {
    if (piece !== undefined) {
      this.#pieces.push(piece);
      this.#length += piece.length;
    }
    if (encodingOf(this.#response) !== undefined) return "wrong";
    const start = this.#joined();
    const shape = bodyShape(new TextDecoder().decode(start.subarray(0, mostBlank)));
    if (shape === "events") return start;
    if (shape === "json" || shape === "page") return "wrong";
    if (shape === undefined && piece !== undefined && this.#length < mostBlank) return undefined;
    return this.#labeled ? start : "wrong";
  }

  /** What came of a body that is not events, and as much of the rest as is worth reading. */
  async text(body: AsyncIterator<Uint8Array>): Promise<string> {
    while (this.#length < longestFailure) {
      const next = await body.next();
      if (next.done === true) break;
      this.#pieces.push(next.value);
      this.#length += next.value.length;
    }
    return new TextDecoder().decode(this.#joined().subarray(0, longestFailure));
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const joined = new Uint8Array(this.#length);
    let offset = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }
}
