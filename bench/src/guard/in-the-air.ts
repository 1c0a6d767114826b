import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { LoadConnection } from "../load/connection.js";
import { listen, wholeAnswer, wholeRequest } from "./sockets.js";

const calls = 64;
/** Warm-up rounds, after which connections are established and V8 knows the code and its object shapes. */
const warmUps = 20;
/** Measured rounds, of which the median counts: on a busy machine one in ten is off by a third. */
const rounds = 7;

/** A vendor that answers all requests at once, on demand. Its server emits `asked` when all requests have arrived. */
class PatientVendor {
  readonly server = createServer({ noDelay: true }, (socket) => {
    let left = this.#size;
    socket.on("data", (bytes) => {
      left -= bytes.length;
      if (left > 0) return;
      left = this.#size;
      this.#asking.push(socket);
      if (this.#asking.length === calls) this.server.emit("asked");
    });
    socket.on("error", () => undefined);
  });
  readonly #asking: Socket[] = [];
  readonly #answer = wholeAnswer(false);
  readonly #size: number;

  /** @param size - size of a request's body in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  answer(): void {
    for (const socket of this.#asking.splice(0)) socket.write(this.#answer);
  }
}

/** Bytes that one call holds on V8's heap while its vendor works, from the client's socket to the vendor's. */
export async function heldBytes(content: number): Promise<number> {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "x".repeat(content) }] });
  const vendor = new PatientVendor(body.length);
  const apiBase = `http://127.0.0.1:${String(await listen(vendor.server))}/v1`;
  const router = createRouter({
    providers: [openai()],
    modelList: [{ modelName: "m", model: "openai/m", apiKey: "k", apiBase }],
  });
  const server = createNodeServer(createGateway(router));
  const port = await listen(server.server);
  let open = 0;
  const connections = Array.from(
    { length: calls },
    () =>
      new LoadConnection(port, wholeRequest(body), {
        onDone: () => {
          open -= 1;
          if (open === 0) vendor.server.emit("answered");
        },
        // Whatever waits for the next event gets an error instead.
        onError: (error) => {
          vendor.server.emit("error", error);
        },
      }),
  );
  const ask = async (): Promise<void> => {
    open = calls;
    const asked = once(vendor.server, "asked");
    for (const connection of connections) connection.send();
    await asked;
  };
  const answer = async (): Promise<void> => {
    const answered = once(vendor.server, "answered");
    vendor.answer();
    await answered;
  };
  const used = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  for (let round = 0; round < warmUps; round += 1) {
    await ask();
    await answer();
  }
  const held = new Float64Array(rounds);
  for (let round = 0; round < rounds; round += 1) {
    const before = used();
    await ask();
    held[round] = (used() - before) / calls;
    await answer();
  }
  for (const connection of connections) connection.close();
  await server.drain(0);
  await router.close();
  vendor.server.close();
  return Math.round(held.toSorted()[(rounds - 1) / 2] ?? Number.NaN);
}
