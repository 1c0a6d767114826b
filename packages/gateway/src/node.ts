import type { Server } from "node:http";
import { invalidOption } from "@modelyard/core/kit";
import { checkedBasePath, type MountOptions } from "./base-path.js";
import type { Gateway } from "./gateway.js";
import { type Listener, listenerOf, LiveRequests } from "./node/listener.js";
import { directMessages } from "./node/node-request.js";
import { shuttingDown } from "./services.js";

/** @defaultValue of {@link NodeServerOptions.stalledClientMs} */
const defaultStalledMs = 60_000;

/** The gateway as a `node:http` listener. It creates no web objects. @throws `invalid_option` */
export function createNodeListener(gateway: Gateway, options: MountOptions = {}): Listener {
  const basePath = checkedBasePath(options.basePath);
  return listenerOf(gateway, new LiveRequests(), { stalledMs: defaultStalledMs, basePath });
}

export interface NodeServerOptions extends MountOptions {
  /** Until a client has sent its headers, in milliseconds. @defaultValue 30_000 */
  readonly headersTimeoutMs?: number;
  /** Until a client has sent its whole request, in milliseconds. @defaultValue 300_000 */
  readonly requestTimeoutMs?: number;
  /** How long idle connections are kept, in milliseconds. @defaultValue 65_000 */
  readonly keepAliveMs?: number;
  /**
   * How long a client may stop reading its answer before its connection is closed. Milliseconds, finite, above 0.
   * @defaultValue 60_000
   */
  readonly stalledClientMs?: number;
  /** Longest headers in bytes; longer ones get a 431. @defaultValue 32_768 */
  readonly maxHeaderBytes?: number;
}

/** A server that can be stopped gracefully. */
export interface NodeServer {
  readonly server: Server;
  /**
   * Readiness answers 503, and so do new calls. Running requests may finish, and then the server stops listening. If it
   * is called twice, the shorter limit holds.
   * @param limitMs - after this time running requests are cut short: streams end with an error, plain calls get a 503
   * @returns whether everything finished in time
   */
  drain(limitMs: number): Promise<boolean>;
}

/** How long requests that were cut short have to send their error, in milliseconds. */
const lastWordsMs = 500;

/** A `node:http` server over the gateway with limits against slow and idle clients. @throws `invalid_option` */
export function createNodeServer(gateway: Gateway, options: NodeServerOptions = {}): NodeServer {
  const { stalledClientMs = defaultStalledMs } = options;
  // Node would only refuse it in the middle of an answer.
  if (!(stalledClientMs > 0 && stalledClientMs < Infinity))
    throw invalidOption(
      "stalledClientMs",
      `it must be a finite number above 0 (got ${String(stalledClientMs)}).`,
      "Correct it or omit it.",
    );
  const live = new LiveRequests();
  // An `import` would read all of its exports. One is `WebSocket`, for which Node loads its own undici: 40 ms and 5 MB at
  // every start.
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
    listenerOf(gateway, live, { stalledMs: stalledClientMs, basePath: checkedBasePath(options.basePath) }),
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
