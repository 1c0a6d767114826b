import type { RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import type { GatewayRequest } from "./http.js";
import type { GatewayOptions } from "./options.js";

/** Names that no attacker can point at this machine: IP addresses, and `localhost`, which browsers do not look up. */
const ownName = /^(?:(?:[\w-]+\.)*localhost|\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\])$/iu;
const port = /:\d*$/u;
/** Their answers only say that the process is alive, so every host name is allowed. */
const probes: ReadonlySet<string> = new Set(["/health/liveliness", "/health/liveness", "/health/readiness"]);

/**
 * Which host names the server answers to. Without a master key, the owner of a web page could point the page's own name
 * at this machine (DNS rebinding). The browser would take the answers for those of the page's server and let it read
 * them. So unknown names are refused.
 */
export class Hosts {
  readonly #named: ReadonlySet<string>;
  readonly #open: boolean;
  /** The last name that was allowed. Nearly all requests have the same one, so it need not be checked again. */
  allowed: string | undefined;

  constructor({ masterKey, allowedOrigins = [], allowedHosts = [] }: GatewayOptions) {
    this.#named = new Set(allowedHosts.map(plain));
    this.#open = masterKey !== undefined || allowedOrigins.includes("*") || this.#named.has("*");
  }

  /** Why a request with this `host` is refused, or `undefined` if it is allowed. */
  refusal(request: GatewayRequest, host: string): RouterError | undefined {
    // Several `host` headers, joined with a comma. RFC 9112, section 3.2, requires a 400.
    if (host.includes(",")) return severalHosts();
    if (this.#open || this.isKnown(host)) this.allowed = host;
    else if (!probes.has(request.path)) return notAllowed(host);
    return undefined;
  }

  /** Whether a name, with or without a port, is allowed, or cannot belong to an attacker. */
  isKnown(host: string): boolean {
    const name = plain(host).replace(port, "");
    return ownName.test(name) || this.#named.has(name) || this.#named.has(plain(host));
  }

  /**
   * Why a request without `Origin` from a page of another site is refused. Browsers send such requests for what a page
   * embeds, e.g. images. The page cannot read the answer, but the work would be done. Following a link is allowed.
   */
  crossSiteRefusal(request: GatewayRequest): RouterError | undefined {
    if (this.#open || request.header("sec-fetch-site") !== "cross-site") return undefined;
    const follows = request.header("sec-fetch-mode") === "navigate" && request.header("sec-fetch-dest") === "document";
    return follows && request.method === "GET" ? undefined : embedded();
  }
}

function plain(host: string): string {
  return host.toLowerCase().replace(/\.(?=:\d*$|$)/u, "");
}

function severalHosts(): RouterError {
  return createError({
    kind: "bad_request",
    code: "invalid_host",
    message: "The request has more than one host name. Send one Host header.",
  });
}

function notAllowed(host: string): RouterError {
  return createError({
    kind: "permission_denied",
    code: "host_not_allowed",
    message: `There is no master key, so requests for the host ${JSON.stringify(host.slice(0, 200))} are refused to protect against DNS rebinding. Set a master key, or add the name to allowedHosts (general_settings.allowed_hosts in a file).`,
  });
}

function embedded(): RouterError {
  return createError({
    kind: "permission_denied",
    code: "origin_not_allowed",
    message: "Pages of other sites may not embed content from this server. Set a master key.",
  });
}
