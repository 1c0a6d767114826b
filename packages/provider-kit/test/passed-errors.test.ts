// Which error answers are passed on to callers, depending on the wire that they use.
import { type OperationName, type RouterError, Secret } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";
import { failure, makeCandidate, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { httpProvider, type HttpVendor } from "../src/node.js";

const vendor: HttpVendor = {
  name: "small",
  operations: {
    chat: {
      path: "/v1/chat/completions",
      write: ({ request, model }) => JSON.stringify({ ...request, model }),
    },
  },
};
const body = '{ "error": {"message":"Slow down", "n":1.0} }';
const requests: Readonly<Partial<Record<OperationName, object>>> = {
  chat: { messages: [{ role: "user", content: "hi" }] },
  messages: { max_tokens: 5, messages: [{ role: "user", content: "hi" }] },
  responses: { input: "hi" },
};

describe("an error answer", () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  beforeEach(() => {
    upstream.reset();
  });
  afterAll(() => upstream.close());

  const errorOf = (operation: OperationName): Promise<RouterError> => {
    const plain = makeCandidate({ id: "d" }).deployment;
    const connection = { ...plain.connection, apiKey: new Secret("key-0123456789"), baseUrl: upstream.url("host") };
    const call = httpProvider(vendor).call(operation, {
      deployment: { ...plain, connection },
      model: "m",
      request: { model: "asked", ...requests[operation] },
      stream: false,
      cancellation: new Cancellation(),
      connectMs: 2_000,
      headersMs: 4_000,
      dropParams: false,
      now: () => 0,
    });
    return failure(call);
  };

  it("goes with the error to callers of the vendor's wire", async () => {
    upstream.script({}, { status: 429, body, headers: { "retry-after": "3", "set-cookie": "a=b" } });
    const { vendorAnswer, message } = await errorOf("chat");
    expect(message).toBe("Slow down");
    expect(vendorAnswer).toEqual({
      status: 429,
      headers: { "content-type": "application/json", "retry-after": "3", "x-request-id": "req_1" },
      body,
    });
  });

  it.each(["messages", "responses"] as const)("is not passed on to callers of another wire: %s", async (operation) => {
    upstream.script({}, { status: 429, body });
    const { vendorAnswer, message } = await errorOf(operation);
    expect([message, vendorAnswer]).toEqual(["Slow down", undefined]);
  });

  it("is not an answer with a good status", async () => {
    upstream.script({}, { body });
    expect((await errorOf("chat")).vendorAnswer).toBeUndefined();
  });

  it("is not passed on if it repeats the key", async () => {
    upstream.script({}, { status: 401, body: '{"error":{"message":"Wrong key: key-0123456789"}}' });
    const { vendorAnswer, message } = await errorOf("chat");
    expect([message, vendorAnswer]).toEqual(["Wrong key: [key]", undefined]);
  });
});
