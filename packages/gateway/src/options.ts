import type { Clock, RouterError, Secret } from "@modelyard/core";
import type { GatewayRequest, GatewayResponse } from "./http.js";

/** A route beside the built-in ones, e.g. `/metrics`; of the same method and path as one before it, in its place. */
export interface ExtraRoute {
  /** A `GET` answers `HEAD` too, without its body. */
  readonly method: "GET" | "POST";
  /** Whole, from the first slash on: not a pattern. */
  readonly path: string;
  /** Whether it answers without the master key. */
  readonly open: boolean;
  handle(request: GatewayRequest): Promise<GatewayResponse> | GatewayResponse;
}

export interface GatewayOptions {
  /** With it, everything but `/health/*` needs it. @defaultValue none: everybody may call */
  readonly masterKey?: string | Secret | undefined;
  /**
   * The only header that may carry the master key.
   * @defaultValue `x-litellm-api-key`, `authorization`, `x-api-key` or `api-key`: the first that is there
   */
  readonly keyHeader?: string | undefined;
  /**
   * Which web pages may call (CORS), as browsers name where they are from: `https://app.example.com`; `*`: all of them.
   * Without a master key pages of others are refused with a 403, since everyone who can reach the gateway is served.
   * @defaultValue `["*"]` with a master key, `[]` without
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Without a master key: further names that the server answers to, with or without a port, e.g. `modelyard` or
   * `llm.example.com`; `*`: any. IP addresses and `localhost` are always answered, other names get a 403, since a web
   * page could have a name of its own lead here and read the answers (DNS rebinding). With a master key all names are
   * answered. @defaultValue none
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Longest request body in bytes, above 0. @defaultValue 33_554_432, which is what Anthropic's API takes */
  readonly maxRequestBytes?: number | undefined;
  /**
   * Streams that have begun: a comment is sent after so long a silence, so that nobody on the way hangs up while the
   * vendor thinks. Milliseconds, above 0. @defaultValue none is sent
   */
  readonly pingMs?: number | undefined;
  /** For the silences. @defaultValue the platform's */
  readonly clock?: Clock | undefined;
  readonly routes?: readonly ExtraRoute[] | undefined;
  /** Told of what was thrown and should not have been: no `RouterError`, those are told by the router's events. */
  readonly onError?: (fault: unknown) => void;
  /** Told of requests that the engine never began, which no event tells of: a wrong key, an unknown route, no JSON. */
  readonly onRefused?: (error: RouterError, request: Pick<GatewayRequest, "method" | "path">) => void;
}
