import type { Provider } from "@modelyard/core";
import { Cancellation, systemClock, type Transport, type TransportResponse } from "@modelyard/core/kit";
import { createGateway, type GatewayRequest } from "@modelyard/gateway";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { chatAnswer, chatEvents } from "../wires/chat.js";

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

class WholeRequest implements GatewayRequest {
  readonly method = "POST";
  readonly path = "/v1/chat/completions";
  readonly cancellation = new Cancellation();
  readonly #body: Uint8Array;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  header(name: string): string | undefined {
    return name === "authorization" ? "Bearer k" : undefined;
  }

  body(): Promise<Uint8Array> {
    return Promise.resolve(this.#body);
  }
}

/** Gateway, engine and provider, with fake sockets that cost nothing. */
export function throughGateway(stream: boolean): Scenario {
  const bytes = stream ? Buffer.concat(chatEvents()) : chatAnswer(1_024);
  const type = stream ? "text/event-stream" : "application/json";
  const transport: Transport = {
    send: () => Promise.resolve(new CannedResponse(bytes, type)),
    close: () => Promise.resolve(),
  };
  const router = createRouter({
    providers: [openai({ transport })],
    clock: systemClock,
    modelList: modelList(3, 1),
  });
  const gateway = createGateway(router);
  const body = Buffer.from(JSON.stringify(stream ? { ...request, stream } : request));
  return async () => {
    const { status, body: answer } = await gateway.handle(new WholeRequest(body));
    if (status !== 200) throw new Error(`the gateway answered ${String(status)}`);
    if (typeof answer === "object" && Symbol.asyncIterator in answer)
      for await (const piece of answer) if (piece.length === 0) throw new Error("a piece of the stream is empty");
  };
}
