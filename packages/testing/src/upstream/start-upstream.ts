import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "@modelyard/core";
import { isJsonObject, systemClock } from "@modelyard/core/kit";
import { ConditionWatch } from "../helpers/condition-watch.js";
import { type OwnPaths, type Place, placeOf, refusalOf } from "./place.js";
import type { Behavior } from "./behavior.js";
import { type Certificate, selfSigned } from "./certificate.js";
import { Exchange } from "./exchange.js";
import { play } from "./play.js";
import { Scripts } from "./scripts.js";
import { type CallMatch, fits, type UpstreamCall } from "./upstream-call.js";
import type { ScriptedWire } from "./wire.js";

export interface UpstreamOptions {
  /** Serves TLS, with this key and certificate (PEM), or with `true` with a new one for 127.0.0.1 and localhost. */
  readonly tls?: boolean | Certificate;
  /** The clock for the times of calls and the waits of behaviors. @defaultValue the system clock */
  readonly clock?: Clock;
  /**
   * For a vendor with a custom API: path suffixes, for example `{ "/speak": "chat" }`. Answers are the `body` of the
   * behaviors; waits, splits, connection faults and records work as for all vendors.
   */
  readonly paths?: OwnPaths;
  /** A custom API whose healthy answers and failures the upstream can write itself, with its paths. */
  readonly wire?: ScriptedWire;
}

/** A server that plays the part of many vendors, as scripts tell it to, on one local port. */
export interface Upstream {
  /** Origin of the server, for example `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** The certificate that clients must trust, in PEM format. `undefined` without TLS. */
  readonly certificate: string | undefined;
  /** All calls, in the order of their arrival. */
  readonly calls: readonly UpstreamCall[];
  /** Number of exchanges in progress. */
  readonly open: number;
  /** Number of open connections. */
  readonly sockets: number;
  /** Base URL of one host. Add `/v1` for OpenAI's API. */
  url(host: string): string;
  /** Plays behaviors for matching calls in order, and repeats the last one. Later scripts take precedence. */
  script(match: CallMatch, ...behaviors: readonly Behavior[]): void;
  /** As `script`, but each behavior is played once; then the script is removed. */
  once(match: CallMatch, ...behaviors: readonly Behavior[]): void;
  /** Resolves with the matching calls once `count` of them have arrived since the start or the last reset. */
  waitForCalls(count: number, match?: CallMatch): Promise<readonly UpstreamCall[]>;
  /** Resolves when the call has ended, whichever side ended it. */
  waitForClose(call: UpstreamCall): Promise<UpstreamCall>;
  /** Resolves when at most `most` connections are open. */
  waitForSockets(most: number): Promise<void>;
  /** Resolves when no exchange is in progress. */
  idle(): Promise<void>;
  /** Removes all scripts and recorded calls. Calls in progress continue. */
  reset(): void;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
  } catch {
    return undefined;
  }
}

class ScriptedUpstream implements Upstream {
  readonly calls: UpstreamCall[] = [];
  open = 0;
  readonly certificate: string | undefined;
  readonly #clock: Clock;
  readonly #paths: OwnPaths;
  readonly #wire: ScriptedWire | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watch = new ConditionWatch();
  readonly #scripts = new Scripts();
  #requests = 0;
  #closing = false;

  constructor({ tls = false, clock = systemClock, paths = {}, wire }: UpstreamOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response);
    };
    const certificate = tls === true ? selfSigned() : tls === false ? undefined : tls;
    this.#clock = clock;
    this.#paths = { ...paths, ...wire?.paths };
    this.#wire = wire;
    this.certificate = certificate?.cert;
    this.#server = certificate === undefined ? createHttp(listener) : createHttps(certificate, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#watch.changed();
      });
    });
    this.#server.on("tlsClientError", () => undefined);
    // Otherwise a busy client may send a call on a connection that this server closes at the same time.
    this.#server.keepAliveTimeout = 0;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.certificate === undefined ? "http" : "https"}://127.0.0.1:${String(port)}`;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  url(host: string): string {
    return `${this.origin}/${host}`;
  }

  script(match: CallMatch, ...behaviors: readonly Behavior[]): void {
    this.#scripts.add(match, behaviors, true);
  }

  once(match: CallMatch, ...behaviors: readonly Behavior[]): void {
    this.#scripts.add(match, behaviors, false);
  }

  async waitForCalls(count: number, match: CallMatch = {}): Promise<readonly UpstreamCall[]> {
    const matching = (): readonly UpstreamCall[] => this.calls.filter((call) => fits(match, call));
    await this.#watch.until(() => matching().length >= count);
    return matching();
  }

  async waitForClose(call: UpstreamCall): Promise<UpstreamCall> {
    await this.#watch.until(() => call.finishedAt !== undefined || call.closedByClientAt !== undefined);
    return call;
  }

  waitForSockets(most: number): Promise<void> {
    return this.#watch.until(() => this.#sockets.size <= most);
  }

  idle(): Promise<void> {
    return this.#watch.until(() => this.open === 0);
  }

  reset(): void {
    this.#scripts.clear();
    this.calls.length = 0;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    const place = placeOf(request.url ?? "/", this.#paths);
    if (place === undefined || request.method !== "POST") {
      request.resume();
      const status = place === undefined ? 404 : 405;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ error: { message: `No vendor serves ${request.method ?? ""} here.`, code: null } }),
      );
      return;
    }
    let body: unknown;
    try {
      body = await readBody(request);
    } catch {
      // The caller disconnected before the whole body had arrived.
      return;
    }
    await play(this.#begin(place, body, request, response));
  }

  #begin(place: Place, received: unknown, request: IncomingMessage, response: ServerResponse): Exchange {
    const { host, dialect, operation, azureDeployment } = place;
    const body = isJsonObject(received) ? received : {};
    const wire = place.own ? this.#wire : undefined;
    const path = request.url ?? "/";
    this.#requests += 1;
    const call: UpstreamCall = {
      host,
      dialect,
      operation,
      model:
        wire?.modelOf?.({ path, body }) ?? azureDeployment ?? (typeof body["model"] === "string" ? body["model"] : ""),
      path,
      headers: request.headers,
      body,
      requestId: `req_${String(this.#requests)}`,
      at: this.#clock.now(),
      status: undefined,
      sentBytes: 0,
      closedByClientAt: undefined,
      finishedAt: undefined,
    };
    const refusal = refusalOf(place, received);
    const behavior = refusal === undefined ? this.#scripts.next(call) : refusing(place, refusal);
    const stream = wire?.wantsStream?.({ path, body }) ?? body["stream"] === true;
    const sent = { dialect, wire, operation, model: call.model, stream, body };
    const exchange = new Exchange({ response, sent, behavior, call, clock: this.#clock });
    this.open += 1;
    response.once("close", () => {
      if (response.writableFinished || exchange.cut || this.#closing) call.finishedAt = this.#clock.now();
      else call.closedByClientAt = this.#clock.now();
      this.open -= 1;
      exchange.over();
      this.#watch.changed();
    });
    this.calls.push(call);
    this.#watch.changed();
    return exchange;
  }
}

/** A vendor's response to a request without a required field. */
function refusing({ dialect }: Place, message: string): Behavior {
  const error = { type: "invalid_request_error", message };
  const body = dialect === "anthropic" ? { type: "error", error } : { error: { ...error, param: null, code: null } };
  return { status: 400, body: JSON.stringify(body) };
}

/** Starts an upstream that speaks the wire of OpenAI, Azure OpenAI or Anthropic, or a custom one, and plays scripts. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new ScriptedUpstream(options);
  await upstream.listen();
  return upstream;
}
