import type { IncomingMessage } from "node:http";
import type { Cancellation } from "@modelyard/core/kit";
import { createError } from "@modelyard/core/kit";
import { tooLarge } from "../body-errors.js";
import { describesEncoding } from "../encoded-body.js";
import { NodeRequest } from "./node-request.js";

/** Where middleware keeps a body that it has read: `rawBody` has its bytes, and `body` what was parsed. */
interface ParsedMessage extends IncomingMessage {
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

const encoder = new TextEncoder();

/** A request whose body was read before the gateway got it, by `express.json()` for example. */
export class ParsedRequest extends NodeRequest {
  readonly #message: ParsedMessage;

  constructor(message: IncomingMessage, cancellation: Cancellation, basePath: string) {
    super(message, cancellation, basePath);
    this.#message = message;
  }

  /** Middleware decompresses bodies, so headers about the compressed one are hidden. */
  override header(name: string): string | undefined {
    return describesEncoding(name) ? undefined : super.header(name);
  }

  override async body(limit: number): Promise<Uint8Array> {
    const { rawBody, body } = this.#message;
    const bytes = bytesOf(rawBody) ?? bytesOf(body) ?? this.#written(body);
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }

  #written(body: unknown): Uint8Array {
    const type = this.header("content-type") ?? "";
    if (body !== undefined && /^[^;]*[/+]json\b/iu.test(type)) return encoder.encode(JSON.stringify(body));
    throw createError({
      kind: "internal_server",
      code: "body_already_read",
      message:
        "A middleware of this server has read the body of the request, and did not keep its JSON. Mount the gateway before middleware that reads bodies, such as express.json().",
    });
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === "string" ? encoder.encode(value) : value instanceof Uint8Array ? value : undefined;
}
