import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { turnsUntil } from "@modelyard/testing";
import type { Gateway } from "../../src/gateway.js";
import type { GatewayRequest, GatewayResponse } from "../../src/http.js";
import { createNodeServer, type NodeServer, type NodeServerOptions } from "../../src/node.js";

export const answer = (body: GatewayResponse["body"], status = 200): GatewayResponse => ({
  status,
  headers: { "content-type": "text/plain" },
  body,
});

export const get = (path: string, headers = "", version = "1.1", method = "GET"): string =>
  `${method} ${path} HTTP/${version}\r\nhost: x\r\n${headers}\r\n`;

export const close = "connection: close\r\n";

type Handle = (request: GatewayRequest) => GatewayResponse | Promise<GatewayResponse>;

/** A server on real sockets, whose answers can be compared byte by byte. Its `/wait` answers once its client has left. */
export interface RawServer extends NodeServer {
  readonly gateway: Gateway;
  /** The server's ends of the connections, in the order in which they were opened. */
  readonly sockets: readonly Socket[];
  connect(): Socket;
  /** Sends `text`, and returns all bytes of the answer until the connection is closed, as characters and without dates. */
  answersTo(text: string): Promise<string>;
  /** Runs something while another client waits for its answer. */
  besideAnother<T>(run: () => Promise<T>): Promise<T>;
  stop(): void;
}

export async function startRawServer(handle: Handle, options: NodeServerOptions = {}): Promise<RawServer> {
  let waiting = 0;
  const withWait = (request: GatewayRequest): Promise<GatewayResponse> => {
    if (request.path !== "/wait") return Promise.resolve(handle(request));
    waiting += 1;
    return new Promise((resolve) => {
      request.cancellation.add(() => {
        waiting -= 1;
        resolve(answer(undefined));
      });
    });
  };
  const gateway = { draining: false, handle: withWait } as unknown as Gateway;
  const nodeServer = createNodeServer(gateway, options);
  const { server } = nodeServer;
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = (): Socket => connect((server.address() as AddressInfo).port, "127.0.0.1");
  return {
    ...nodeServer,
    gateway,
    sockets,
    connect: client,
    answersTo: (text) => received(client(), text),
    besideAnother: async (run) => {
      const other = client();
      other.write(get("/wait"));
      await turnsUntil(() => waiting > 0);
      const result = await run();
      other.destroy();
      await turnsUntil(() => waiting === 0);
      return result;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function received(client: Socket, text: string): Promise<string> {
  let all = "";
  client.setEncoding("latin1");
  client.on("data", (piece: string) => {
    all += piece;
  });
  client.write(text);
  await once(client, "close");
  return all.replaceAll(/^Date: .*\r\n/gmu, "");
}
