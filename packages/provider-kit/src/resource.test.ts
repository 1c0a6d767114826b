import { type Provider, Secret } from "@modelyard/core";
import {
  Cancellation,
  type ResourceCall,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import { failure, makeCandidate } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { httpProvider, type HttpVendor } from "./node.js";

const vendor: HttpVendor = {
  name: "small",
  environment: { apiKey: ["SMALL_KEY"] },
  operations: {
    responses: { path: "/responses?api=1", write: ({ request }) => JSON.stringify(request) },
    embeddings: { path: "/embeddings", write: ({ request }) => JSON.stringify(request) },
  },
  stores: ["responses"],
};

const key = "key-canary-0123456789";

/** Asks a provider whose vendor answers like this, and returns what was sent and what came of it. */
function ask(status: number, body: string | TransportError, more: Partial<ResourceCall> = {}, operation = "responses") {
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      requests.push(request);
      if (body instanceof TransportError) return Promise.reject(body);
      const bytes = (): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode(body));
      const parts = {
        async *body() {
          yield await bytes();
        },
        bytes,
        discard: () => undefined,
        header: () => undefined,
      };
      return Promise.resolve({ status, ...parts } satisfies TransportResponse);
    },
    close: () => Promise.resolve(),
  };
  const provider: Provider = httpProvider(vendor, { transport });
  const { deployment } = makeCandidate({ id: "d" });
  const connection = { ...deployment.connection, apiKey: new Secret(key), baseUrl: "https://small.example/v1" };
  const asking = provider.resource?.(operation as "responses", {
    deployment: { ...deployment, connection },
    model: "m",
    method: "GET",
    path: "/resp_1",
    cancellation: new Cancellation(),
    connectMs: 1,
    headersMs: 2,
    now: () => 0,
    ...more,
  });
  return { requests, asking: asking ?? Promise.reject(new Error("no resource")) };
}

describe("what a vendor stores", () => {
  it.each<[Partial<ResourceCall>, string, string | undefined]>([
    [{}, "/v1/responses/resp_1?api=1", undefined],
    [{ method: "DELETE" }, "/v1/responses/resp_1?api=1", undefined],
    [{ method: "POST", path: "/resp_1/cancel" }, "/v1/responses/resp_1/cancel?api=1", "{}"],
    [{ path: "/resp_1/input_items?limit=5" }, "/v1/responses/resp_1/input_items?api=1&limit=5", undefined],
  ])("is requested below the path of the operation, with the key and both queries: %j", async (more, path, body) => {
    const { requests, asking } = ask(200, '{"id": "resp_1"}', more);
    const { value, bytes } = await asking;
    expect([value, new TextDecoder().decode(bytes as Uint8Array)]).toEqual([{ id: "resp_1" }, '{"id": "resp_1"}']);
    expect(requests[0]).toMatchObject({ method: more.method ?? "GET", path, connectMs: 1, headersMs: 2 });
    expect(requests[0]?.headers["authorization"]).toBe(`Bearer ${key}`);
    expect(requests[0]?.body).toBe(body);
  });

  it("is an answer even if it contains the error that it ended with", async () => {
    const failed = { id: "resp_1", status: "failed", error: { code: "server_error", message: "It broke." } };
    expect((await ask(200, JSON.stringify(failed)).asking).value).toEqual(failed);
  });

  it.each([
    [404, '{"error":{"message":"Not here.","code":null}}', "not_found", "Not here."],
    [401, `{"error":{"message":"Wrong key ${key}."}}`, "authentication", "Wrong key"],
    [200, "<html></html>", "invalid_response", "not a JSON object"],
    [200, "[1]", "invalid_response", "not a JSON object"],
    [200, `${"[".repeat(5_000)}${"]".repeat(5_000)}`, "invalid_response", "not a JSON object"],
    [500, "", "internal_server", ""],
  ])("is reported with its kind if the vendor does not have it: %d %s", async (status, body, kind, words) => {
    const error = await failure(ask(status, body).asking);
    expect(error).toMatchObject({ kind, source: "provider", provider: "small" });
    expect(error.message).toContain(words);
    expect(JSON.stringify(error.toBody())).not.toContain(key);
  });

  it("fails like a call if there is no connection, or if it was cancelled before", async () => {
    const broken = new TransportError("connect", "refused", { code: "ECONNREFUSED" });
    expect(await failure(ask(200, broken).asking)).toMatchObject({ kind: "api_connection", source: "provider" });
    const cancellation = new Cancellation();
    const left = new Error("left");
    cancellation.cancel(left);
    const { asking, requests } = ask(200, "{}", { cancellation });
    expect(await failure<unknown>(asking)).toBe(left);
    expect(requests).toEqual([]);
  });

  it("does not exist for other operations, nor at vendors that store nothing", async () => {
    expect(await failure(ask(200, "{}", {}, "embeddings").asking)).toMatchObject({ kind: "unsupported_params" });
    const { stores: _, ...others } = vendor;
    expect(httpProvider(others).resource).toBeUndefined();
  });
});
