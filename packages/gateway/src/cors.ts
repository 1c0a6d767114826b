import { createError, type RouterError } from "@modelyard/core";
import type { Hosts } from "./hosts.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import type { GatewayOptions } from "./options.js";

/** How long a browser may remember a preflight, in seconds: as long as Chrome does at most. */
const maxAge = "7200";
/** Names of headers, with commas between them, of a length that somebody may mean. */
const headerNames = /^[\w!#$%&'*+.^`|~, \t-]{1,4096}$/u;

/** Whether it is a browser's question whether a page may send a request, and no request yet. */
export function isPreflight(request: GatewayRequest): boolean {
  return request.method === "OPTIONS" && request.header("access-control-request-method") !== undefined;
}

/**
 * Which web pages may call. No cookies are part of it: nothing here reads any, and a page has to show the key itself.
 * Without a master key everyone is served, so pages of others are refused, preflight or not: a browser sends
 * plain text without one.
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

  /** Why a page of `origin` gets no answer; `undefined`: it does. */
  refusal(request: GatewayRequest, origin: string): RouterError | undefined {
    if (this.#isAllowed(origin)) return undefined;
    if (isPreflight(request) || !(this.#needsKey || isOwnPage(request, origin, this.#hosts))) return notAllowed(origin);
    return undefined;
  }

  /** That a page may send what it asked for. */
  preflight(request: GatewayRequest): GatewayResponse {
    const headers: Record<string, string> = {
      "access-control-allow-methods": this.#methods,
      "access-control-max-age": maxAge,
    };
    const asked = request.header("access-control-request-headers");
    if (asked !== undefined && headerNames.test(asked)) headers["access-control-allow-headers"] = asked;
    // No 204: Node's server says a length of 0, which a 204 must not.
    return { status: 200, headers, body: undefined };
  }

  /**
   * The same answer, with whether a page may read it.
   * @param origin - `undefined`: no page asked; a cache may give the answer to one
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
 * Whether the page came from where its request goes. Browsers say so themselves, but not over plain http to a name;
 * there such a name may be anybody's, who has it lead here since.
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
