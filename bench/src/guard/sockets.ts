import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { LoadConnection } from "../load/connection.js";
import { chatAnswer, chatEvents } from "../wires/chat.js";
import type { Scenario } from "./scenarios.js";

/** A scenario with resources to close. */
export interface OpenScenario {
  readonly scenario: Scenario;
  readonly close: () => Promise<void>;
}

/** A vendor's whole response, with its head. */
export function wholeAnswer(stream: boolean): Buffer {
  const body = stream ? Buffer.concat(chatEvents()) : chatAnswer(1_024);
  const size = stream ? body.length.toString(16) : String(body.length);
  const head = stream
    ? `content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n`
    : `content-type: application/json\r\ncontent-length: ${size}\r\n\r\n`;
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}`), body, Buffer.from(stream ? "\r\n0\r\n\r\n" : "")]);
}

const closingBrace = "}".charCodeAt(0);

/** A vendor on plain sockets, without an HTTP library. A request is complete when its JSON ends. */
function vendor(answer: Buffer): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on("data", (bytes) => {
      if (bytes.at(-1) === closingBrace) socket.write(answer);
    });
    socket.on("error", () => undefined);
  });
}

/** @returns the port */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A whole request, with its head. */
export function wholeRequest(body: string): Buffer {
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json`;
  return Buffer.from(`${head}\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`);
}

/** The whole path from a client's connection to a vendor's, in one process. */
export async function overSockets(stream: boolean): Promise<OpenScenario> {
  const upstream = vendor(wholeAnswer(stream));
  const apiBase = `http://127.0.0.1:${String(await listen(upstream))}/v1`;
  const router = createRouter({
    providers: [openai()],
    modelList: [{ modelName: "m", model: "openai/m", apiKey: "k", apiBase }],
  });
  const server = createNodeServer(createGateway(router));
  const port = await listen(server.server);
  const messages = [{ role: "user", content: "hi" }];
  const body = JSON.stringify({ model: "m", messages, ...(stream ? { stream } : {}) });
  const request = wholeRequest(body);
  let waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  const connection = new LoadConnection(port, request, {
    onDone: () => waiting?.resolve(),
    onError: (error) => waiting?.reject(error),
  });
  return {
    scenario: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        connection.send();
      }),
    close: async () => {
      connection.close();
      await server.drain(0);
      await router.close();
      upstream.close();
    },
  };
}
