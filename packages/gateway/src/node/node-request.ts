import type { IncomingMessage } from "node:http";
import { type Cancellation, joinInTurns } from "@modelyard/core/kit";
import { tooLarge } from "../body-errors.js";
import { pathBelow } from "../base-path.js";
import type { Decoders, GatewayRequest } from "../http.js";
import { zlibDecoders } from "./zlib-decoders.js";

/** A request as `node:http` gives it. */
export class NodeRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation: Cancellation;
  readonly #message: IncomingMessage;
  /** The lengths of the headers' names, as bits. */
  readonly #lengths: number;

  /**
   * @param basePath - the path that the gateway is mounted at, as `checkedBasePath` returns it
   * @throws `unknown_route` for a path outside of it
   */
  constructor(message: IncomingMessage, cancellation: Cancellation, basePath = "") {
    this.#message = message;
    this.#lengths = lengthsOf(message.rawHeaders);
    this.cancellation = cancellation;
    this.method = message.method ?? "GET";
    const url = message.url ?? "/";
    const query = url.indexOf("?");
    const path = query === -1 ? url : url.slice(0, query);
    this.path = basePath === "" ? path : pathBelow(basePath, this.method, path);
  }

  get decoders(): Decoders | undefined {
    return zlibDecoders();
  }

  query(name: string): string | undefined {
    return this.#query?.get(name) ?? undefined;
  }

  queryFields(): Iterable<[string, string]> {
    return this.#query ?? [];
  }

  /** Parsed on demand: few requests have a query, and calls do not ask for it. */
  get #query(): URLSearchParams | undefined {
    const url = this.#message.url ?? "";
    const query = url.indexOf("?");
    return query === -1 ? undefined : new URLSearchParams(url.slice(query));
  }

  header(name: string): string | undefined {
    // A call is asked for a dozen headers and has few of them. Most of the others are ruled out by their length, which
    // saves 0.2 us of CPU time per request with the 18 headers of OpenAI's SDK.
    if ((this.#lengths & (1 << name.length)) === 0) return undefined;
    // `message.headers` would first collect all of them in an object.
    const { rawHeaders } = this.#message;
    let found: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const key = rawHeaders[index] ?? "";
      // The first letter rules out most names of the same length without a copy in lower case.
      if (key.length !== name.length || (key.charCodeAt(0) | 32) !== (name.charCodeAt(0) | 32)) continue;
      if (key.toLowerCase() !== name) continue;
      const value = rawHeaders[index + 1] ?? "";
      if (found === undefined) found = value;
      // Of two credentials the first counts.
      else if (name !== "authorization") found = `${found}, ${value}`;
    }
    return found;
  }

  headerNames(): Iterable<string> {
    return this.#message.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  }

  body(limit: number): Promise<Uint8Array> {
    const message = this.#message;
    return new Promise((resolve, reject) => {
      if (Number(this.header("content-length") ?? 0) > limit) {
        reject(tooLarge(limit));
        return;
      }
      const body = new WholeBody(
        limit,
        (bytes) => {
          this.cancellation.remove(reject);
          resolve(bytes);
        },
        reject,
      );
      if (!giveBody(message, body)) readBody(message, body);
      // The client may leave before it has sent everything.
      this.cancellation.add(reject);
    });
  }
}

/** A bit for each length that occurs among the names. Lengths that differ by 32 share one. */
function lengthsOf(rawHeaders: readonly string[]): number {
  let lengths = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) lengths |= 1 << (rawHeaders[index] ?? "").length;
  return lengths;
}

function readBody(message: IncomingMessage, taker: BodyTaker): void {
  const onData = (piece: Buffer): void => {
    if (!taker.take(piece)) message.off("data", onData);
  };
  message.on("data", onData);
  message.on("end", () => {
    taker.end();
  });
}

/** Longer bodies, in bytes, are put together in several turns of the event loop. */
const longBody = 4 * 1024 * 1024;

class WholeBody implements BodyTaker {
  readonly #limit: number;
  readonly #resolve: (bytes: Uint8Array | Promise<Uint8Array>) => void;
  readonly #reject: (reason: unknown) => void;
  #first: Buffer | undefined = undefined;
  #pieces: Buffer[] | undefined = undefined;
  #size = 0;

  /** @param limit - in bytes */
  constructor(
    limit: number,
    resolve: (bytes: Uint8Array | Promise<Uint8Array>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  take(piece: Buffer): boolean {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      this.#reject(tooLarge(this.#limit));
      return false;
    }
    if (this.#first === undefined) this.#first = piece;
    else if (this.#pieces === undefined) this.#pieces = [this.#first, piece];
    else this.#pieces.push(piece);
    return true;
  }

  end(): void {
    if (this.#pieces === undefined) this.#resolve(this.#first ?? new Uint8Array());
    else this.#resolve(this.#size > longBody ? joinInTurns(this.#pieces) : Buffer.concat(this.#pieces));
  }
}

/** Reads a body piece by piece. */
export interface BodyTaker {
  /** @returns whether it wants more pieces */
  take(piece: Buffer): boolean;
  end(): void;
}

const giveTo = Symbol("giveTo");

interface Direct {
  [giveTo](taker: BodyTaker): boolean;
}

/**
 * Node's class of requests, with bodies that can be read directly from its parser (docs/internals.md, "Bodies come
 * directly from the parser"). Bodies without a taker are read as streams. It overrides `push`, which Node's parser calls
 * for each piece and with `null` at the end. `node-request.test.ts` fails where a version of Node does that differently,
 * and CI runs it on all supported versions.
 */
export function directMessages(Base: typeof IncomingMessage): typeof IncomingMessage {
  return class DirectMessage extends Base implements Direct {
    #taker: BodyTaker | undefined = undefined;

    [giveTo](taker: BodyTaker): boolean {
      if (this.complete || this.readableLength > 0) return false;
      this.#taker = taker;
      // Node now considers the body as being read. Otherwise it would discard the rest once the answer is sent.
      this._read(0);
      return true;
    }

    /** Called by the parser. */
    override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
      const taker = this.#taker;
      if (taker === undefined) return super.push(piece, encoding);
      if (piece !== null && taker.take(piece)) return true;
      // The message lives as long as its answer takes, and would keep the body in memory.
      this.#taker = undefined;
      if (piece !== null) return super.push(piece);
      taker.end();
      return false;
    }
  };
}

/**
 * Passes the body of a request to a taker.
 * @returns whether it does; if not, the body can only be read as a stream
 */
export function giveBody(message: IncomingMessage, taker: BodyTaker): boolean {
  return (message as Partial<Direct>)[giveTo]?.(taker) ?? false;
}
