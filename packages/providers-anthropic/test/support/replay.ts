import { type Deployment, type JsonObject, type ProviderCall, Secret } from "@modelyard/core";
import {
  Cancellation,
  type StreamPart,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";

/** What a replayed upstream answers. */
export interface Recorded {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, in the pieces in which it arrives. */
  readonly pieces: readonly Uint8Array[];
}

export interface Replay extends Transport {
  readonly requests: TransportRequest[];
  discarded: number;
}

/** A transport that answers every request with a recorded answer. */
export function replay({ status = 200, headers = {}, pieces }: Recorded): Replay {
  const requests: TransportRequest[] = [];
  const transport: Replay = {
    requests,
    discarded: 0,
    close: () => Promise.resolve(),
    send: (request): Promise<TransportResponse> => {
      requests.push(request);
      return Promise.resolve({
        status,
        header: (name) => headers[name],
        bytes: () => Promise.resolve(join(pieces)),
        async *body() {
          yield* pieces;
        },
        discard: () => {
          transport.discarded += 1;
        },
      });
    },
  };
  return transport;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Events as Anthropic sends them: each with its name. */
export function sse(...events: readonly JsonObject[]): string {
  return events.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

export function deployment(
  changed: Partial<Deployment> = {},
  connection: Partial<Deployment["connection"]> = {},
): Deployment {
  return {
    id: "d",
    group: "claude",
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    connection: {
      apiKey: new Secret("sk-ant-canary-key"),
      baseUrl: undefined,
      apiVersion: undefined,
      organization: undefined,
      headers: {},
      ...connection,
    },
    settings: {},
    ...changed,
  } as unknown as Deployment;
}

export function callOf(request: JsonObject, changed: Partial<ProviderCall> = {}): ProviderCall {
  return {
    deployment: deployment(),
    model: "claude-sonnet-4-5",
    request: {
      model: "claude",
      messages: [{ role: "user", content: "hi" }],
      ...request,
    },
    stream: false,
    cancellation: new Cancellation(),
    connectMs: undefined,
    headersMs: undefined,
    dropParams: false,
    now: () => Date.UTC(2026, 0, 1),
    ...changed,
  };
}

export async function partsOf(parts: AsyncIterable<unknown>): Promise<StreamPart[]> {
  const read: StreamPart[] = [];
  for await (const part of parts) read.push(part as StreamPart);
  return read;
}
