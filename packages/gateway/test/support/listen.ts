import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

const listening: Server[] = [];
afterEach(() => {
  for (const server of listening.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Starts a server on this machine, until the end of the test. @returns its port */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  listening.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
