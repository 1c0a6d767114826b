import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Clock } from "@modelyard/core";
import { Cancellation, sleep } from "@modelyard/core/kit";
import type { SentCall } from "./sent-call.js";
import type { Behavior } from "./behavior.js";
import { keepAliveOf } from "./dialect.js";
import type { UpstreamCall } from "./upstream-call.js";

/** Delay before a reset, so that what was sent before it arrives. Milliseconds. */
const graceMs = 5;

/** Thrown into a behavior when the caller has disconnected. */
export const callerGone: unique symbol = Symbol("the caller disconnected");

export interface ExchangeOptions {
  readonly response: ServerResponse;
  readonly sent: SentCall;
  readonly behavior: Behavior;
  readonly call: UpstreamCall;
  readonly clock: Clock;
}

/**
 * One request that is being answered. Everything that is sent goes through this class. Its waits throw {@link callerGone} when
 * the connection is closed.
 */
export class Exchange {
  readonly sent: SentCall;
  readonly behavior: Behavior;
  /** Whether this side closed the connection, not the caller. */
  cut = false;
  readonly #response: ServerResponse;
  readonly #call: UpstreamCall;
  readonly #clock: Clock;
  readonly #gone = new Cancellation();
  readonly #sizes: readonly number[];
  readonly #ownHeaders: Readonly<Record<string, string>>;
  /** What `atOnce` holds back until the end of the stream or the next wait. */
  #held = "";
  #piece = 0;

  constructor({ response, sent, behavior, call, clock }: ExchangeOptions) {
    this.sent = sent;
    this.behavior = behavior;
    this.#response = response;
    this.#call = call;
    this.#clock = clock;
    this.#ownHeaders = {
      [sent.wire?.requestIdHeader ?? (sent.dialect === "anthropic" ? "request-id" : "x-request-id")]: call.requestId,
      ...(behavior.gzip === true ? { "content-encoding": "gzip" } : {}),
    };
    const { splitBytes, fault } = behavior;
    const cuts = fault === "trickle" ? 1 : splitBytes;
    this.#sizes = cuts === undefined ? [] : typeof cuts === "number" ? [cuts] : cuts;
  }

  /** Call it when the connection is closed. */
  over(): void {
    this.#gone.cancel(callerGone);
  }

  async wait(ms: number | undefined): Promise<void> {
    if (ms === undefined || ms <= 0) this.#gone.throwIfCancelled();
    else await sleep(this.#clock, ms, this.#gone);
  }

  /** As {@link Exchange.wait}, but sends comments if the behavior asks for them. Only within a stream. */
  async pause(ms: number | undefined): Promise<void> {
    const everyMs = Math.max(1, this.behavior.commentMs ?? Number.POSITIVE_INFINITY);
    let left = ms ?? 0;
    for (; left > everyMs; left -= everyMs) {
      await this.wait(everyMs);
      await this.#pieces(keepAliveOf(this.sent));
    }
    await this.wait(left);
  }

  /** Waits until the caller disconnects. Within a stream it sends comments if the behavior asks for them. */
  async hang(commentMs?: number, filler = keepAliveOf(this.sent)): Promise<never> {
    await this.#flush();
    for (;;) {
      await this.wait(commentMs ?? 2_000_000_000);
      if (commentMs !== undefined) await this.#pieces(filler);
    }
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#call.status = status;
    this.#response.writeHead(status, { ...this.#ownHeaders, ...headers, ...this.behavior.headers });
    this.#response.flushHeaders();
  }

  /** Sends status, headers and body together. */
  async whole(status: number, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
    const bytes = this.#bytes(body);
    const { firstTokenMs } = this.behavior;
    if (this.#sizes.length === 0 && firstTokenMs === undefined) {
      this.#call.status = status;
      this.#call.sentBytes += bytes.length;
      this.#response.writeHead(status, {
        ...this.#ownHeaders,
        "content-length": String(bytes.length),
        ...headers,
        ...this.behavior.headers,
      });
      this.#response.end(bytes);
      return;
    }
    this.head(status, headers);
    await this.wait(firstTokenMs);
    await this.#pieces(body);
    this.#response.end();
  }

  /** Resolves when there is room for more, so that a slow reader slows the upstream down. */
  async write(text: string): Promise<void> {
    if (this.behavior.atOnce === true) this.#held += text;
    else await this.#pieces(text);
  }

  async #flush(): Promise<void> {
    const text = this.#held;
    this.#held = "";
    if (text !== "") await this.#pieces(text);
  }

  async #pieces(text: string): Promise<void> {
    const bytes = this.#bytes(text);
    if (this.#sizes.length === 0) {
      await this.#send(bytes);
      return;
    }
    const betweenMs = Math.max(this.behavior.pieceMs ?? 0, this.behavior.fault === "trickle" ? 1 : 0);
    for (let offset = 0; offset < bytes.length;) {
      const size = Math.max(1, this.#sizes[this.#piece % this.#sizes.length] ?? 1);
      this.#piece += 1;
      await this.#send(bytes.subarray(offset, offset + size));
      offset += size;
      if (betweenMs > 0) await this.wait(betweenMs);
      else await this.#turn();
    }
  }

  async end(): Promise<void> {
    await this.#flush();
    this.#response.end();
  }

  /** Resets the connection after a short delay, in which what was sent can arrive. */
  async reset(): Promise<void> {
    await this.#flush();
    if (this.#call.status !== undefined) await this.wait(graceMs);
    this.cut = true;
    const { socket } = this.#response;
    // Only a plain connection can be reset. A TLS connection is closed without a close_notify, which looks the same to clients.
    if (socket !== null && "encrypted" in socket) socket.destroy();
    else socket?.resetAndDestroy();
  }

  /** Sends bytes that are not HTTP, and closes the connection. */
  sendGarbage(text: string): void {
    this.cut = true;
    this.#response.socket?.end(text);
  }

  #bytes(text: string): Buffer {
    const bytes = Buffer.from(this.behavior.crlf === true ? text.replaceAll("\n", "\r\n") : text);
    // Concatenated gzip members are a valid gzip stream.
    return this.behavior.gzip === true ? gzipSync(bytes) : bytes;
  }

  /** Waits for a turn of the event loop, so that the next piece is sent in a separate packet. */
  async #turn(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.#gone.throwIfCancelled();
  }

  async #send(bytes: Buffer): Promise<void> {
    this.#gone.throwIfCancelled();
    this.#call.sentBytes += bytes.length;
    if (this.#response.write(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const onGone = (reason: unknown): void => {
        this.#response.off("drain", onDrain);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a symbol that marks the end, not an error
        reject(reason);
      };
      const onDrain = (): void => {
        this.#gone.remove(onGone);
        resolve();
      };
      this.#response.once("drain", onDrain);
      this.#gone.add(onGone);
    });
  }
}
