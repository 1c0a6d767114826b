import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Cancellation, createError } from "@modelyard/core";
import { type Gateway, shuttingDown } from "./gateway.js";
import { type Bytes, type GatewayRequest, type GatewayResponse, isStream } from "./http.js";
import { LiveRequests } from "./live-requests.js";
import { Turns } from "./turns.js";

function tooLarge(limit: number): Error {
  return createError({ kind: "payload_too_large", message: `The body is longer than ${String(limit)} bytes.` });
}

class NodeRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation: Cancellation;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage, cancellation: Cancellation) {
    this.#message = message;
    this.cancellation = cancellation;
    this.method = message.method ?? "GET";
    const url = message.url ?? "/";
    const query = url.indexOf("?");
    this.path = query === -1 ? url : url.slice(0, query);
  }

  header(name: string): string | undefined {
    // `message.headers` would sort all of them into an object first.
    const { rawHeaders } = this.#message;
    let found: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const key = rawHeaders[index] ?? "";
      if (key.length !== name.length || key.toLowerCase() !== name) continue;
      const value = rawHeaders[index + 1] ?? "";
      if (found === undefined) found = value;
      // Who presents two credentials presents the first.
      else if (name !== "authorization") found = `${found}, ${value}`;
    }
    return found;
  }

  body(limit: number): Promise<Uint8Array> {
    const message = this.#message;
    return new Promise((resolve, reject) => {
      if (Number(this.header("content-length") ?? 0) > limit) {
        reject(tooLarge(limit));
        return;
      }
      let first: Buffer | undefined;
      let pieces: Buffer[] | undefined;
      let size = 0;
      const onData = (piece: Buffer): void => {
        size += piece.length;
        if (size > limit) {
          message.off("data", onData);
          reject(tooLarge(limit));
        } else if (first === undefined) first = piece;
        else if (pieces === undefined) pieces = [first, piece];
        else pieces.push(piece);
      };
      message.on("data", onData);
      message.on("end", () => {
        this.cancellation.remove(reject);
        resolve(pieces === undefined ? (first ?? new Uint8Array()) : Buffer.concat(pieces));
      });
      // A client that leaves before its request is whole.
      this.cancellation.add(reject);
    });
  }
}

