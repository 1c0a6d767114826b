import { breaks, refuses } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cellTitle, type WireName, wireNames } from "./cells.js";
import { type Family, modelName, type Proxy, startProxy } from "./proxy.js";
import { said } from "./scripted-model.js";

/** Where a client asks, and for which model. */
export interface Server {
  /** Without `/v1`. */
  readonly origin: string;
  readonly key: string;
  readonly model: string;
}

/** What a client understood of an answer. */
export interface Understood {
  readonly text: string;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** The model's thoughts, if the client shows them. */
  readonly thoughts?: string | undefined;
}

/** A client, as its users would use it. It must not retry. */
export interface Sdk {
  readonly name: string;
  readonly wire: WireName;
  readonly family: Family;
  ask(server: Server): Promise<Understood>;
  stream(server: Server): Promise<Understood>;
  /** Offers `weatherTool`, runs the calls, and sends the results. */
  useTool(server: Server): Promise<Understood>;
  streamTool(server: Server): Promise<Understood>;
  /** Asks for an object with `city` and `sunny`. */
  askForJson(server: Server): Promise<unknown>;
  /** Asks the model to think. `undefined`: the client cannot */
  think?(server: Server): Promise<Understood>;
  /** The status of the answer that an error is about. */
  statusOf(error: unknown): number | undefined;
}

/** What the weather tool answers. */
export const weather = "22 degrees and sunny";

export const question = "What is the weather in Paris?";

export const weatherTool = {
  name: said.call.name,
  description: "Returns the weather of a city.",
  parameters: {
    type: "object",
    properties: { location: { type: "string" } },
    required: ["location"],
    additionalProperties: false,
  },
} as const;

/** A text with its tokens, as the scripted model answers. */
const answer: Understood = { text: said.text, inputTokens: 20, outputTokens: 10 };

function comparable({ text, inputTokens = 20, outputTokens = 10 }: Understood): Understood {
  return { text, inputTokens, outputTokens };
}

/** The error of something that must fail. */
async function failureOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => {
      throw new Error("It succeeded.");
    },
    (error: unknown) => error,
  );
}

/** Runs an SDK through the proxy, in front of a vendor of each wire. */
export function describeSdk(sdk: Sdk): void {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await startProxy();
  });
  afterEach(() => {
    proxy.reset();
  });
  afterAll(() => proxy.close());
  const placeOf = (vendor: WireName): Place => {
    const model = modelName(sdk.family, vendor);
    return () => ({ proxy, server: { ...proxy, model } });
  };
  const cells = wireNames.map((vendor) => ({ suite: sdk.name, caller: sdk.wire, vendor }));
  describe.each(cells.map((cell) => [cellTitle(cell), cell.vendor] as const))("%s", (_, vendor) => {
    testAnswers(sdk, placeOf(vendor));
    testFailures(sdk, placeOf(vendor));
  });
}

/** The proxy of a test, and the server that the client asks. */
type Place = () => { readonly proxy: Proxy; readonly server: Server };

function testAnswers(sdk: Sdk, place: Place): void {
  it("reads an answer", async () => {
    expect(comparable(await sdk.ask(place().server))).toEqual(answer);
  });

  it("reads a stream", async () => {
    expect(comparable(await sdk.stream(place().server))).toEqual(answer);
  });

  it.each([
    ["answer", sdk.useTool],
    ["stream", sdk.streamTool],
  ] as const)("runs the call in an %s, and sends the result", async (_, use) => {
    const { proxy, server } = place();
    expect((await use(server)).text).toBe(said.text);
    expect(proxy.upstream.calls).toHaveLength(2);
    expect(JSON.stringify(proxy.upstream.calls[1]?.body)).toContain(weather);
  });

  it("gets JSON for a schema", async () => {
    expect(await sdk.askForJson(place().server)).toEqual({ city: "Paris", sunny: true });
  });

  if (sdk.think === undefined) return;
  it("shows what the model thought", async () => {
    expect(await sdk.think?.(place().server)).toMatchObject({ text: said.text, thoughts: said.thought });
  });
}

function testFailures(sdk: Sdk, place: Place): void {
  it.each([
    ["rate_limit_tokens", 429],
    ["context_window", 400],
    ["server_error", 500],
  ] as const)("throws its error for a failure: %s", async (name, status) => {
    const { proxy, server } = place();
    proxy.upstream.script({}, refuses(name));
    expect(sdk.statusOf(await failureOf(sdk.ask(server)))).toBe(status);
    expect(sdk.statusOf(await failureOf(sdk.stream(server)))).toBe(status);
    expect(proxy.upstream.calls).toHaveLength(2);
  });

  it.each([
    ["fails", "error_event_after_content"],
    ["is cut", "truncated_stream"],
  ] as const)("throws an error if a stream %s after its first words", async (_, fault) => {
    const { proxy, server } = place();
    proxy.upstream.script({}, breaks(fault, { text: "It is sunny", faultAfter: 2 }));
    expect(await failureOf(sdk.stream(server))).toBeInstanceOf(Error);
    expect(proxy.upstream.calls).toHaveLength(1);
  });

  it("throws its error for a model that does not exist", async () => {
    const { server } = place();
    expect(sdk.statusOf(await failureOf(sdk.ask({ ...server, model: "unknown" })))).toBe(404);
  });

  it("throws its error for a wrong key", async () => {
    const { server } = place();
    expect(sdk.statusOf(await failureOf(sdk.ask({ ...server, key: "sk-wrong" })))).toBe(401);
  });
}
