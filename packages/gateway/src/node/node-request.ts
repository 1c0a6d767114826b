import type { IncomingMessage } from "node:http";
import { type Cancellation, createError } from "@modelyard/core";
import type { GatewayRequest } from "../http.js";

function tooLarge(limit: number): Error {
  return createError({ kind: "payload_too_large", message: `The body is longer than ${String(limit)} bytes.` });
}

/** A request as `node:http` gives it. */
export class NodeRequest implements GatewayRequest {
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

  query(name: string): string | undefined {
    const url = this.#message.url ?? "";
    // Read when it is asked for: few requests have any, and calls do not ask.
    return url.length > this.path.length
      ? (new URLSearchParams(url.slice(this.path.length)).get(name) ?? undefined)
      : undefined;
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
