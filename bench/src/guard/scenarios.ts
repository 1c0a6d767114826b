import type { DeploymentOptions, Provider } from "@modelyard/core";
import { Cancellation, systemClock, type Transport, type TransportResponse } from "@modelyard/core/kit";
import { createGateway, type GatewayRequest } from "@modelyard/gateway";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter, type Router } from "@modelyard/router";
import { chatAnswer, chatEvents } from "../wires/chat.js";
import { type WireName, type WirePair, wires } from "../wires/wires.js";

/** Makes one request and reads the answer to its last byte. */
export type Scenario = () => Promise<void>;

const messages = Array.from({ length: 20 }, (_, index) => ({
  role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
  content: `message ${String(index)}`,
}));
const request = { model: "g0", temperature: 0.5, max_tokens: 100, user: "someone", seed: 1, messages };

function modelList(deployments: number, groups: number) {
  return Array.from({ length: deployments * groups }, (_, index) => ({
    modelName: `g${String(index % groups)}`,
    model: "openai/gpt-4",
    apiKey: String(index),
    apiBase: "http://127.0.0.1:9/v1",
  }));
}

/** Only the engine, with a provider that answers at once. */
export function completion(deployments: number, groups: number): Scenario {
  const answer = Promise.resolve({
    kind: "answer" as const,
    value: JSON.parse(chatAnswer(1_024).toString()) as never,
  });
  const instant: Provider = { name: "openai", specVersion: 1, operations: ["chat"], call: () => answer };
  const router = createRouter({
    providers: [instant],
    clock: systemClock,
    modelList: modelList(deployments, groups),
  });
  return async () => {
    await router.completion(request);
  };
}

class CannedResponse implements TransportResponse {
  readonly status = 200;
  readonly #bytes: Uint8Array;
  readonly #type: string;

  constructor(bytes: Uint8Array, type: string) {
    this.#bytes = bytes;
    this.#type = type;
  }

  header(name: string): string | undefined {
    return name === "content-type" ? this.#type : undefined;
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes);
  }

  async *body(): AsyncGenerator<Uint8Array> {
    yield this.#bytes;
  }

  discard(): void {
    // There is nothing to close.
  }

  finish(): void {
    // There is nothing to close.
  }
}

const bearer: Readonly<Record<string, string>> = { authorization: "Bearer k" };

class WholeRequest implements GatewayRequest {
  readonly method = "POST";
  readonly path: string;
  readonly cancellation = new Cancellation();
  readonly #body: Uint8Array;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(body: Uint8Array, path = "/v1/chat/completions", headers = bearer) {
    this.#body = body;
    this.path = path;
    this.#headers = headers;
  }

  header(name: string): string | undefined {
    return this.#headers[name];
  }

  body(): Promise<Uint8Array> {
    return Promise.resolve(this.#body);
  }
}

/** A vendor that answers with these bytes, without sockets. */
function canned(bytes: Uint8Array, stream: boolean): Transport {
  const type = stream ? "text/event-stream" : "application/json";
  return { send: () => Promise.resolve(new CannedResponse(bytes, type)), close: () => Promise.resolve() };
}

/** @param next - makes the request anew each time */
function asking(router: Router, next: () => GatewayRequest): Scenario {
  const gateway = createGateway(router);
  return async () => {
    const { status, body: answer } = await gateway.handle(next());
    if (status !== 200) throw new Error(`the gateway answered ${String(status)}`);
    if (typeof answer === "object" && Symbol.asyncIterator in answer)
      for await (const piece of answer) if (piece.length === 0) throw new Error("a piece of the stream is empty");
  };
}

/** Gateway, engine and provider, with fake sockets that cost nothing. */
export function throughGateway(stream: boolean): Scenario {
  const router = createRouter({
    providers: [openai({ transport: canned(stream ? Buffer.concat(chatEvents()) : chatAnswer(1_024), stream) })],
    clock: systemClock,
    modelList: modelList(3, 1),
  });
  const body = Buffer.from(JSON.stringify(stream ? { ...request, stream } : request));
  return asking(router, () => new WholeRequest(body));
}

const deployments: Readonly<Record<WireName, Pick<DeploymentOptions, "model" | "wire">>> = {
  chat: { model: "openai/gpt-4", wire: "chat" },
  messages: { model: "anthropic/claude-sonnet-4-5" },
  responses: { model: "openai/gpt-5.4", wire: "responses" },
};

/**
 * The same for callers and vendors of any wire.
 * @param pieces - of text in a stream. 0: the answer is not streamed
 */
export function acrossWires({ caller, vendor }: WirePair, pieces: number): Scenario {
  const stream = pieces > 0;
  const bytes = stream ? Buffer.concat(wires[vendor].events(pieces)) : wires[vendor].answer(2_048);
  const transport = canned(bytes, stream);
  const router = createRouter({
    providers: [openai({ transport }), anthropic({ transport })],
    clock: systemClock,
    modelList: ["1", "2", "3"].map((apiKey) => ({
      ...deployments[vendor],
      modelName: "g0",
      apiKey,
      apiBase: "http://127.0.0.1:9/v1",
    })),
  });
  const wire = wires[caller];
  const fields = { model: "g0", ...(stream ? { stream } : {}), ...wire.request("word ".repeat(200)) };
  const body = Buffer.from(JSON.stringify(fields));
  return asking(router, () => new WholeRequest(body, `/v1${wire.path}`, wire.headers));
}
