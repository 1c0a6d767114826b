import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import type { GatewayRequest, GatewayResponse } from "../src/http.js";
import { createGateway, type Gateway, type GatewayOptions } from "../src/index.js";

function gatewayOf(options: GatewayOptions): Gateway {
  const router = createRouter({
    providers: [scriptedProvider({ clock: new VirtualClock() })],
    modelList: [{ modelName: "gpt-4", model: "openai/a" }],
  });
  return createGateway(router, options);
}

/** A gateway with one custom route, which gives this answer. */
function gatewayWith(answer: () => GatewayResponse, options: GatewayOptions = {}): Gateway {
  return gatewayOf({ ...options, routes: [{ method: "GET", path: "/own", open: true, handle: answer }] });
}

const saying = (body: string) => (): GatewayResponse => ({ status: 200, headers: {}, body });

const request = { method: "GET", path: "/own", header: () => undefined } as unknown as GatewayRequest;

it("a route's answer loses headers about framing, which belong to the server", async () => {
  const headers = { "Content-Length": "7", connection: "close", "transfer-encoding": "chunked", "x-note": "kept" };
  const answer = await gatewayWith(() => ({ status: 200, headers, body: "x" })).handle(request);
  expect(answer).toEqual({ status: 200, headers: { "x-note": "kept" }, body: "x" });
});

it("a route's body is released even if nothing was read of it", async () => {
  let reason: unknown = undefined;
  const body = new ReadableStream<Uint8Array>({
    cancel: (given) => {
      reason = given ?? "let go of";
    },
  });
  const answer = await gatewayWith(() => ({ status: 200, headers: {}, body })).handle(request);
  await (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.();
  expect(reason).toBe("let go of");
});

it("a path can be served for GET and POST, with a key or without", async () => {
  const gateway = gatewayOf({
    masterKey: "key",
    routes: [
      { method: "GET", path: "/own", open: true, handle: saying("read") },
      { method: "POST", path: "/own", open: false, handle: saying("written") },
    ],
  });
  const ask = async (method: string, key?: string) => {
    const header = (name: string) => (name === "authorization" ? key : undefined);
    const { status, body, headers } = await gateway.handle({ ...request, method, header });
    return [status, status === 200 ? body : headers["allow"]];
  };
  expect(await ask("GET")).toEqual([200, "read"]);
  expect(await ask("HEAD")).toEqual([200, "read"]);
  expect(await ask("POST")).toEqual([401, undefined]);
  expect(await ask("POST", "Bearer key")).toEqual([200, "written"]);
  expect(await ask("PUT")).toEqual([405, "GET, POST"]);
});

it("a route replaces a built-in one only if both method and path are the same", async () => {
  const gateway = gatewayOf({
    routes: [
      { method: "GET", path: "/v1/chat/completions", open: false, handle: saying("how to call this") },
      { method: "GET", path: "/health/readiness", open: true, handle: saying("first") },
      { method: "GET", path: "/health/readiness", open: true, handle: saying("second") },
    ],
  });
  const text = JSON.stringify({ model: "nobody", messages: [] });
  const call = { ...request, path: "/v1/chat/completions", body: async () => new TextEncoder().encode(text) };
  expect(await gateway.handle(call)).toMatchObject({ body: "how to call this" });
  expect(await gateway.handle({ ...call, method: "POST" })).toMatchObject({ status: 404 });
  expect(await gateway.handle({ ...request, path: "/health/readiness" })).toMatchObject({ body: "second" });
});

it.each([
  [undefined, "/own answered with undefined. Give { status, headers, body }"],
  ["text", "/own answered with string."],
  [new Response("x"), "/own answered with web headers."],
  [{ status: 200, body: "x" }, "/own answered with no headers."],
  [{ status: 200, headers: {}, body: { a: 1 } }, "/own answered with a body that is not a string, bytes or an async"],
  [{ status: 200, headers: {}, body: null }, "/own answered with a body that is not a string, bytes or an async"],
])("a route that answers with %o is reported with a hint how to fix it", async (given, message) => {
  const faults: string[] = [];
  const onError = (fault: unknown): void => {
    faults.push(String(fault));
  };
  const gateway = gatewayWith(() => given as GatewayResponse, { onError });
  expect(await gateway.handle(request)).toMatchObject({ status: 500 });
  expect(faults).toEqual([expect.stringContaining(message)]);
});
