import type { buildConnector, Client } from "undici";

/** What is used of undici. */
export interface Undici {
  readonly Client: new (origin: string, options: Client.Options) => Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads only the client: the package as a whole, with its `fetch`, takes four times as long and ten times the memory.
 * The version is pinned in package.json.
 */
export async function loadUndici(): Promise<Undici> {
  const [client, connector] = (await Promise.all([
    // @ts-expect-error -- the types of the inner modules are those of the package
    import("undici/lib/dispatcher/client.js"),
    // @ts-expect-error -- as above
    import("undici/lib/core/connect.js"),
  ])) as [{ readonly default: Undici["Client"] }, { readonly default: Undici["buildConnector"] }];
  return { Client: client.default, buildConnector: connector.default };
}
