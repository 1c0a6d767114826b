import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A request that was received. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed. */
  readonly body: string;
}

/** An HTTP server in place of a vendor's. */
export interface Receiver {
  /** For example `http://127.0.0.1:1234`. */
  readonly origin: string;
  readonly received: readonly Received[];
  /** Status of all further responses. `silence`: no response at all. @defaultValue 200 */
  answer: number | "silence";
  /** Resolves when `count` requests have been received. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server that records what it receives. */
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

/** A span as OTLP writes it in JSON. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly status: { readonly code: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

export interface ReceivedSpan extends OtlpSpan {
  /** The attributes by key. */
  readonly of: Readonly<Record<string, unknown>>;
}

/** The spans in the requests that were received, in order. Every body must be OTLP in JSON. */
export function receivedSpans({ received }: Receiver): readonly ReceivedSpan[] {
  return received
    .flatMap(({ body }) => {
      const { resourceSpans } = JSON.parse(body) as {
        readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
      };
      return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
    })
    .map((span) => ({
      ...span,
      of: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    }));
}
