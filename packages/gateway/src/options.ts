import type { CallOptions, Clock, RouterError, Secret, Surface, Trail } from "@modelyard/core";
import type { Bytes } from "@modelyard/core/kit";
import type { GatewayRequest, GatewayResponse } from "./http.js";

/** A request to a custom route, with the services that the gateway provides for calls. */
export interface RouteRequest extends GatewayRequest {
  /**
   * The whole body, decompressed. `content-encoding` and `content-length` of a compressed one are hidden.
   * @param limit - in bytes. @defaultValue `maxRequestBytes` of the gateway
   * @throws `payload_too_large` as soon as it is longer, `unsupported_encoding` or `invalid_encoding` if it cannot be
   * decompressed
   */
  body(limit?: number): Promise<Uint8Array>;
  /** The client's own id for its call (`x-litellm-call-id`) if it is valid, else a new one. */
  readonly callId: string;
  /**
   * What the client asks for in headers (`x-litellm-timeout` and the like), as options for a call of the router. They
   * carry the call's id, its cancellation and its partition of the response cache.
   * @throws `bad_request` naming a header that cannot be read
   */
  options(): CallOptions;
}

export interface RouteResponse extends GatewayResponse {
  /** How the answer came about: it is shown in `x-litellm-*` headers, as for calls. */
  readonly trail?: Trail | undefined;
}

/** A route besides those of the surfaces, e.g. `/metrics`. It replaces one with the same method and path. */
export interface ExtraRoute {
  /** A `GET` answers `HEAD` too, without its body. */
  readonly method: "GET" | "POST";
  /** The whole path, beginning with a slash. Patterns are not supported. */
  readonly path: string;
  /** Whether it answers without the master key. */
  readonly open: boolean;
  /** Whether requests get a 503 (`shutting_down`) while the server drains. @defaultValue true for `POST`, false for `GET` */
  readonly refusedWhileDraining?: boolean | undefined;
  /**
   * Sent whenever a streamed body is silent for `pingMs`, e.g. `": ping\n\n"` for server-sent events. The body must then
   * yield whole events. @defaultValue nothing is sent
   */
  readonly ping?: Bytes | undefined;
  handle(request: RouteRequest): Promise<RouteResponse> | RouteResponse;
}

export interface GatewayOptions {
  /**
   * The APIs that are served. Errors of unknown paths are written by the surface with the most similar path, else by the
   * first one; those of custom routes always by the first.
   * @defaultValue `[openaiSurface, responsesSurface, messagesSurface]`
   */
  readonly surfaces?: readonly Surface[] | undefined;
  /** The key that everything except `/health/*` and open routes then requires. @defaultValue none: anyone may call */
  readonly masterKey?: string | Secret | undefined;
  /**
   * The only header that may carry the master key.
   * @defaultValue `x-litellm-api-key` if it is there, else `authorization` or a header of the surface (`x-api-key` and
   * `api-key` for OpenAI's and for routes that belong to no surface), whichever has the key
   */
  readonly keyHeader?: string | undefined;
  /**
   * Origins of web pages that may call (CORS), as browsers write them: `https://app.example.com`. `*` allows all. Without
   * a master key, pages of other origins get a 403, because anyone who can reach the gateway is served.
   * @defaultValue `["*"]` with a master key, `[]` without
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Without a master key: host names that the server answers to, with or without a port, e.g. `llm.example.com`. `*` allows
   * any. IP addresses and `localhost` are always allowed. Other names get a 403, because the owner of a web page could
   * point a name at this server and read its answers (DNS rebinding). With a master key every name is allowed.
   * @defaultValue none
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The longest request body, in bytes, above 0. @defaultValue 33_554_432, the limit of Anthropic's API */
  readonly maxRequestBytes?: number | undefined;
  /**
   * How long a stream that has begun may be silent before a ping is sent, so that no proxy on the way closes the
   * connection while the vendor thinks. Milliseconds, above 0. @defaultValue no pings are sent
   */
  readonly pingMs?: number | undefined;
  /** For pings. @defaultValue the platform's */
  readonly clock?: Clock | undefined;
  readonly routes?: readonly ExtraRoute[] | undefined;
  /** Called with internal errors. A `RouterError` is not one: the router's events report those. */
  readonly onError?: (fault: unknown) => void;
  /** Called for requests that never reach the engine and are in no event: a wrong key, an unknown route, invalid JSON. */
  readonly onRefused?: (error: RouterError, request: Pick<GatewayRequest, "method" | "path">) => void;
}
