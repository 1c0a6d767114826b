import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway.js";
import type { GatewayResponse } from "../src/http.js";
import { createNodeServer } from "../src/node.js";

/** A server that gives everybody this answer, one client of it that reads nothing, and the server's end of its connection. */
interface Scene {
  readonly server: Server;
  readonly client: Socket;
  readonly socket: Socket;
}

let scene: Scene | undefined;
afterEach(() => {
  scene?.client.destroy();
  scene?.server.close();
});

const keepAliveMs = 30_000;

async function play(answer: (socket: Socket) => GatewayResponse, stalledClientMs: number): Promise<Scene> {
  let accepted: Socket | undefined;
  const handle = (): Promise<GatewayResponse> => Promise.resolve(answer(accepted!));
  const { server } = createNodeServer({ draining: false, handle } as unknown as Gateway, {
    stalledClientMs,
    keepAliveMs,
  });
  server.on("connection", (socket) => {
    accepted = socket;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.pause();
  await once(server, "connection");
  client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  scene = { server, client, socket: accepted! };
  return scene;
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

async function turnsUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Goes on until the client's side is full, and a little waits on ours: less than would stop the stream itself. */
async function* untilFull(socket: Socket): AsyncGenerator<Uint8Array> {
  while (socket.writableLength === 0) {
    yield new Uint8Array(4_096);
    await turn();
  }
}

const plain = (): GatewayResponse => ({ status: 200, headers: {}, body: new Uint8Array(16_000_000) });
const stream = (socket: Socket): GatewayResponse => ({ status: 200, headers: {}, body: untilFull(socket) });

describe.each([
  ["a plain answer", plain],
  ["a stream", stream],
] as const)("what is left of %s when all is said", (_, answer) => {
  it("is dropped when its client stops reading", async () => {
    const { socket } = await play(answer, 50);
    await once(socket, "timeout");
    await once(socket, "close");
    expect(socket.bytesWritten).toBeGreaterThan(0);
  });

  it("can be read later, and the connection is then kept alive as usual", async () => {
    const stalledClientMs = 20_000;
    const { socket, client } = await play(answer, stalledClientMs);
    await turnsUntil(() => socket.timeout === stalledClientMs);
    client.resume();
    await turnsUntil(() => socket.timeout !== stalledClientMs);
    expect(socket.timeout).toBeGreaterThanOrEqual(keepAliveMs);
    expect(socket.destroyed).toBe(false);
  });
});

it("answers that are ready in one turn of the event loop are sent together at its end", async () => {
  const resolves: ((answer: GatewayResponse) => void)[] = [];
  const handle = (): Promise<GatewayResponse> =>
    new Promise((resolve) => {
      resolves.push(resolve);
    });
  const { server } = createNodeServer({ draining: false, handle } as unknown as Gateway);
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients = [1, 2].map(() => connect((server.address() as AddressInfo).port, "127.0.0.1"));
  for (const client of clients) client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await turnsUntil(() => resolves.length === 2);
  const written = (): number[] => sockets.map(({ bytesWritten }) => bytesWritten);
  resolves[0]?.({ status: 200, headers: {}, body: "first" });
  await new Promise(process.nextTick);
  expect(written()).toEqual([0, 0]);
  resolves[1]?.({ status: 200, headers: {}, body: "second" });
  await turn();
  expect(written()).toEqual([expect.any(Number), expect.any(Number)]);
  expect(Math.min(...written())).toBeGreaterThan(0);
  for (const client of clients) client.destroy();
  server.close();
});
