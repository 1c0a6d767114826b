import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { Cancellation, type Clock, sleep } from "@modelyard/core";
import type { Asked } from "./asked-call.js";
import type { Behaviour } from "./behaviour.js";
import { keepAliveOf } from "./dialect.js";
import type { UpstreamCall } from "./upstream-call.js";

/** Between what was sent last and the reset that follows, so that the former arrives. Milliseconds. */
const graceMs = 5;

/** Thrown into the play when nobody watches any more. */
export const curtain: unique symbol = Symbol("the caller left");

export interface ExchangeOptions {
  readonly response: ServerResponse;
  readonly asked: Asked;
  readonly behaviour: Behaviour;
  readonly call: UpstreamCall;
  readonly clock: Clock;
}

/**
 * One request that is being answered: all that is sent goes through here. Whatever waits throws {@link curtain} when the
 * connection is gone.
 */
export class Exchange {
  readonly asked: Asked;
  readonly behaviour: Behaviour;
  /** Whether we cut the connection, and not the caller. */
  cut = false;
  readonly #response: ServerResponse;
  readonly #call: UpstreamCall;
  readonly #clock: Clock;
  readonly #gone = new Cancellation();
  readonly #sizes: readonly number[];
  readonly #ownHeaders: Readonly<Record<string, string>>;
  /** What `atOnce` holds back until the end, or until something else happens. */
  #held = "";
  #piece = 0;

  constructor({ response, asked, behaviour, call, clock }: ExchangeOptions) {
    this.asked = asked;
    this.behaviour = behaviour;
    this.#response = response;
    this.#call = call;
    this.#clock = clock;
    this.#ownHeaders = {
      [asked.wire?.requestIdHeader ?? (asked.dialect === "anthropic" ? "request-id" : "x-request-id")]: call.requestId,
      ...(behaviour.gzip === true ? { "content-encoding": "gzip" } : {}),
    };
    const { splitBytes, fault } = behaviour;
    const cuts = fault === "trickle" ? 1 : splitBytes;
    this.#sizes = cuts === undefined ? [] : typeof cuts === "number" ? [cuts] : cuts;
  }

  /** The connection is gone. */
  over(): void {
    this.#gone.cancel(curtain);
  }

  async wait(ms: number | undefined): Promise<void> {
    if (ms === undefined || ms <= 0) this.#gone.throwIfCancelled();
    else await sleep(this.#clock, ms, this.#gone);
  }

  /** As {@link Exchange.wait}, with comments on the way when the behaviour wants them. Only within a stream. */
  async pause(ms: number | undefined): Promise<void> {
    const everyMs = Math.max(1, this.behaviour.commentMs ?? Number.POSITIVE_INFINITY);
    let left = ms ?? 0;
    for (; left > everyMs; left -= everyMs) {
      await this.wait(everyMs);
      await this.#pieces(keepAliveOf(this.asked));
    }
    await this.wait(left);
  }

  /** Silence; within a stream with comments when the behaviour wants them. */
  async hang(commentMs?: number, filler = keepAliveOf(this.asked)): Promise<never> {
    await this.#flush();
    for (;;) {
      await this.wait(commentMs ?? 2_000_000_000);
      if (commentMs !== undefined) await this.#pieces(filler);
    }
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#call.status = status;
    this.#response.writeHead(status, { ...this.#ownHeaders, ...headers, ...this.behaviour.headers });
    this.#response.flushHeaders();
  }

  /** Status, headers and the body in one. */
  async whole(status: number, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
    const bytes = this.#bytes(body);
    const { firstTokenMs } = this.behaviour;
    if (this.#sizes.length === 0 && firstTokenMs === undefined) {
      this.#call.status = status;
      this.#call.sentBytes += bytes.length;
      this.#response.writeHead(status, {
        ...this.#ownHeaders,
        "content-length": String(bytes.length),
        ...headers,
        ...this.behaviour.headers,
      });
      this.#response.end(bytes);
      return;
    }
    this.head(status, headers);
    await this.wait(firstTokenMs);
    await this.#pieces(body);
    this.#response.end();
  }

  /** Resolves when the reader took it: a slow reader slows the upstream. */
  async write(text: string): Promise<void> {
    if (this.behaviour.atOnce === true) this.#held += text;
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
    const betweenMs = Math.max(this.behaviour.pieceMs ?? 0, this.behaviour.fault === "trickle" ? 1 : 0);
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

  /** Hangs up, rudely, when what was sent has had time to arrive. */
  async reset(): Promise<void> {
    await this.#flush();
    if (this.#call.status !== undefined) await this.wait(graceMs);
    this.cut = true;
    const { socket } = this.#response;
    // Only a plain connection can be reset; a secured one is cut without its goodbye, which is the same to the other side.
    if (socket !== null && "encrypted" in socket) socket.destroy();
    else socket?.resetAndDestroy();
  }

  /** Bytes that are no HTTP, and the end. */
  babble(text: string): void {
    this.cut = true;
    this.#response.socket?.end(text);
  }

  #bytes(text: string): Buffer {
    const bytes = Buffer.from(this.behaviour.crlf === true ? text.replaceAll("\n", "\r\n") : text);
    // One compressed text after the other is a compressed text.
    return this.behaviour.gzip === true ? gzipSync(bytes) : bytes;
  }

  /** A turn of the event loop, so that the next piece goes out in a packet of its own. */
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
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a mark, not an error
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
