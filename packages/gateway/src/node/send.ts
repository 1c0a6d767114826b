import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Bytes, Cancellation, type RequestHead } from "@modelyard/core/kit";
import type { Gateway } from "../gateway.js";
import { type GatewayResponse, release } from "../http.js";
import { NodeRequest } from "./node-request.js";

/**
 * Waits until a slow client has read what was written, or has left. If it reads nothing for `stalledMs`, its connection
 * is closed.
 * @returns whether the client is still there
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

/** The same limit for the rest of an answer, after its last byte was written. */
function watchTail(response: ServerResponse, stalledMs: number): void {
  const { socket } = response;
  if (socket === null || socket.writableLength === 0) return;
  socket.setTimeout(stalledMs);
  // Runs before Node sets the timeout for idle connections.
  response.prependOnceListener("finish", () => {
    socket.setTimeout(0);
  });
}

/** What the answers of a listener share. */
export interface SendingParts {
  readonly gateway: Gateway;
  /** How long a client may stop reading its answer. */
  readonly stalledMs: number;
  /** The path that the gateway is mounted at, as `checkedBasePath` returns it. */
  readonly basePath: string;
  readonly batch: WriteBatch;
}

/** One request and its response. */
export interface Exchange {
  readonly parts: SendingParts;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** Sends the answer to a request, unless its client has left. Never throws. */
export function send(exchange: Exchange, answer: GatewayResponse): void {
  const { parts, response } = exchange;
  const { gateway, batch } = parts;
  const { body } = answer;
  if (gateway.draining) response.shouldKeepAlive = false;
  if (typeof body === "object" && !(body instanceof Uint8Array)) {
    if (response.destroyed) void release(body[Symbol.asyncIterator]());
    else void new StreamAnswer(exchange, answer).send(body);
    return;
  }
  const whole = new WholeAnswer(exchange, answer);
  if (batch.waits) batch.add(whole);
  else whole.flush();
}

/** The answer in place of one that could not be sent, in the shape that the request's client expects. */
export function unsendable({ parts, message }: Exchange, thrown: unknown): GatewayResponse {
  return parts.gateway.unsendable(thrown, headOf(message, parts.basePath));
}

/** `undefined`: the request is outside of the base path. */
function headOf(message: IncomingMessage, basePath: string): RequestHead | undefined {
  try {
    return new NodeRequest(message, new Cancellation(), basePath);
  } catch {
    return undefined;
  }
}

/** Sends a streamed answer. */
class StreamAnswer implements PendingWrite {
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  readonly #answer: GatewayResponse;
  /** Kept here because the response drops it when it ends. */
  readonly #socket: Socket | null;
  /** Whether it is in the batch. */
  #gathering = false;
  /** Whether everything but the end is written. */
  #over = false;

  constructor(exchange: Exchange, answer: GatewayResponse) {
    this.#exchange = exchange;
    this.#response = exchange.response;
    this.#answer = answer;
    this.#socket = exchange.response.socket;
  }

