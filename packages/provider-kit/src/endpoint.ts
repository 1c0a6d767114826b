import type { Deployment, Secret } from "@modelyard/core";

/** Where a call goes, and its headers: everything about it except its body. */
export interface Endpoint {
  readonly origin: string;
  /** Includes the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The configured headers, under lower-case names. Values from files often end in a line break, which is removed. */
export function configuredHeaders({ connection }: Deployment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(connection.headers)) headers[name.toLowerCase()] = value.reveal().trim();
  return headers;
}

/** The parts of an address. */
export interface EndpointParts {
  /** Without a `/` at its end. */
  readonly baseUrl: string;
  /** Follows the base URL. Begins with a `/`, and may have a query. */
  readonly path: string;
  /** The headers that identify the caller. */
  readonly auth: Readonly<Record<string, string>>;
}

/** The endpoint of a vendor without special rules. @throws a `TypeError` for a base that is not a URL */
export function plainEndpoint(deployment: Deployment, { baseUrl, path, auth }: EndpointParts): Endpoint {
  const base = new URL(baseUrl);
  const url = new URL(base.origin + base.pathname.replace(/\/+$/u, "") + path);
  for (const [name, value] of base.searchParams) url.searchParams.append(name, value);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    headers: {
      accept: "application/json",
      // Without it, the vendor may use any compression.
      "accept-encoding": "identity",
      "content-type": "application/json",
      "user-agent": "modelyard",
      ...auth,
      ...configuredHeaders(deployment),
    },
  };
}

/** `Authorization: Bearer KEY`. */
export function bearer(apiKey: Secret | undefined): Readonly<Record<string, string>> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal().trim()}` };
}
