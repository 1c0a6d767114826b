import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** What somebody sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly body: string;
}

/** Stands where a vendor's server would. */
export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly received: readonly Received[];
  /** What it answers from now on; `silence`: nothing, ever. @defaultValue 200 */
  answer: number | "silence";
  /** Resolves when so many requests have come. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Keeps what it is sent. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => {
      pieces.push(piece);
    });
    request.on("end", () => {
      const raw = Buffer.concat(pieces);
      const { method = "", url = "", headers } = request;
      const body = (headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
      received.push({ method, path: url, headers, body });
      for (const { count, resolve } of waiting) if (received.length >= count) resolve();
      if (receiver.answer === "silence") return;
      response.writeHead(receiver.answer, { "content-type": "application/json" });
      response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: Receiver = {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    received,
    answer: 200,
    waitFor: (count) =>
      new Promise((resolve) => {
        if (received.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return receiver;
}
