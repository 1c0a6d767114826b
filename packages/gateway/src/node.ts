import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Cancellation, createError, invalidOption } from "@modelyard/core";
import { checkServed } from "./check-options.js";
import { type Gateway, shuttingDown } from "./gateway.js";
import { isStream, letGo } from "./http.js";
import { LiveRequests } from "./live-requests.js";
import { directMessages } from "./node/direct-message.js";
import { NodeRequest } from "./node/node-request.js";
import { Outbox } from "./node/outbox.js";
import { StreamAnswer, WholeAnswer } from "./node/send.js";
import { Turns } from "./turns.js";

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
  readonly outbox: Outbox;
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

function respond(
  { gateway, stalledMs, live, outbox }: ListenerParts,
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
    if (!response.writableFinished)
      cancellation.cancel(createError({ kind: "aborted", message: "The client closed the connection." }));
  });
  response.on("error", ignore);
  message.on("error", ignore);
  gateway.handle(new NodeRequest(message, cancellation)).then(
    (answer) => {
      if (response.destroyed) {
        if (isStream(answer.body)) void letGo(answer.body[Symbol.asyncIterator]());
        return;
      }
      if (gateway.draining) response.shouldKeepAlive = false;
      if (!isStream(answer.body)) {
        const whole = new WholeAnswer({ gateway, message, response, stalledMs }, answer);
        if (outbox.waits) outbox.add(whole);
        else whole.leave();
      } else void new StreamAnswer({ gateway, message, response, stalledMs }, answer, outbox).send(answer.body);
    },
    (thrown: unknown) => {
      new WholeAnswer({ gateway, message, response, stalledMs }, gateway.unsendable(thrown)).leave();
    },
  );
}

function listenerOf(gateway: Gateway, live: LiveRequests, stalledMs: number): Listener {
  checkServed(gateway);
  const turns = new Turns();
  const parts = { gateway, live, stalledMs, outbox: new Outbox(live) };
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
  return listenerOf(gateway, new LiveRequests(), defaultStalledMs);
}

export interface NodeServerOptions {
  /** Until a client has sent its headers, in milliseconds. @defaultValue 30_000 */
  readonly headersTimeoutMs?: number;
  /** Until a client has sent its whole request, in milliseconds. @defaultValue 300_000 */
  readonly requestTimeoutMs?: number;
  /** How long idle connections are kept, in milliseconds. @defaultValue 65_000 */
  readonly keepAliveMs?: number;
  /**
   * How long a client may take nothing of what waits for it, before it is hung up on. Milliseconds, finite, above 0.
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
   * Asked twice, the shorter limit holds.
   * @param limitMs - after so long what still runs is cut short: streams end with an error event, plain calls get a 503
   * @returns whether everything finished in time
   */
  drain(limitMs: number): Promise<boolean>;
}

/** How long those that were cut short have to take their last words, in milliseconds. */
const lastWordsMs = 500;

/** A `node:http` server over the gateway with limits against slow and idle clients. @throws `invalid_option` */
export function createNodeServer(gateway: Gateway, options: NodeServerOptions = {}): NodeServer {
  const { stalledClientMs = defaultStalledMs } = options;
  // Node would find out in the middle of an answer.
  if (!(stalledClientMs > 0 && stalledClientMs < Infinity))
    throw invalidOption(
      "stalledClientMs",
      `it must be a finite number above 0 (got ${String(stalledClientMs)}).`,
      "Correct it or omit it.",
    );
  const live = new LiveRequests();
  // An `import` of it would read all that it exports, `WebSocket` among it, for which Node loads an undici of its own:
  // 40 ms and 5 MB at each start.
  const { createServer, IncomingMessage: Message } = process.getBuiltinModule("node:http");
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? 30_000,
      requestTimeout: options.requestTimeoutMs ?? 300_000,
      keepAliveTimeout: options.keepAliveMs ?? 65_000,
      maxHeaderSize: options.maxHeaderBytes ?? 32_768,
      connectionsCheckingInterval: Math.min(5_000, options.headersTimeoutMs ?? 30_000),
      noDelay: true,
      IncomingMessage: directMessages(Message),
    },
    listenerOf(gateway, live, stalledClientMs),
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
