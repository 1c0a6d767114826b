import { connect, type Socket } from "node:net";
import { nextTurn, turnsUntil } from "@modelyard/testing";
import { expect, it } from "vitest";
import type { Gateway } from "../src/gateway.js";
import type { GatewayResponse } from "../src/http.js";
import { createNodeServer } from "../src/node.js";
import { listen } from "./support/listen.js";

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
  const port = await listen(server);
  const clients = [1, 2].map(() => connect(port, "127.0.0.1"));
  for (const client of clients) client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await turnsUntil(() => resolves.length === 2);
  const written = (): number[] => sockets.map(({ bytesWritten }) => bytesWritten);
  resolves[0]?.({ status: 200, headers: {}, body: "first" });
  await new Promise(process.nextTick);
  expect(written()).toEqual([0, 0]);
  resolves[1]?.({ status: 200, headers: {}, body: "second" });
  await nextTurn();
  expect(written()).toEqual([expect.any(Number), expect.any(Number)]);
  expect(Math.min(...written())).toBeGreaterThan(0);
  for (const client of clients) client.destroy();
});
