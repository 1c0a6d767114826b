import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Gateway } from "../gateway.js";
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

/** A request that is being answered. */
export interface Exchange {
  readonly gateway: Gateway;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly stalledMs: number;
}

/** A stream on its way to its client. */
export class StreamAnswer implements Parcel {
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  readonly #answer: GatewayResponse;
  readonly #outbox: Outbox;
  /** The response lets go of it when it ends. */
  readonly #socket: Socket | null;
  /** It is in the outbox. */
  #gathering = false;
  /** All is written but the end. */
  #over = false;

  constructor(exchange: Exchange, answer: GatewayResponse, outbox: Outbox) {
    this.#exchange = exchange;
    this.#response = exchange.response;
    this.#answer = answer;
    this.#outbox = outbox;
    this.#socket = exchange.response.socket;
  }

  /** Sends `body` as it comes. Never rejects: if it breaks off, its client is hung up on, after what there was of it. */
  async send(body: AsyncIterable<Bytes>): Promise<void> {
    try {
      await this.#pass(body);
    } catch (thrown) {
      const socket = this.#socket;
      for (let corks = socket?.writableCorked ?? 0; corks > 0; corks -= 1) socket?.uncork();
      // Node keeps the words of the first attempt's status.
      this.#response.statusMessage = "";
      if (this.#response.headersSent || this.#response.destroyed) this.#response.destroy();
      else new WholeAnswer(this.#exchange, this.#exchange.gateway.unsendable(thrown)).leave();
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
      if (!response.write(bytes) && !(await drained(response, this.#exchange.stalledMs))) return;
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
    watchTail(this.#response, this.#exchange.stalledMs);
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
  readonly #exchange: Exchange;
  readonly #answer: GatewayResponse;

  constructor(exchange: Exchange, answer: GatewayResponse) {
    this.#exchange = exchange;
    this.#answer = answer;
  }

  /** An answer that cannot be sent is reported, and a 500 goes out in its place; where that fails too, the connection ends. */
  leave(): void {
    const { gateway, response } = this.#exchange;
    if (response.destroyed) return;
    try {
      this.#send(this.#answer);
    } catch (thrown) {
      try {
        // Node keeps the words of the first attempt's status.
        response.statusMessage = "";
        if (response.headersSent) response.destroy();
        else this.#send(gateway.unsendable(thrown));
      } catch {
        response.destroy();
      }
    }
  }

  #send(answer: GatewayResponse): void {
    const { message, response, stalledMs } = this.#exchange;
    const { status, headers } = answer;
    const body = answer.body as Bytes | undefined;
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
    watchTail(response, stalledMs);
  }
}
