import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Behaviour } from "./behaviour.js";
import type { Asked, DialectName, UpstreamOperation } from "./dialect.js";
import { play } from "./play.js";

export interface UpstreamOptions {
  /** Key and certificate, PEM; then it speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** One call that the upstream got. */
export interface UpstreamCall {
  /** First part of the path, which tells deployments apart; empty when there is none. */
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  readonly model: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When the client left before the answer was finished. */
  closedByClientAt: number | undefined;
  finishedAt: number | undefined;
}

/** Which calls a script is for; what is left out matches all. */
export interface CallMatch {
  readonly host?: string;
  readonly model?: string;
  readonly dialect?: DialectName;
  readonly operation?: UpstreamOperation;
}

/** Vendors made of scripts, on one port of this machine. */
export interface Upstream {
  /** Base of everything, e.g. `http://127.0.0.1:1234`. */
  readonly origin: string;
  readonly calls: readonly UpstreamCall[];
  /** Exchanges in progress. */
  readonly open: number;
  /** Connections that stand. */
  readonly sockets: number;
  /** Base of one host; add `/v1` for OpenAI's path. */
  url(host: string): string;
  /** What matching calls do: one behaviour after the other, the last one again and again. Later scripts win. */
  script(match: CallMatch, ...behaviours: readonly Behaviour[]): void;
  /** Resolves when so many calls have arrived. */
  waitForCalls(count: number): Promise<void>;
  /** Resolves when no exchange is in progress. */
  idle(): Promise<void>;
  /** Forgets scripts and calls. */
  reset(): void;
  close(): Promise<void>;
}

interface Script {
  readonly match: CallMatch;
  readonly behaviours: readonly Behaviour[];
  played: number;
}

const operationPaths: readonly { readonly end: string; readonly operation: UpstreamOperation }[] = [
  { end: "/chat/completions", operation: "chat" },
  { end: "/completions", operation: "text_completion" },
  { end: "/embeddings", operation: "embeddings" },
  { end: "/messages", operation: "messages" },
];
const roots = new Set(["v1", "chat", "completions", "embeddings", "messages"]);

interface Place {
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  readonly azureDeployment: string | undefined;
}

function placeOf(url: string): Place | undefined {
  const { pathname } = new URL(url, "http://upstream");
  const operation = operationPaths.find(({ end }) => pathname.endsWith(end))?.operation;
  if (operation === undefined) return undefined;
  const [first = "", second] = pathname.split("/").slice(1);
  const azureDeployment = /\/openai\/deployments\/(?<name>[^/]+)\//u.exec(pathname)?.groups?.["name"];
  const dialect = operation === "messages" ? "anthropic" : azureDeployment === undefined ? "openai" : "azure";
  return {
    host: roots.has(first) || (first === "openai" && second === "deployments") ? "" : first,
    dialect,
    operation,
    azureDeployment,
  };
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function fits(match: CallMatch, call: UpstreamCall): boolean {
  return (["host", "model", "dialect", "operation"] as const).every(
    (key) => match[key] === undefined || match[key] === call[key],
  );
}

class ScriptedUpstream implements Upstream {
  readonly calls: UpstreamCall[] = [];
  open = 0;
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #scripts: Script[] = [];

  constructor({ tls }: UpstreamOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response);
    };
    this.#secure = tls !== undefined;
    this.#server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#secure ? "https" : "http"}://127.0.0.1:${String(port)}`;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  url(host: string): string {
    return `${this.origin}/${host}`;
  }

  script(match: CallMatch, ...behaviours: readonly Behaviour[]): void {
    this.#scripts.unshift({ match, behaviours, played: 0 });
  }

  waitForCalls(count: number): Promise<void> {
    return this.#until(() => this.calls.length >= count);
  }

  idle(): Promise<void> {
    return this.#until(() => this.open === 0);
  }

  reset(): void {
    this.#scripts = [];
    this.calls.length = 0;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  #changed(): void {
    for (const watch of this.#watchers) watch();
  }

  #next(call: UpstreamCall): Behaviour {
    const script = this.#scripts.find(({ match }) => fits(match, call));
    if (script === undefined) return {};
    const behaviour = script.behaviours[Math.min(script.played, script.behaviours.length - 1)];
    script.played += 1;
    return behaviour ?? {};
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    const url = request.url ?? "/";
    const place = placeOf(url);
    if (place === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"error":{"message":"Not found"}}');
      return;
    }
    let body: Readonly<Record<string, unknown>>;
    try {
      body = await readBody(request);
    } catch {
      return;
    }
    const call: UpstreamCall = {
      host: place.host,
      dialect: place.dialect,
      operation: place.operation,
      model: place.azureDeployment ?? (typeof body["model"] === "string" ? body["model"] : ""),
      path: url,
      headers: request.headers,
      body,
      at: Date.now(),
      closedByClientAt: undefined,
      finishedAt: undefined,
    };
    const behaviour = this.#next(call);
    this.calls.push(call);
    this.open += 1;
    this.#changed();
    const left = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (response.writableFinished) call.finishedAt = Date.now();
        else call.closedByClientAt = Date.now();
        this.open -= 1;
        resolve();
        this.#changed();
      });
    });
    const asked: Asked = { dialect: call.dialect, operation: call.operation, model: call.model, body };
    await play({ response, asked, behaviour, hang: () => left, wait: (ms) => Promise.race([pause(ms), left]) });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** Starts an upstream that speaks OpenAI's, Azure OpenAI's and Anthropic's API and does as its scripts say. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new ScriptedUpstream(options);
  await upstream.listen();
  return upstream;
}
