import { createNodeServer, type NodeServer } from "../../src/node.js";
import { type Gateway, toFetchHandler } from "../../src/index.js";
import { listen } from "./listen.js";

export interface ServedGateway {
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  /** Only over sockets. */
  readonly server: NodeServer | undefined;
}

/** Both ways to serve a gateway, until the end of the test: in process, and over sockets. */
export const adapters = {
  fetch: (gateway) => {
    const handler = toFetchHandler(gateway);
    return Promise.resolve({ server: undefined, send: (path, init) => handler(`http://localhost${path}`, init) });
  },
  node: async (gateway) => {
    const server = createNodeServer(gateway);
    const origin = `http://127.0.0.1:${String(await listen(server.server))}`;
    return { server, send: (path, init) => fetch(origin + path, init) };
  },
} satisfies Readonly<Record<string, (gateway: Gateway) => Promise<ServedGateway>>>;

export const adapterNames = Object.keys(adapters) as (keyof typeof adapters)[];

/** A `fetch` for SDKs whose base URL is any address. */
export function sdkFetch(send: ServedGateway["send"]): typeof fetch {
  return (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    return send(pathname + search, init);
  };
}

export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}
