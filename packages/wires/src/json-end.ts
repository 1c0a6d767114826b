const quote = 0x22;
const backslash = 0x5c;

/** Finds the end of a JSON object that arrives in pieces, and reads each character once. */
export class JsonEnd {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Whether the object has ended. Text that is not an object never ends. */
  reached = false;

  read(piece: string): void {
    for (let index = 0; index < piece.length && !this.reached; index += 1) this.#step(piece.charCodeAt(index));
  }

  #step(code: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString) {
      if (code === backslash) this.#escaped = true;
      else if (code === quote) this.#inString = false;
    } else if (code === quote) this.#inString = true;
    else if (code === 0x7b || code === 0x5b) this.#depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      this.#depth -= 1;
      this.reached = this.#depth === 0 && code === 0x7d;
    }
  }
}