/** Waits until a slow client has taken what was written, or left; one that takes nothing for `stalledMs` is hung up on. */
function drained(response: ServerResponse, stalledMs: number): Promise<void> {
  const { socket } = response;
  socket?.setTimeout(stalledMs);
  return new Promise((resolve) => {
    const done = (): void => {
      socket?.setTimeout(0);
      response.off("drain", done);
      response.off("close", done);
      resolve();
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

async function sendStream(
  response: ServerResponse,
  answer: GatewayResponse,
  body: AsyncIterable<Bytes>,
  stalledMs: number,
): Promise<void> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const result = await iterator.next();
    if (response.destroyed) break;
    // Node holds back what is written until the turn ends: the head, and whatever is here already, leave in one piece.
    if (!response.headersSent) response.writeHead(answer.status, answer.headers as Record<string, string>);
    if (result.done === true) break;
    if (!response.write(result.value)) await drained(response, stalledMs);
  }
  if (response.destroyed) await iterator.return?.();
  else {
    response.end();
    watchTail(response, stalledMs);
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

function sendWhole(
  message: IncomingMessage,
  response: ServerResponse,
  answer: GatewayResponse,
  stalledMs: number,
): void {
  const { status, headers } = answer;
  const body = answer.body as Bytes | undefined;
  const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const lines = ["content-length", String(length)];
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

/** What goes wrong with a connection shows in its closing. */
function ignore(): void {
  // Nothing else to do.
}

/** @defaultValue of {@link NodeServerOptions.stalledClientMs} */
const defaultStalledMs = 60_000;

interface ListenerParts {
  readonly gateway: Gateway;
  readonly stalledMs: number;
  readonly live: LiveRequests;
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

function respond(
  { gateway, stalledMs, live }: ListenerParts,
  message: IncomingMessage,
  response: ServerResponse,
): void {
  const cancellation = new Cancellation();
  const request = live.add(cancellation);
  // It comes once: `once` would make two objects more.
  response.on("close", () => {
    live.delete(request);
    // A connection that has become idle would hold up the end.
    if (gateway.draining) message.socket.end();
    if (!response.writableFinished) cancellation.cancel(createError({ kind: "aborted", message: "The client left." }));
  });
  response.on("error", ignore);
  message.on("error", ignore);
  gateway.handle(new NodeRequest(message, cancellation)).then(
    (answer) => {
      if (response.destroyed) {
        if (isStream(answer.body)) void answer.body[Symbol.asyncIterator]().return?.();
        return undefined;
      }
      if (gateway.draining) response.shouldKeepAlive = false;
      if (!isStream(answer.body)) {
        sendWhole(message, response, answer, stalledMs);
        return undefined;
      }
      return sendStream(response, answer, answer.body, stalledMs).catch(() => {
        response.destroy();
      });
    },
    () => {
      response.destroy();
    },
  );
}

function listenerOf(parts: ListenerParts): Listener {
  const turns = new Turns();
  return (message, response) => {
    if (response.socket !== null) {
      respond(parts, message, response);
      return;
    }
    const { socket } = message;
    // It was sent before the one ahead of it was answered. Nobody works for it until it is its turn: the platform does
    // not tell those who wait that their client has left.
    if (turns.wait(socket))
      response.once("socket", () => {
        turns.begin(socket);
        respond(parts, message, response);
      });
    else socket.destroy();
  };
}

/** The gateway as a `node:http` listener; no web objects on the way. */
export function createNodeListener(gateway: Gateway): Listener {
  return listenerOf({ gateway, stalledMs: defaultStalledMs, live: new LiveRequests() });
}

export interface NodeServerOptions {
  /** Until a client has sent its headers, in milliseconds. @defaultValue 30_000 */
  readonly headersTimeoutMs?: number;
  /** Until a client has sent its whole request, in milliseconds. @defaultValue 300_000 */
  readonly requestTimeoutMs?: number;
  /** How long idle connections are kept, in milliseconds. @defaultValue 65_000 */
  readonly keepAliveMs?: number;
  /**
   * How long a client may take nothing of what waits for it, in milliseconds, before it is hung up on.
   * @defaultValue 60_000
   */
  readonly stalledClientMs?: number;
  /** Longest headers in bytes; longer ones get a 431. @defaultValue 32_768 */
  readonly maxHeaderBytes?: number;
}

/** A server that can be stopped gently. */
export interface NodeServer {
  readonly server: Server;
  /**
   * Readiness turns 503, new calls get one, what runs may finish; then nobody is listened to any more.
   * @param limitMs - after so long what still runs is cut short: streams end with an error event, plain calls get a 503
   * @returns whether everything finished in time
   */
  drain(limitMs: number): Promise<boolean>;
}

/** How long those that were cut short have to take their last words, in milliseconds. */
const lastWordsMs = 500;

/** A `node:http` server over the gateway with limits against slow and idle clients. */
export function createNodeServer(gateway: Gateway, options: NodeServerOptions = {}): NodeServer {
  const live = new LiveRequests();
  // An `import` of it would read all that it exports, `WebSocket` among it, for which Node loads an undici of its own:
  // 40 ms and 5 MB at each start.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? 30_000,
      requestTimeout: options.requestTimeoutMs ?? 300_000,
      keepAliveTimeout: options.keepAliveMs ?? 65_000,
      maxHeaderSize: options.maxHeaderBytes ?? 32_768,
      connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs ?? 30_000),
      noDelay: true,
    },
    listenerOf({ gateway, live, stalledMs: options.stalledClientMs ?? defaultStalledMs }),
  );
  return { server, drain: (limitMs) => drain({ gateway, server, live, limitMs }) };
}

interface Drain {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly live: LiveRequests;
  readonly limitMs: number;
}

async function drain({ gateway, server, live, limitMs }: Drain): Promise<boolean> {
  gateway.draining = true;
  server.closeIdleConnections();
  const clean = await live.emptied(limitMs);
  if (!clean) {
    live.cancel(shuttingDown());
    await live.emptied(lastWordsMs);
  }
  return new Promise((resolve) => {
    server.close(() => {
      resolve(clean);
    });
    server.closeAllConnections();
  });
}
