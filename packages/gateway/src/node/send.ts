import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Bytes, type GatewayResponse, letGo } from "../http.js";
import type { Outbox, Parcel } from "./outbox.js";

/**
 * Waits until a slow client has taken what was written, or left; one that takes nothing for `stalledMs` is hung up on.
 * @returns whether it is still there
 */
function drained(response: ServerResponse, stalledMs: number): Promise<boolean> {
  const { socket } = response;
  socket?.setTimeout(stalledMs);
  return new Promise((resolve) => {
    const done = (): void => {
      socket?.setTimeout(0);
      response.off("drain", done);
      response.off("close", done);
      resolve(!response.destroyed);
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/** What is left to be taken when all is said: who takes nothing of it for so long is hung up on as well. */
function watchTail(response: ServerResponse, stalledMs: number): void {
  const { socket } = response;
  if (socket === null || socket.writableLength === 0) return;
  socket.setTimeout(stalledMs);
  // Before Node sets the time for idle connections.
  response.prependOnceListener("finish", () => {
    socket.setTimeout(0);
  });
}

/** A stream on its way to its client. */
export class StreamAnswer implements Parcel {
  readonly #response: ServerResponse;
  readonly #answer: GatewayResponse;
  readonly #outbox: Outbox;
  /** The response lets go of it when it ends. */
  readonly #socket: Socket | null;
  readonly #stalledMs: number;
  /** It is in the outbox. */
  #gathering = false;
  /** All is written but the end. */
  #over = false;

  constructor(response: ServerResponse, answer: GatewayResponse, outbox: Outbox, stalledMs: number) {
    this.#response = response;
    this.#answer = answer;
    this.#outbox = outbox;
    this.#socket = response.socket;
    this.#stalledMs = stalledMs;
  }

  /** Sends `body` as it comes. Never rejects: if it breaks off, its client is hung up on, after what there was of it. */
  async send(body: AsyncIterable<Bytes>): Promise<void> {
    try {
      await this.#pass(body);
    } catch {
      const socket = this.#socket;
      for (let corks = socket?.writableCorked ?? 0; corks > 0; corks -= 1) socket?.uncork();
      this.#response.destroy();
    }
  }

  leave(): void {
    this.#gathering = false;
    if (this.#over) this.#end();
    else this.#socket?.uncork();
  }

  async #pass(body: AsyncIterable<Bytes>): Promise<void> {
    const response = this.#response;
    if (response.req.method === "HEAD") {
      void letGo(body[Symbol.asyncIterator]());
      this.#finish();
      return;
    }
    // Leaving the loop lets go of the body.
    for await (const bytes of body) {
      if (response.destroyed) return;
      this.#begin();
      if (!response.write(bytes) && !(await drained(response, this.#stalledMs))) return;
    }
    if (!response.destroyed) this.#finish();
  }

  #begin(): void {
    this.#gather();
    if (this.#response.headersSent) return;
    const { status, headers } = this.#answer;
    this.#response.writeHead(status, headers as Record<string, string>);
  }

  /** Holds back what is written until the turn ends. Without others Node does, for as long as its callback runs. */
  #gather(): void {
    if (this.#gathering || !this.#outbox.waits) return;
    this.#gathering = true;
    this.#socket?.cork();
    this.#outbox.add(this);
  }

  #finish(): void {
    this.#begin();
    if (this.#gathering) this.#over = true;
    else this.#end();
  }

  #end(): void {
    if (this.#response.destroyed) return;
    this.#response.end();
    watchTail(this.#response, this.#stalledMs);
  }
}

/** How long a client that still sends what nobody wants may go on, in milliseconds, so that it comes to read its answer. */
const lingerMs = 2_000;

/** Ends an answer to a request that is not here as a whole. Hanging up on who still sends would take the answer away. */
function endLater(message: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    message.off("end", end);
    response.off("close", end);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  message.once("end", end);
  response.once("close", end);
  message.resume();
}

/** A whole answer on its way to its client. */
export class WholeAnswer implements Parcel {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #answer: GatewayResponse;
  readonly #stalledMs: number;

  constructor(message: IncomingMessage, response: ServerResponse, answer: GatewayResponse, stalledMs: number) {
    this.#message = message;
    this.#response = response;
    this.#answer = answer;
    this.#stalledMs = stalledMs;
  }

  /** A client that cannot be answered is hung up on. */
  leave(): void {
    if (this.#response.destroyed) return;
    try {
      this.#send();
    } catch {
      this.#response.destroy();
    }
  }

  #send(): void {
    const message = this.#message;
    const response = this.#response;
    const { status, headers } = this.#answer;
    const body = this.#answer.body as Bytes | undefined;
    const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
    // A 204 and a 304 have no body.
    const lines = status === 204 || status === 304 ? [] : ["content-length", String(length)];
    for (const name in headers) lines.push(name, headers[name] ?? "");
    // What was not read of the request must not be taken for the next one.
    if (!message.complete) lines.push("connection", "close");
    response.writeHead(status, lines);
    if (message.method === "HEAD" || body === undefined) response.end();
    // Text with as many bytes as characters is ASCII, which needs no encoding; head and text leave in one piece.
    else if (message.complete) response.end(body, length === body.length ? "latin1" : "utf8");
    else {
      response.write(body);
      endLater(message, response);
    }
    watchTail(response, this.#stalledMs);
  }
}