  /** Sends `body` as it comes. Never rejects: if the body fails, the connection is closed after what was sent so far. */
  async send(body: AsyncIterable<Bytes>): Promise<void> {
    try {
      await this.#pass(body);
    } catch (thrown) {
      const socket = this.#socket;
      for (let corks = socket?.writableCorked ?? 0; corks > 0; corks -= 1) socket?.uncork();
      // Node keeps the status text of the first attempt.
      this.#response.statusMessage = "";
      if (this.#response.headersSent || this.#response.destroyed) this.#response.destroy();
      else new WholeAnswer(this.#exchange, unsendable(this.#exchange, thrown)).flush();
    }
  }

  flush(): void {
    this.#gathering = false;
    if (this.#over) this.#end();
    else this.#socket?.uncork();
  }

  async #pass(body: AsyncIterable<Bytes>): Promise<void> {
    const response = this.#response;
    if (response.req.method === "HEAD") {
      void release(body[Symbol.asyncIterator]());
      this.#finish();
      return;
    }
    // Leaving the loop calls `return` of the body.
    for await (const bytes of body) {
      if (response.destroyed) return;
      this.#begin();
      if (!response.write(bytes) && !(await drained(response, this.#exchange.parts.stalledMs))) return;
    }
    if (!response.destroyed) this.#finish();
  }

  #begin(): void {
    this.#gather();
    if (this.#response.headersSent) return;
    const { status, headers } = this.#answer;
    this.#response.writeHead(status, headers as Record<string, string>);
  }

  /** Holds writes back until the turn ends. With a single request Node does so itself, while its callback runs. */
  #gather(): void {
    const { batch } = this.#exchange.parts;
    if (this.#gathering || !batch.waits) return;
    this.#gathering = true;
    this.#socket?.cork();
    batch.add(this);
  }

  #finish(): void {
    this.#begin();
    const trailers = this.#answer.ending?.trailers();
    // Node sends them only where the body is chunked.
    if (trailers !== undefined) this.#response.addTrailers(trailers);
    if (this.#gathering) this.#over = true;
    else this.#end();
  }

  #end(): void {
    if (this.#response.destroyed) return;
    this.#response.end();
    watchTail(this.#response, this.#exchange.parts.stalledMs);
  }
}

/** How long a client may go on sending a body that is not read, so that it can read its answer. Milliseconds. */
const lingerMs = 2_000;

/** Ends the answer to a request that has not arrived in full. Closing the connection now would lose the answer. */
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

/** Sends an answer whose body is known in full. */
class WholeAnswer implements PendingWrite {
  readonly #exchange: Exchange;
  readonly #answer: GatewayResponse;

  constructor(exchange: Exchange, answer: GatewayResponse) {
    this.#exchange = exchange;
    this.#answer = answer;
  }

  /** An answer that cannot be sent is reported, and a 500 is sent instead. If that fails too, the connection is closed. */
  flush(): void {
    const { response } = this.#exchange;
    if (response.destroyed) return;
    try {
      this.#send(this.#answer);
    } catch (thrown) {
      try {
        // Node keeps the status text of the first attempt.
        response.statusMessage = "";
        if (response.headersSent) response.destroy();
        else this.#send(unsendable(this.#exchange, thrown));
      } catch {
        response.destroy();
      }
    }
  }

  #send(answer: GatewayResponse): void {
    const { parts, message, response } = this.#exchange;
    const { status, headers } = answer;
    const body = answer.body as Bytes | undefined;
    const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
    // A 204 and a 304 have no body.
    const lines = status === 204 || status === 304 ? [] : ["content-length", String(length)];
    for (const name in headers) lines.push(name, headers[name] ?? "");
    // The unread rest of the request must not be taken for the next request.
    if (!message.complete) lines.push("connection", "close");
    response.writeHead(status, lines);
    if (message.method === "HEAD" || body === undefined) response.end();
    // A string with as many bytes as characters is ASCII and needs no encoding: head and body are sent in one write.
    else if (message.complete) response.end(body, length === body.length ? "latin1" : "utf8");
    else {
      response.write(body);
      endLater(message, response);
    }
    watchTail(response, parts.stalledMs);
  }
}

/** An answer, or a piece of one, that is ready to be sent. */
export interface PendingWrite {
  /** Writes it to its client. Never throws. */
  flush(): void;
}

/** The most writes that wait for each other. With more, the first ones would wait too long. */
const mostTogether = 32;

/**
 * Collects the writes that become ready in one turn of the event loop and sends them together at its end
 * (docs/internals.md, "Writes of one turn leave together").
 */
export class WriteBatch {
  readonly #live: { readonly size: number };
  #pending: PendingWrite[] = [];
  #scheduled = false;

  /** @param live - the requests that are being answered */
  constructor(live: { readonly size: number }) {
    this.#live = live;
  }

  /** Whether waiting can pay off, because other requests are being answered at the same time. */
  get waits(): boolean {
    return this.#live.size > 1;
  }

  add(write: PendingWrite): void {
    if (this.#pending.push(write) >= mostTogether) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const write of pending) write.flush();
  }
}
