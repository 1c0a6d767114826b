import type { buildConnector, Client } from "undici";
import { type Connector, publicLookup, publicOnly } from "./public-lookup.js";

/** What `tls.connect` is given. */
export type TlsOptions = Readonly<Record<string, unknown>>;

/** The parts of undici that are used. */
export interface Undici {
  readonly Client: new (origin: string, options: Client.Options) => Client;
  /** One for the whole transport, so that TLS sessions are shared. */
  readonly connect: Connector;
  /** For requests that may only go to public addresses. */
  readonly connectPublic: Connector;
}

/**
 * Loads only the client: the package as a whole, with its `fetch`, takes four times as long and ten times the memory.
 * The version is pinned in package.json.
 */
export async function loadUndici(tls: () => TlsOptions): Promise<Undici> {
  const [client, connector] = (await Promise.all([
    // @ts-expect-error -- the types of the inner modules are those of the package
    import("undici/lib/dispatcher/client.js"),
    // @ts-expect-error -- as above
    import("undici/lib/core/connect.js"),
  ])) as [{ readonly default: Undici["Client"] }, { readonly default: typeof buildConnector }];
  // Each request has its own limit for connecting.
  const options = { timeout: 0, ...tls() };
  return {
    Client: client.default,
    connect: connector.default(options),
    connectPublic: publicOnly(connector.default({ ...options, lookup: publicLookup })),
  };
}
