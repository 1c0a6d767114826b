import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Cancellation, createError } from "@modelyard/core";
import type { Gateway } from "./gateway.js";
import { type Bytes, type GatewayRequest, type GatewayResponse, isStream } from "./http.js";

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
    const value = this.#message.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }

  body(limit: number): Promise<Uint8Array> {
    const message = this.#message;
    return new Promise((resolve, reject) => {
      if (Number(message.headers["content-length"] ?? 0) > limit) {
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
          message.pause();
          reject(tooLarge(limit));
        } else if (first === undefined) first = piece;
        else if (pieces === undefined) pieces = [first, piece];
        else pieces.push(piece);
      };
      message.on("data", onData);
      message.once("end", () => {
        this.cancellation.remove(reject);
        resolve(pieces === undefined ? (first ?? new Uint8Array()) : Buffer.concat(pieces));
      });
      // A client that leaves before its request is whole.
      this.cancellation.add(reject);
    });
  }
}

/** Waits until a slow client has taken what was written, or left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

async function sendStream(
  response: ServerResponse,
  answer: GatewayResponse,
  body: AsyncIterable<Bytes>,
): Promise<void> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const result = await iterator.next();
    if (response.destroyed) break;
    if (!response.headersSent) {
      // Head and first chunk leave in one packet.
      response.cork();
      response.writeHead(answer.status, answer.headers as Record<string, string>);
      if (result.done !== true) response.write(result.value);
      response.uncork();
      if (result.done === true) break;
      continue;
    }
    if (result.done === true) break;
    if (!response.write(result.value)) await drained(response);
  }
  if (response.destroyed) await iterator.return?.();
  else response.end();
}

function sendWhole(message: IncomingMessage, response: ServerResponse, answer: GatewayResponse): void {
  const { status, headers } = answer;
  const body = answer.body as Bytes | undefined;
  const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
  // What was not read of the request must not be taken for the next one.
  const extra = message.complete ? { "content-length": length } : { "content-length": length, connection: "close" };
  response.writeHead(status, { ...headers, ...extra });
  if (message.method === "HEAD" || body === undefined) response.end();
  else response.end(body);
}

/** What goes wrong with a connection shows in its closing. */
function ignore(): void {
  // Nothing else to do.
}

/** The gateway as a `node:http` listener; no web objects on the way. */
export function createNodeListener(gateway: Gateway): (message: IncomingMessage, response: ServerResponse) => void {
  return (message, response) => {
    const cancellation = new Cancellation();
    response.once("close", () => {
      // A connection that has become idle would hold up the end.
      if (gateway.draining) message.socket.end();
      if (!response.writableFinished)
        cancellation.cancel(createError({ kind: "aborted", message: "The client left." }));
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
          sendWhole(message, response, answer);
          return undefined;
        }
        return sendStream(response, answer, answer.body).catch(() => {
          response.destroy();
        });
      },
      () => {
        response.destroy();
      },
    );
  };
}

export interface NodeServerOptions {
  /** Until a client has sent its headers, in milliseconds. @defaultValue 30_000 */
  readonly headersTimeoutMs?: number;
  /** Until a client has sent its whole request, in milliseconds. @defaultValue 300_000 */
  readonly requestTimeoutMs?: number;
  /** How long idle connections are kept, in milliseconds. @defaultValue 65_000 */
  readonly keepAliveMs?: number;
  /** Longest headers in bytes; longer ones get a 431. @defaultValue 32_768 */
  readonly maxHeaderBytes?: number;
}

/** A server that can be stopped gently. */
export interface NodeServer {
  readonly server: Server;
  /**
   * Readiness turns 503, no new connection is taken, what runs may finish.
   * @param limitMs - after so long what still runs is cut off
   * @returns whether everything finished in time
   */
  drain(limitMs: number): Promise<boolean>;
}

/** A `node:http` server over the gateway with limits against slow and idle clients. */
export function createNodeServer(gateway: Gateway, options: NodeServerOptions = {}): NodeServer {
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? 30_000,
      requestTimeout: options.requestTimeoutMs ?? 300_000,
      keepAliveTimeout: options.keepAliveMs ?? 65_000,
      maxHeaderSize: options.maxHeaderBytes ?? 32_768,
      connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs ?? 30_000),
      noDelay: true,
    },
    createNodeListener(gateway),
  );
  return {
    server,
    drain: (limitMs) =>
      new Promise((resolve) => {
        gateway.draining = true;
        const cut = setTimeout(() => {
          server.closeAllConnections();
          resolve(false);
        }, limitMs);
        server.close(() => {
          clearTimeout(cut);
          resolve(true);
        });
        server.closeIdleConnections();
      }),
  };
}
