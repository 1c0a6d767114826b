import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { ConditionWatch } from "../../src/helpers/condition-watch.js";
import { createParser, type EventSourceMessage } from "eventsource-parser";

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates to trust, PEM. */
  readonly ca?: string;
  readonly method?: string;
}

/** One exchange as seen on the connection, byte by byte, without a client library. */
export class RawExchange {
  status: number | undefined;
  headers: IncomingMessage["headers"] = {};
  /** Each piece of the body as it arrived. */
  readonly pieces: Buffer[] = [];
  /** How the exchange ended: `end`, or an error code. `undefined`: it has not ended. */
  over: string | undefined;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  readonly #watch = new ConditionWatch();

  constructor(url: string, body: string, { headers = {}, ca, method = "POST" }: AskOptions) {
    const options = { method, headers: { "content-type": "application/json", ...headers }, agent: false as const };
    this.#request = url.startsWith("https:") ? httpsRequest(url, { ...options, ca }) : httpRequest(url, options);
    this.#request.on("error", (error: NodeJS.ErrnoException) => {
      this.#end(error.code ?? error.message);
    });
    this.#request.on("response", (response) => {
      this.#response = response;
      this.status = response.statusCode;
      this.headers = response.headers;
      response.on("data", (piece: Buffer) => {
        this.pieces.push(piece);
        this.#watch.changed();
      });
      response.on("error", (error: NodeJS.ErrnoException) => {
        this.#end(error.code ?? error.message);
      });
      response.on("end", () => {
        this.#end("end");
      });
      this.#watch.changed();
    });
    this.#request.end(body);
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  get json(): unknown {
    return JSON.parse(this.text) as unknown;
  }

  /** The events so far, read by a parser from another package. */
  get events(): readonly EventSourceMessage[] {
    const events: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => void events.push(event) });
    parser.feed(this.text);
    return events;
  }

  get comments(): readonly string[] {
    const comments: string[] = [];
    const parser = createParser({ onComment: (comment) => void comments.push(comment) });
    parser.feed(this.text);
    return comments;
  }

  /** Resolves once `condition` holds. @throws if the exchange ends before that */
  async until(condition: (exchange: this) => boolean): Promise<this> {
    await this.#watch.until(() => condition(this) || this.over !== undefined);
    if (!condition(this)) throw new Error(`the exchange ended first: ${String(this.over)}, ${this.text.slice(0, 200)}`);
    return this;
  }

  async whole(): Promise<this> {
    await this.#watch.until(() => this.over !== undefined);
    return this;
  }

  head(): Promise<this> {
    return this.until(({ status }) => status !== undefined);
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  leave(): void {
    this.#request.destroy();
  }

  #end(how: string): void {
    this.over ??= how;
    this.#watch.changed();
  }
}

export function ask(url: string, body: unknown, options: AskOptions = {}): RawExchange {
  return new RawExchange(url, typeof body === "string" ? body : JSON.stringify(body), options);
}

/** A chat request in each dialect and wire. */
export const chats = {
  openai: { path: "/v1/chat/completions", body: { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } },
  azure: {
    path: "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
    body: { messages: [{ role: "user", content: "hi" }] },
  },
  anthropic: {
    path: "/v1/messages",
    body: { model: "claude-2", max_tokens: 10, messages: [{ role: "user", content: "hi" }] },
  },
  responses: { path: "/v1/responses", body: { model: "gpt-4", input: "hi" } },
} as const;
/** OpenAI's other wire. */
export const wires = ["openai", "azure", "anthropic", "responses"] as const;
export const dialects = ["openai", "azure", "anthropic"] as const;
