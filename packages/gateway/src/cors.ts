import type { RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import type { Hosts } from "./hosts.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import type { GatewayOptions } from "./options.js";

/** How long a browser may cache the answer to a preflight, in seconds. It is the most that Chrome allows. */
const maxAge = "7200";
/** A list of header names, of a reasonable length. */
const headerNames = /^[\w!#$%&'*+.^`|~, \t-]{1,4096}$/u;

/** Whether a request is a preflight: a browser asks whether a page may send the real request. */
export function isPreflight(request: GatewayRequest): boolean {
  return request.method === "OPTIONS" && request.header("access-control-request-method") !== undefined;
}

/**
 * Which web pages may call. Cookies do not matter: the gateway ignores them, and a page must send the key itself.
 * Without a master key every caller is served, so pages of other origins are refused. That includes requests without a
 * preflight, because browsers send plain text without one.
 */
export class Cors {
  readonly #allowed: ReadonlySet<string>;
  readonly #all: boolean;
  readonly #needsKey: boolean;
  readonly #hosts: Hosts;
  readonly #methods: string;

  /** @param methods - those that are served, as a header lists them */
  constructor({ masterKey, allowedOrigins }: GatewayOptions, hosts: Hosts, methods: string) {
    this.#methods = methods;
    this.#hosts = hosts;
    this.#needsKey = masterKey !== undefined;
    this.#allowed = new Set(allowedOrigins ?? (this.#needsKey ? ["*"] : []));
    this.#all = this.#allowed.has("*");
  }

  /** Why a page of `origin` is refused, or `undefined` if it is allowed. */
  refusal(request: GatewayRequest, origin: string): RouterError | undefined {
    if (this.#isAllowed(origin)) return undefined;
    if (isPreflight(request) || !(this.#needsKey || isOwnPage(request, origin, this.#hosts))) return notAllowed(origin);
    return undefined;
  }

  /** Tells a browser that a page may send its request. */
  preflight(request: GatewayRequest): GatewayResponse {
    const headers: Record<string, string> = {
      "access-control-allow-methods": this.#methods,
      "access-control-max-age": maxAge,
    };
    const asked = request.header("access-control-request-headers");
    if (asked !== undefined && headerNames.test(asked)) headers["access-control-allow-headers"] = asked;
    // Not a 204, since Node's server would send a length of 0 with it, which HTTP forbids.
    return { status: 200, headers, body: undefined };
  }

  /**
   * The same answer, with headers that say whether a page may read it.
   * @param origin - of the page that asks. `undefined`: no page asks, but a cache may give the answer to one
   */
  mark(answer: GatewayResponse, origin: string | undefined): GatewayResponse {
    if (this.#allowed.size === 0) return answer;
    const headers: Record<string, string> = { ...answer.headers };
    if (!this.#all) headers["vary"] = headers["vary"] === undefined ? "origin" : `${headers["vary"]}, origin`;
    if (this.#all || (origin !== undefined && this.#allowed.has(origin))) {
      headers["access-control-allow-origin"] = this.#all ? "*" : (origin ?? "");
      headers["access-control-expose-headers"] = "*";
    }
    return { ...answer, headers };
  }

  #isAllowed(origin: string): boolean {
    return this.#all || this.#allowed.has(origin);
  }
}

/**
 * Whether a page calls the server that it was loaded from. Browsers say so in a header, except over plain http to a host
 * name. Such a name could belong to an attacker who has pointed it at this machine in the meantime.
 */
function isOwnPage(request: GatewayRequest, origin: string, hosts: Hosts): boolean {
  const site = request.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const host = request.header("host");
  return host !== undefined && hosts.isKnown(host) && origin === `http://${host}`;
}

function notAllowed(origin: string): RouterError {
  return createError({
    kind: "permission_denied",
    code: "origin_not_allowed",
    message: `Pages of ${origin.slice(0, 200)} may not call this server. Name the origin in allowedOrigins (cors_allow_origins in a file).`,
  });
}
