import { type Deployment, type JsonObject, type ProviderCall, type ProviderResult, Secret } from "@modelyard/core";
import { Cancellation, operations, type StreamPart } from "@modelyard/core/kit";
import { makeCandidate, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll } from "vitest";
import { httpProvider, type HttpVendor, type WireOperation } from "../../src/node.js";
import { wireVendor } from "./wire-vendor.js";

export const wires = ["chat", "messages", "responses"] as const;
/** A caller's wire and another one, which is the vendor's. */
export const crossings = wires.flatMap((from) => wires.filter((to) => to !== from).map((to) => [from, to] as const));

const hi = [{ role: "user", content: "hi" }];
const parameters = { type: "object", properties: { city: { type: "string" } } };

/** The same request in each wire. */
export const requests: Readonly<Record<WireOperation, JsonObject>> = {
  chat: {
    model: "asked",
    messages: hi,
    max_tokens: 50,
    tools: [{ type: "function", function: { name: "weather", parameters } }],
  },
  messages: { model: "asked", messages: hi, max_tokens: 50, tools: [{ name: "weather", input_schema: parameters }] },
  responses: {
    model: "asked",
    input: hi,
    max_output_tokens: 50,
    store: false,
    tools: [{ type: "function", name: "weather", parameters, strict: false }],
  },
};

/** The second turn of each wire: the call of a tool, as the first answer contained it, and its result. */
export const turns: Readonly<Record<WireOperation, (answer: JsonObject) => JsonObject>> = {
  chat: (answer) => {
    const [choice] = answer["choices"] as readonly { readonly message: JsonObject }[];
    const message = choice?.message ?? {};
    const [made] = message["tool_calls"] as readonly { readonly id: string }[];
    return { messages: [...hi, message, { role: "tool", tool_call_id: made?.id, content: "7 °C" }] };
  },
  messages: ({ content }) => {
    const made = (content as readonly JsonObject[]).find(({ type }) => type === "tool_use");
    const result = { type: "tool_result", tool_use_id: made?.["id"], content: "7 °C" };
    return { messages: [...hi, { role: "assistant", content }, { role: "user", content: [result] }] };
  },
  responses: ({ output }) => {
    const made = (output as readonly JsonObject[]).find(({ type }) => type === "function_call");
    const result = { type: "function_call_output", call_id: made?.["call_id"], output: "7 °C" };
    return { input: [...hi, ...(output as readonly JsonObject[]), result] };
  },
};

export interface BridgeOptions {
  /** Added to the request of the caller's wire. */
  readonly request?: object;
  readonly stream?: boolean;
  readonly vendor?: Partial<HttpVendor>;
  readonly call?: Partial<ProviderCall>;
}

/** Calls from one wire to a scripted vendor of another one. */
export class BridgeHarness {
  upstream!: Upstream;

  /** Call it once in a file. */
  install(): this {
    beforeAll(async () => {
      this.upstream = await startUpstream();
    });
    afterEach(() => {
      this.upstream.reset();
    });
    afterAll(() => this.upstream.close());
    return this;
  }

  /** A deployment at the scripted vendor. */
  deployment(more: Partial<Deployment> = {}): Deployment {
    const { deployment } = makeCandidate({ id: "d" });
    const connection = {
      ...deployment.connection,
      apiKey: new Secret("key-0123456789"),
      baseUrl: this.upstream.origin,
    };
    return { ...deployment, provider: "vendor", connection, ...more };
  }

  async call(from: WireOperation, to: WireOperation, options: BridgeOptions = {}): Promise<ProviderResult> {
    const { stream = false } = options;
    return httpProvider(wireVendor(to, options.vendor)).call(from, {
      deployment: this.deployment(),
      model: "vendor-model",
      request: { ...requests[from], ...(stream ? { stream } : {}), ...options.request } as never,
      stream,
      cancellation: new Cancellation(),
      connectMs: 2_000,
      headersMs: 4_000,
      dropParams: false,
      now: () => 1_000_000,
      ...options.call,
    });
  }

  async answer(from: WireOperation, to: WireOperation, options: BridgeOptions = {}): Promise<JsonObject> {
    const result = await this.call(from, to, options);
    if (result.kind !== "answer") throw new Error("a plain call was answered with a stream");
    return result.value;
  }

  /** Reads a stream to its end. @param into - receives the parts as they arrive */
  async parts(
    from: WireOperation,
    to: WireOperation,
    options: BridgeOptions = {},
    into: StreamPart[] = [],
  ): Promise<readonly StreamPart[]> {
    const result = await this.call(from, to, { ...options, stream: true });
    if (result.kind !== "stream") throw new Error("a streamed call was answered as a whole");
    for await (const part of result.parts) into.push(part);
    return into;
  }
}

export function chunksIn(parts: readonly StreamPart[]): readonly JsonObject[] {
  return parts.flatMap(({ chunks }) => chunks as unknown as readonly JsonObject[]);
}

export function textIn(from: WireOperation, parts: readonly StreamPart[]): string {
  return chunksIn(parts)
    .map((chunk) => operations[from].reads.text(chunk))
    .join("");
}

/** How many choices ended in some parts. */
export function finishedIn(parts: readonly StreamPart[]): number {
  return parts.reduce((sum, { finished }) => sum + finished, 0);
}

/** The answer that a stream amounts to. */
export function assembled(from: WireOperation, parts: readonly StreamPart[]): JsonObject {
  return operations[from].assemble?.(chunksIn(parts)) ?? {};
}
