import type { Clock } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider, type ScriptedProvider } from "@modelyard/testing";
import { createGateway, type Gateway, type GatewayOptions, openaiSurface, toFetchHandler } from "../../src/index.js";
import { createNodeServer, type NodeServer } from "../../src/node.js";
import { messagesSurface } from "./messages-surface.js";
import { uploadOf } from "./multipart.js";
import { listen } from "./listen.js";

type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** A gateway that serves OpenAI's surface and that of the tests. */
export interface TwoSurfaces {
  readonly provider: ScriptedProvider;
  readonly gateway: Gateway;
  readonly send: Send;
  /** Only on sockets. */
  readonly server: NodeServer | undefined;
}

export function build(options: GatewayOptions = {}, clock: Clock = systemClock): Omit<TwoSurfaces, "send" | "server"> {
  const provider = scriptedProvider({ clock });
  const router = createRouter({
    providers: [provider],
    clock,
    numRetries: 0,
    enableTagFiltering: true,
    modelList: [
      deploymentOptions("a"),
      deploymentOptions("free", { modelName: "tagged", tags: ["free"] }),
      deploymentOptions("paid", { modelName: "tagged", tags: ["paid"] }),
    ],
  });
  return { provider, gateway: createGateway(router, { surfaces: [openaiSurface, messagesSurface], ...options }) };
}

/** Both ways to serve a gateway. */
export const adapters: Readonly<Record<string, (options?: GatewayOptions) => Promise<TwoSurfaces>>> = {
  fetch: (options) => {
    const built = build(options);
    const handler = toFetchHandler(built.gateway);
    return Promise.resolve({
      ...built,
      server: undefined,
      send: (path, init) => handler(`http://localhost${path}`, init),
    });
  },
  node: async (options) => {
    const built = build(options);
    const server = createNodeServer(built.gateway);
    const origin = `http://127.0.0.1:${String(await listen(server.server))}`;
    return { ...built, server, send: (path, init) => fetch(origin + path, init) };
  },
};

export const message = { model: "gpt-4", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };

export function post(body: object, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** An upload of a text, to be answered with a recording. */
export const recordings = "/v1/models/gpt-4/recordings/alto/soft";

export function upload(text: string, headers: Record<string, string> = {}): RequestInit {
  const { body, contentType } = uploadOf(text);
  return { method: "POST", headers: { "content-type": contentType, ...headers }, body: body as BodyInit };
}
