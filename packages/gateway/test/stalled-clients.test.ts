import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { nextTurn, turnsUntil } from "@modelyard/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway.js";
import type { GatewayResponse } from "../src/http.js";
import { createNodeServer } from "../src/node.js";
import { listen } from "./support/listen.js";

/** A client that reads nothing of its answer, and the server's end of its connection. */
interface StalledClient {
  readonly client: Socket;
  readonly socket: Socket;
}

let stalled: StalledClient | undefined;
afterEach(() => {
  stalled?.client.destroy();
});

const keepAliveMs = 30_000;

async function stall(answer: (socket: Socket) => GatewayResponse, stalledClientMs: number): Promise<StalledClient> {
  let accepted: Socket | undefined;
  const handle = (): Promise<GatewayResponse> => Promise.resolve(answer(accepted!));
  const { server } = createNodeServer({ draining: false, handle } as unknown as Gateway, {
    stalledClientMs,
    keepAliveMs,
  });
  server.on("connection", (socket) => {
    accepted = socket;
  });
  const client = connect(await listen(server), "127.0.0.1");
  client.pause();
  await once(server, "connection");
  client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  stalled = { client, socket: accepted! };
  return stalled;
}

/** Writes until the client's buffers are full and a little waits in the server: less than would pause the stream itself. */
async function* untilFull(socket: Socket): AsyncGenerator<Uint8Array> {
  while (socket.writableLength === 0) {
    yield new Uint8Array(4_096);
    await nextTurn();
  }
}

const plain = (): GatewayResponse => ({ status: 200, headers: {}, body: new Uint8Array(16_000_000) });
const stream = (socket: Socket): GatewayResponse => ({ status: 200, headers: {}, body: untilFull(socket) });

describe.each([
  ["a plain answer", plain],
  ["a stream", stream],
] as const)("the unread rest of %s, after everything was written", (_, answer) => {
  it("is dropped when its client stops reading", async () => {
    const { socket } = await stall(answer, 50);
    await once(socket, "timeout");
    await once(socket, "close");
    expect(socket.bytesWritten).toBeGreaterThan(0);
  });

  it("can be read later, and the connection is then kept alive as usual", async () => {
    const stalledClientMs = 20_000;
    const { socket, client } = await stall(answer, stalledClientMs);
    await turnsUntil(() => socket.timeout === stalledClientMs);
    client.resume();
    await turnsUntil(() => socket.timeout !== stalledClientMs);
    expect(socket.timeout).toBeGreaterThanOrEqual(keepAliveMs);
    expect(socket.destroyed).toBe(false);
  });
});
