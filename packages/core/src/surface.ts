import type { Cancellation } from "./cancellation.js";
import type { CallOptions } from "./call-options.js";
import type { AnswerOutcome, Engine, StreamOutcome } from "./engine.js";
import type { RouterError } from "./errors/index.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { StreamPart } from "./provider.js";
import type { Trail } from "./trail.js";

/** A body or a piece of one. Strings are sent as UTF-8. */
export type Bytes = Uint8Array | string;

/** What a surface can see of a request besides its body. */
export interface RequestHead {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** @param name - lower case */
  header(name: string): string | undefined;
  /** The names of all headers, in lower case; some may occur twice. Not set: the server does not list them. */
  headerNames?(): Iterable<string>;
  /**
   * A field of the query, decoded. If it occurs several times, the first one.
   * @param name - case-sensitive. Not set: the server does not know the query
   */
  query?(name: string): string | undefined;
  /** All fields of the query, decoded, in their order. Not set: the server does not know them. */
  queryFields?(): Iterable<readonly [name: string, value: string]>;
}

/** The parts of a path that stand for `{name}` in its route, decoded. */
export type RouteParams = Readonly<Record<string, string>>;

interface RoutePlace {
  readonly method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT";
  /**
   * The whole path, e.g. `/v1/messages`. `{name}` stands for one segment and, at the end, `{name...}` for all that
   * remain: both reach the surface as {@link RouteParams}. Paths without either are looked up first. `GET` answers
   * `HEAD` too.
   */
  readonly path: string;
  /** Further paths that are served alike. The answer to an unknown path does not list them. */
  readonly aliases?: readonly string[];
  /**
   * Whether the route serves this request. Not set: it serves all. This lets surfaces share a path: routes with this
   * method come first, in the order of the surfaces. Must not throw.
   */
  accepts?(head: RequestHead): boolean;
}

/** A route whose requests are calls to the engine. They always need the key. */
export interface CallRoute extends RoutePlace {
  readonly operation: OperationName;
  /**
   * The longest request body, in bytes, above 0: for uploads, for example. A lower limit that the gateway is given applies
   * here too. @defaultValue the gateway's
   */
  readonly maxRequestBytes?: number;
  /**
   * Answers a call that failed without its vendor, for example with an estimate.
   * @returns `undefined`: the failure is the answer
   */
  readonly instead?: (error: RouterError, request: JsonObject) => SurfaceAnswer | undefined;
}

/** What a route that makes no call can use to answer. */
export interface AnswerContext {
  readonly engine: Engine;
  readonly params: RouteParams;
  /** Cancelled when the client leaves. */
  readonly cancellation: Cancellation;
  /**
   * The whole body, decoded.
   * @throws (rejects with) a `RouterError` if it is longer than the gateway allows, or cannot be decoded
   */
  body(): Promise<Uint8Array>;
}

/** A route that is answered without a call, e.g. the list of models. */
export interface AnswerRoute extends RoutePlace {
  /** Whether it is answered without a key. @defaultValue false */
  readonly open?: boolean;
  /** @throws (or rejects with) a `RouterError`, which is sent as `writeError` writes it */
  answer(head: RequestHead, context: AnswerContext): RouteAnswer | Promise<RouteAnswer>;
}

/** An answer as it is sent, or a stream whose parts the surface's `events` write. */
export type RouteAnswer = StreamOutcome | SurfaceAnswer;

export type SurfaceRoute = AnswerRoute | CallRoute;

/** What a surface reads from a request. */
export interface SurfaceCall<Context = unknown> {
  readonly request: JsonObject;
  /** The operation that the body is for, if it is not the one of its route. @defaultValue the route's */
  readonly operation?: OperationName;
  /** See {@link CallOptions}. */
  readonly requestText?: CallOptions["requestText"];
  /** More options, e.g. from fields of the wire. Options in `x-litellm-*` headers take precedence. */
  readonly options?: Omit<CallOptions, GatewayOption>;
  /**
   * What `write` and `events` need to know about the request. It is kept until the answer is sent, so keep it small.
   * Not set: they need nothing, which saves one promise per request.
   */
  readonly context?: Context;
}

/** Options that belong to the gateway, whichever surface reads the request. */
type GatewayOption = "caller" | "callId" | "cancellation" | "fromClient" | "requestText" | "signal";

/** An answer whose body is known in full. The gateway adds its own headers, such as `x-litellm-*` and `retry-after`. */
export interface SurfaceAnswer {
  readonly status: number;
  /** Names in lower case. `content-length` and other headers about framing are up to the server and are dropped. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes | undefined;
}

/** Writes one stream. It may keep state, such as the index of the current content block. */
export interface StreamWriter {
  /** E.g. `text/event-stream`. */
  readonly contentType: string;
  /** More headers of the answer, with names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent between parts while the vendor is silent; clients ignore it. Not set: nothing may be sent then. */
  readonly ping?: Bytes;
  /** @returns what is sent for a part; `undefined` or an empty string: nothing */
  part(part: StreamPart): Bytes | undefined;
  /**
   * Called once, if the stream is complete.
   * @returns what is sent before the body ends, such as the wire's end mark
   */
  end(trail: Trail): Bytes | undefined;
  /**
   * Called once, if the stream broke. `end` is not called then.
   * @returns what reports the failure in the stream. `undefined`: the wire cannot say it, so the connection is closed
   * before the body ends, and no client takes the answer for a whole one
   */
  error(error: RouterError): Bytes | undefined;
}

/**
 * What the gateway serves for one wire: its paths, and how its requests, answers, errors and streams look. Keys,
 * drains, limits on bodies, encodings, `x-litellm-*` options and headers, pings and CORS belong to the gateway and work
 * for every surface alike. Bodies are bytes, so that uploads and binary answers fit.
 */
export interface Surface<Context = unknown> {
  /** Used in messages, e.g. `openai`. */
  readonly name: string;
  readonly routes: readonly SurfaceRoute[];
  /**
   * Headers in which clients of this wire present their key as it is, in lower case. They are read after
   * `x-litellm-api-key` and `authorization`, which hold for every surface, and also count if `authorization` has another
   * key.
   */
  readonly keyHeaders?: readonly string[];
  /**
   * Reads a request. May return a promise, for bodies so long that reading them at once would hold up other requests.
   * @param body - all of it, decoded, within the gateway's limit
   * @throws (or rejects with) a `RouterError` of the kind `bad_request` that says what is wrong, and where
   */
  read(
    body: Uint8Array,
    head: RequestHead,
    match: { readonly route: CallRoute; readonly params: RouteParams },
  ): SurfaceCall<Context> | Promise<SurfaceCall<Context>>;
  /** Writes an answer that is complete. A long one may be written in several turns of the event loop. */
  write(outcome: AnswerOutcome, context: Context | undefined): SurfaceAnswer | Promise<SurfaceAnswer>;
  /**
   * A writer for one stream.
   * @param trail - grows until the stream is over
   */
  events(trail: Trail, context: Context | undefined): StreamWriter;
  /**
   * Writes a failure before the first byte of an answer, with the status that clients of this wire expect.
   * @param callId - of the call that failed. `undefined`: it failed before it was a call, e.g. for a wrong key
   */
  writeError(error: RouterError, callId: string | undefined): SurfaceAnswer;
}
