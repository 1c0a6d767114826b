import type { TransportResponse } from "@modelyard/core/kit";
import { encodingOf, longestFailure } from "./body.js";
import { bodyShape } from "./read-answer.js";

const colon = 58;
const letterD = 100;
const letterE = 101;

/** Whether bytes begin as event streams usually do, with `data:`, `event:` or a comment, so that no further check is needed. */
export function beginsWithEvent(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === colon || (first === letterD && bytes[4] === colon) || (first === letterE && bytes[5] === colon);
}

/** How many blank bytes may precede a stream. */
const mostBlank = 64 * 1024;

/** Distinguishes an event stream from other bodies by how it begins, since self-hosted servers and gateways mislabel both. */
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
   * @returns what has come so far, to be read as events; `undefined`: more is needed; `wrong`: it is not an event stream
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

  /** The text of a body that is not an event stream, up to a bound. */
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
