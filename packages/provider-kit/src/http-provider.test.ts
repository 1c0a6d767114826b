import { type ChatCompletion, type Provider, Secret } from "@modelyard/core";
import { Cancellation, isJsonObject } from "@modelyard/core/kit";
import { failure, makeCandidate, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type HttpOperation, httpProvider, type HttpVendor } from "./node.js";

const vendor: HttpVendor = {
  name: "small",
  environment: { apiKey: ["SMALL_KEY"] },
  settings: ["small_beta"],
  operations: {
    chat: {
      path: ({ model, stream }) => `/${model}${stream ? "/events" : ""}/chat/completions`,
      write: ({ request, model }) => JSON.stringify({ ...request, model }),
      answer: (value) => {
        const [choice] = value["choices"] as readonly unknown[];
        if (isJsonObject(choice) && choice["message"] === "none") throw new TypeError("quotes the answer");
        return value as unknown as ChatCompletion;
      },
    },
    embeddings: {
      path: "/v1/embeddings?api=1",
      write: ({ request }) => JSON.stringify(request),
      headers: ({ forwardHeaders }, { headers }) => ({ ...forwardHeaders, ...headers }),
    },
  },
};

describe("httpProvider", () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterEach(() => {
    upstream.reset();
  });
  afterAll(() => upstream.close());

  const deployment = (more: object = {}) => {
    const plain = makeCandidate({ id: "d" }).deployment;
    return {
      ...plain,
      model: "m",
      connection: { ...plain.connection, apiKey: new Secret("key-0123456789"), baseUrl: upstream.url("host") },
      ...more,
    };
  };
  const ask = (provider: Provider, operation: "chat" | "embeddings" | "text_completion", more: object = {}) =>
    provider.call(operation, {
      deployment: deployment(),
      model: "m",
      request: { model: "asked", messages: [{ role: "user", content: "hi" }], input: "hi" },
      stream: false,
      cancellation: new Cancellation(),
      connectMs: 2_000,
      headersMs: 4_000,
      dropParams: false,
      now: () => 0,
      ...more,
    });

  it("sends requests to the path after the base URL, with the key and the configured headers", async () => {
    await ask(httpProvider(vendor), "chat");
    const [call] = upstream.calls;
    expect(call?.path).toBe("/host/m/chat/completions");
    expect(call?.headers).toMatchObject({ authorization: "Bearer key-0123456789", "content-type": "application/json" });
  });

  it("sends the caller's headers only in operations whose code asks for them", async () => {
    const forwardHeaders = { "vendor-beta": "one", "content-type": "text/plain" };
    await ask(httpProvider(vendor), "chat", { forwardHeaders });
    await ask(httpProvider(vendor), "embeddings", { forwardHeaders });
    const [chat, embeddings] = upstream.calls;
    expect(chat?.headers["vendor-beta"]).toBeUndefined();
    expect(embeddings?.headers).toMatchObject({ "vendor-beta": "one", "content-type": "application/json" });
  });

  it("passes an answer on byte for byte if the vendor's code returns it unchanged", async () => {
    const body = JSON.stringify({ choices: [{ index: 0, message: { content: "hi" } }], own: 1.0 });
    upstream.script({}, { body });
    expect(await ask(httpProvider(vendor), "chat")).toMatchObject({ kind: "answer", bytes: body });
  });

  it("reports an unexpected shape, without the exception, if the vendor's code fails on an answer", async () => {
    upstream.script({}, { body: JSON.stringify({ choices: [{ message: "none" }] }) });
    const error = await failure(ask(httpProvider(vendor), "chat"));
    expect(error).toMatchObject({ kind: "invalid_response", message: "small sent an answer of an unexpected shape." });
    expect(error).not.toHaveProperty("cause", expect.any(TypeError));
  });

  it("refuses an answer that is JSON but not an object", async () => {
    upstream.script({}, { body: `"hi"` });
    expect(await failure(ask(httpProvider(vendor), "chat"))).toMatchObject({ kind: "invalid_response" });
  });

  it.each([
    ["text_completion", {}, "small does not support text_completion"],
    ["chat", { stream: true }, "small does not support streams of chat"],
  ] as const)(
    "refuses what the vendor does not support before anything is sent: %s %o",
    async (operation, more, message) => {
      const error = await failure(ask(httpProvider(vendor), operation, more));
      expect(error).toMatchObject({ kind: "unsupported_params", message: expect.stringContaining(message) as unknown });
      expect(upstream.calls).toEqual([]);
    },
  );

  it("asks the vendor for an endpoint once for each deployment, operation and model", async () => {
    const endpoint = vi.fn<NonNullable<HttpVendor["endpoint"]>>((operation, { connection }, model) => ({
      origin: connection.baseUrl!,
      path: `/${operation}/${model}`,
      headers: {},
    }));
    const provider = httpProvider({ ...vendor, endpoint });
    const [one, other] = [deployment(), deployment()];
    const calls = [one, other, one].flatMap((asked) => ["a", "b"].map((model) => ({ deployment: asked, model })));
    for (const call of calls) await failure(ask(provider, "chat", { ...call, headersMs: 1 }));
    await failure(ask(provider, "embeddings", { deployment: one, headersMs: 1 }));
    expect(endpoint.mock.calls).toEqual([
      ["chat", one, "a"],
      ["chat", one, "b"],
      ["chat", other, "a"],
      ["chat", other, "b"],
      ["embeddings", one, "m"],
    ]);
  });

  it("keeps a bounded number of endpoints for a deployment whose models are named by callers", async () => {
    const endpoint = vi.fn<NonNullable<HttpVendor["endpoint"]>>(() => ({ origin: "nowhere", path: "/", headers: {} }));
    const provider = httpProvider({ ...vendor, endpoint });
    const asked = { deployment: deployment() };
    for (let count = 0; count < 150; count += 1)
      await failure(ask(provider, "chat", { ...asked, model: String(count) }));
    await failure(ask(provider, "chat", { ...asked, model: "0" }));
    await failure(ask(provider, "chat", { ...asked, model: "149" }));
    expect(endpoint).toHaveBeenCalledTimes(151);
  });

  it("sends a prepared call to the endpoint of the deployment that it names", async () => {
    const { connection } = deployment();
    const moved = deployment({ connection: { ...connection, baseUrl: upstream.url("elsewhere") } });
    const provider = httpProvider({ ...vendor, prepare: (call) => ({ call: { ...call, deployment: moved } }) });
    await ask(provider, "chat");
    expect(upstream.calls[0]?.path).toBe("/elsewhere/m/chat/completions");
  });

  it("reports the model as an unsupported field if the vendor does not have the operation", () => {
    const provider = httpProvider({ ...vendor, unsupportedFields: (_, { request }) => Object.keys(request) });
    const fields = (operation: "chat" | "text_completion"): unknown =>
      provider.unsupportedFields?.(operation, { deployment: deployment(), model: "m", request: { seed: 1 } as never });
    expect(fields("chat")).toEqual(["seed"]);
    expect(fields("text_completion")).toEqual(["model"]);
    const embeddings = { write: ({ request }) => JSON.stringify(request) } satisfies HttpOperation;
    expect(httpProvider({ ...vendor, operations: { embeddings } }).unsupportedFields).toBeUndefined();
  });

  it("reports what is missing or wrong in a deployment", () => {
    const provider = httpProvider(vendor, { env: {} });
    const { connection } = deployment();
    const bare = { ...connection, apiKey: undefined, baseUrl: undefined };
    expect(provider.validate?.(deployment({ connection: bare, settings: { small_beta: 1, smal: 1 } }))).toEqual([
      "small needs a key. Set apiKey or the environment variable SMALL_KEY.",
      "small needs an address. Set apiBase.",
      'small has no setting "smal".',
    ]);
    expect(httpProvider(vendor, { env: { SMALL_KEY: "k" } }).validate?.(deployment())).toEqual([]);
    expect(provider.validate?.(deployment({ connection: { ...connection, baseUrl: "nowhere" } }))).toHaveLength(1);
  });

  it("keeps the queries of the address and of the path", async () => {
    upstream.script({}, replies("hi"));
    const { connection } = deployment();
    const asked = {
      deployment: deployment({ connection: { ...connection, baseUrl: `${upstream.url("host")}/?tenant=a` } }),
    };
    await ask(httpProvider(vendor), "embeddings", asked);
    expect(upstream.calls[0]?.path).toBe("/host/v1/embeddings?api=1&tenant=a");
  });
});
