import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import { createGateway, type Gateway } from "./index.js";

/** A gateway with one route of its own, which answers this. */
function gatewayWith(answer: () => GatewayResponse): Gateway {
  const router = createRouter({
    providers: [scriptedProvider({ clock: new VirtualClock() })],
    modelList: [{ modelName: "gpt-4", model: "openai/a" }],
  });
  return createGateway(router, { routes: [{ method: "GET", path: "/own", open: true, handle: answer }] });
}

const request = { method: "GET", path: "/own", header: () => undefined } as unknown as GatewayRequest;

it("a route's answer is framed by its server, whatever the headers say that it took over from elsewhere", async () => {
  const headers = { "Content-Length": "7", connection: "close", "transfer-encoding": "chunked", "x-note": "kept" };
  const answer = await gatewayWith(() => ({ status: 200, headers, body: "x" })).handle(request);
  expect(answer).toEqual({ status: 200, headers: { "x-note": "kept" }, body: "x" });
});

it("a route's body is let go of also by who asks nothing of it", async () => {
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
