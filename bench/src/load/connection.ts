import { connect, type Socket } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");
const chunkedEnd = Buffer.from("0\r\n\r\n");
const largestRead = 64 * 1024;

/**
 * One connection that repeats the same request. It only parses where an answer ends, so that the load generator costs less
 * than the server under test.
 */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #onDone: (connection: LoadConnection) => void;
  readonly #onError: (error: Error) => void;
  #sentAt = 0;
  #firstByteMs = 0;
  #totalMs = 0;
  #head: Buffer | undefined;
  /** Bytes of the body that have not arrived yet. -1: waiting for the head. -2: the body is chunked. */
  #left = -1;
  readonly #tail = Buffer.alloc(chunkedEnd.length);
  #closed = false;

  constructor(
    port: number,
    request: Buffer,
    listeners: { readonly onDone: (connection: LoadConnection) => void; readonly onError: (error: Error) => void },
  ) {
    this.#request = request;
    this.#onDone = listeners.onDone;
    this.#onError = listeners.onError;
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(largestRead),
        callback: (size, buffer) => {
          this.#read((buffer as Buffer).subarray(0, size));
          return true;
        },
      },
    });
    this.#socket.on("error", this.#onError);
    this.#socket.on("close", () => {
      if (!this.#closed) this.#onError(new Error("a connection was closed"));
    });
  }

  /** Time from sending the last request to the first byte of the answer's body, in milliseconds. */
  get firstByteMs(): number {
    return this.#firstByteMs;
  }

  /** Time from sending the last request to the end of the answer, in milliseconds. */
  get totalMs(): number {
    return this.#totalMs;
  }

  send(): void {
    this.#sentAt = performance.now();
    this.#firstByteMs = -1;
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    let bytes = piece;
    if (this.#left === -1) {
      // The buffer is reused by the next read, so a copy is kept.
      if (this.#head !== undefined) bytes = Buffer.concat([this.#head, piece]);
      const end = bytes.indexOf(headEnd);
      if (end === -1) {
        this.#head = Buffer.from(bytes);
        return;
      }
      this.#head = undefined;
      if (!this.#begin(bytes.toString("latin1", 0, end))) return;
      bytes = bytes.subarray(end + headEnd.length);
      if (bytes.length === 0) return;
    }
    if (this.#firstByteMs < 0) this.#firstByteMs = performance.now() - this.#sentAt;
    if (this.#left >= 0) {
      this.#left -= bytes.length;
      if (this.#left <= 0) this.#end();
    } else if (this.#endsChunked(bytes)) this.#end();
  }

  #begin(head: string): boolean {
    if (!head.startsWith("HTTP/1.1 200")) {
      this.#onError(new Error(`an answer began with ${head.slice(0, 80)}`));
      return false;
    }
    const length = /\r\ncontent-length: *(?<length>\d+)/iu.exec(head)?.groups?.["length"];
    this.#left = length === undefined ? -2 : Number(length);
    return true;
  }

  #endsChunked(bytes: Buffer): boolean {
    const wanted = chunkedEnd.length;
    if (bytes.length >= wanted) bytes.copy(this.#tail, 0, bytes.length - wanted);
    else {
      this.#tail.copyWithin(0, bytes.length);
      bytes.copy(this.#tail, wanted - bytes.length);
    }
    return this.#tail.equals(chunkedEnd);
  }

  #end(): void {
    this.#left = -1;
    this.#tail.fill(0);
    this.#totalMs = performance.now() - this.#sentAt;
    this.#onDone(this);
  }
}
