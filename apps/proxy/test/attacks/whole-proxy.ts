import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { silentLogger } from "@modelyard/core";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";

/** A proxy that is created from a configuration file: router, gateway and server, with real sockets on both sides. */
export interface WholeProxy {
  readonly yaml: YamlRouter;
  readonly port: number;
  readonly origin: string;
  /** Makes a chat call, with the master key unless other headers are given. */
  chat(body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The code of an error. */
  readonly code: unknown;
  readonly param: unknown;
}

export const hello = [{ role: "user", content: "hi" }] as const;

export async function startWhole(file: string): Promise<WholeProxy> {
  const yaml = await routerFromYaml(file, { env: {}, logger: silentLogger });
  const { proxy } = yaml.config;
  const gateway = createGateway(yaml.router, {
    masterKey: proxy.masterKey,
    allowedOrigins: proxy.allowedOrigins,
    allowedHosts: proxy.allowedHosts,
    routes: yaml.routes,
  });
  const { server } = createNodeServer(gateway);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${String(port)}`;
  const key = proxy.masterKey?.reveal();
  return {
    yaml,
    port,
    origin,
    chat: async (body, headers = key === undefined ? {} : { authorization: `Bearer ${key}` }) =>
      read(
        await fetch(`${origin}/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify({ messages: hello, ...body }),
        }),
      ),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await yaml.close();
    },
  };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  let error: { readonly code?: unknown; readonly param?: unknown } = {};
  if (response.status >= 400) error = (JSON.parse(text) as { readonly error: typeof error }).error;
  return { status: response.status, headers: response.headers, text, code: error.code, param: error.param };
}

/** The servers that a test has opened; closes them in the opposite order. */
export class Opened {
  readonly #closing: (() => Promise<void>)[] = [];

  async whole(file: string): Promise<WholeProxy> {
    const proxy = await startWhole(file);
    this.#closing.push(() => proxy.close());
    return proxy;
  }

  async upstream(): Promise<Upstream> {
    const upstream = await startUpstream();
    this.#closing.push(() => upstream.close());
    return upstream;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
  }
}
