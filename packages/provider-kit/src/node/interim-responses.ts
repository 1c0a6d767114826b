/** Interim responses that one request may get before its answer. Servers send one or two. */
export const mostInterim = 16;
/** A longer head is left to undici's parser, which has its own bound. */
const longestHead = 16 * 1024;

const interimStatus = /^HTTP\/1\.[01] 1(?!01)\d\d[ \r]/u;
/** How many bytes the pattern needs. */
const statusLength = 13;
const start = "HTTP/1.";
const headEnd = Buffer.from("\r\n\r\n");

/**
 * Removes the interim responses (`100 Continue`, `103 Early Hints`) before one answer, since undici closes the connection
 * at the first 100 that was not asked for. RFC 9110, section 15.2: a client must be able to parse them, and may ignore them.
 */
export class InterimResponses {
  #seen = 0;
  #held: Buffer | undefined;

  /** @returns the beginning of the answer; `undefined`: it has not come yet */
  filter(chunk: Buffer): Buffer | undefined {
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
      if (!this.#isInterim(line) || end === -1) return data;
      this.#seen += 1;
      data = data.subarray(end + headEnd.length);
    }
    return undefined;
  }

  #isInterim(line: string): boolean {
    return interimStatus.test(line) && this.#seen < mostInterim;
  }
}
