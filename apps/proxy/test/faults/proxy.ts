import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway, type Gateway, type GatewayOptions } from "@modelyard/gateway";
import { createNodeServer, type NodeServer, type NodeServerOptions } from "@modelyard/gateway/node";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { createRouter, openai, type Router } from "modelyard";

type RouterOptions = Parameters<typeof createRouter>[0];

export interface Proxy {
  readonly upstream: Upstream;
  readonly router: Router;
  readonly gateway: Gateway;
  readonly server: NodeServer;
  readonly port: number;
  readonly origin: string;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly router?: Partial<RouterOptions>;
  readonly gateway?: GatewayOptions;
  readonly server?: NodeServerOptions;
}

/** A proxy whose group `gpt` has one deployment, on the scripted upstream's host `a`. */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const upstream = await startUpstream();
  const router = createRouter({
    providers: [openai()],
    numRetries: 0,
    modelList: [
      { id: "a", modelName: "gpt", model: "openai/gpt-4", apiKey: "sk-canary", apiBase: `${upstream.url("a")}/v1` },
    ],
    ...options.router,
  });
  const gateway = createGateway(router, options.gateway);
  const server = createNodeServer(gateway, options.server);
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    upstream,
    router,
    gateway,
    server,
    port,
    origin: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      server.server.closeAllConnections();
      server.server.close();
      await router.close();
      await upstream.close();
    },
  };
}

/** Whether no request is in progress and no parallel slot is taken. */
export function quiet(router: Router): boolean {
  const deployments = router.state().groups.flatMap((group) => group.deployments);
  return router.inFlight === 0 && deployments.every((deployment) => deployment.inFlight === 0);
}
