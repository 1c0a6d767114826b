import type { Deployment, Secret } from "@modelyard/core";

/** Where a call goes: everything about it but its body. */
export interface Endpoint {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers of the configuration, under lower-case names. Those that come from files often end in a line break. */
export function configuredHeaders({ connection }: Deployment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(connection.headers)) headers[name.toLowerCase()] = value.reveal().trim();
  return headers;
}

/** What an address is made of. */
export interface EndpointParts {
  /** Without a `/` at its end. */
  readonly baseUrl: string;
  /** Behind the base, from the `/` on; may have a query. */
  readonly path: string;
  /** Headers that say who calls. */
  readonly auth: Readonly<Record<string, string>>;
}

/** The endpoint of a vendor without habits of its own. @throws a `TypeError` for a base that is not a URL */
export function plainEndpoint(deployment: Deployment, { baseUrl, path, auth }: EndpointParts): Endpoint {
  const base = new URL(baseUrl);
  const url = new URL(base.origin + base.pathname.replace(/\/+$/u, "") + path);
  for (const [name, value] of base.searchParams) url.searchParams.append(name, value);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    headers: {
      accept: "application/json",
      // Without it any compression may come.
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
