import type { Socket } from "node:net";

/** Interim responses that one request may get before its answer. Servers send one or two. */
export const mostInterim = 16;
/** A head longer than this is left to undici's parser, which has a bound of its own. */
const longestHead = 16 * 1024;

const interimStatus = /^HTTP\/1\.[01] 1(?!01)\d\d[ \r]/u;
/** As many bytes as the pattern needs. */
const statusLength = 13;
/** Where the first digit of the status stands. */
const hundreds = 9;
const digitOne = 49;
const start = "HTTP/1.";
const headEnd = Buffer.from("\r\n\r\n");

/**
 * Takes interim responses (`100 Continue`, `103 Early Hints`) out of what a server sends, since undici closes the
 * connection at the first 100 that nobody asked for. RFC 9110, section 15.2: a client must be able to parse them, and may
 * ignore them.
 */
export class InterimResponses {
  #waiting = false;
  #seen = 0;
  #held: Buffer | undefined;

  /** A request goes out, and its answer has not begun. */
  expect(): void {
    this.#waiting = true;
    this.#seen = 0;
    this.#held = undefined;
  }

  /** @returns what of it is for undici; `undefined`: nothing, for now */
  filter(chunk: Buffer): Buffer | undefined {
    if (!this.#waiting) return chunk;
    // The usual answer, without a look at its text: `HTTP/1.1 2..`.
    if (this.#held !== undefined || chunk.length < statusLength || chunk[hundreds] === digitOne)
      return this.#look(chunk);
    this.#waiting = false;
    return chunk;
  }

  #look(chunk: Buffer): Buffer | undefined {
    let data = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    while (data.length > 0) {
      const line = data.toString("latin1", 0, statusLength);
      const end = data.indexOf(headEnd);
      const partial = line.length < statusLength && start.startsWith(line.slice(0, start.length));
      if (partial || (this.#isInterim(line) && end === -1 && data.length <= longestHead)) {
        this.#held = data;
        return undefined;
      }
      if (!this.#isInterim(line) || end === -1) {
        this.#waiting = false;
        return data;
      }
      this.#seen += 1;
      data = data.subarray(end + headEnd.length);
    }
    return undefined;
  }

  #isInterim(line: string): boolean {
    return interimStatus.test(line) && this.#seen < mostInterim;
  }
}

/** Has undici read from the socket what is left after the filter: it reads by `read()`. */
export function filterInterim(socket: Socket, interim: InterimResponses): void {
  const { read } = socket as { readonly read: (this: Socket, size?: number) => Buffer | null };
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read.call(socket, size);
      if (chunk === null) return null;
      const left = interim.filter(chunk);
      if (left !== undefined) return left;
    }
  };
}
