import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, openaiSurface, toFetchHandler } from "./index.js";
import { createNodeListener, createNodeServer } from "./node.js";

const clock = new VirtualClock();
const router = createRouter({
  clock,
  providers: [scriptedProvider({ clock })],
  modelList: [{ modelName: "m", model: "openai/x" }],
});

const own = { method: "GET", path: "/own", open: true, handle: () => ({ status: 200, headers: {}, body: "" }) };

it.each([
  [{ masterKy: "key" }, 'masterKy: unknown option. Did you mean "masterKey"?'],
  [{ masterKey: 5 }, "masterKey: expected a string, got a number."],
  [{ masterKey: "" }, "masterKey: a non-empty string is required."],
  [{ keyHeader: "" }, "keyHeader: a non-empty string is required."],
  [{ allowedOrigins: ["https://a.example", "b"] }, 'allowedOrigins[1]: "b" is not a valid origin.'],
  [
    {
      surfaces: [{ ...openaiSurface, routes: [{ method: "POST", path: "/a", operation: "chat", maxRequestBytes: 0 }] }],
    },
    "surfaces[0].routes[0].maxRequestBytes: it must be a number above 0 (got 0).",
  ],
  [{ maxRequestBytes: Number.NaN }, "maxRequestBytes: it must be a number above 0 (got NaN)."],
  [{ pingMs: "5" }, 'pingMs: it must be a number above 0 (got "5").'],
  [{ clock: 5 }, "clock: expected a clock, got 5."],
  [{ routes: "/metrics" }, "routes: expected a list, got a string."],
  [{ routes: [own, { ...own, handle: undefined }] }, "routes[1].handle: expected a function, got undefined."],
  [{ routes: [{ ...own, path: "own" }] }, 'routes[0].path: it must begin with a slash. Write the full path, e.g. "/me'],
  [{ routes: [{ ...own, path: "/own/*" }] }, 'routes[0].path: patterns are not supported, and it contains "*".'],
  [{ routes: [{ ...own, path: "/own/:id" }] }, 'routes[0].path: patterns are not supported, and it contains "/:".'],
  [{ routes: [{ ...own, method: "PUT" }] }, 'routes[0].method: it must be one of "GET", "POST" (got "PUT").'],
  [{ routes: [{ ...own, open: undefined }] }, "routes[0].open: expected true or false, got undefined."],
  [{ routes: [{ ...own, opn: true }] }, 'routes[0].opn: unknown option. Did you mean "open"?'],
  [{ onError: "log" }, "onError: expected a function, got a string."],
])("createGateway refuses %o", (options, message) => {
  expect(() => createGateway(router, options as never)).toThrow(message);
});

it.each([undefined, {}, { modelList: [] }, () => router])(
  "createGateway refuses what is not a router: %o",
  (engine) => {
    expect(() => createGateway(engine as never)).toThrow("engine: expected a router.");
  },
);

it("createGateway accepts options that are undefined", () => {
  expect(() => createGateway(router, { masterKey: undefined, pingMs: undefined, keyHeader: undefined })).not.toThrow();
});

it.each([toFetchHandler, createNodeServer, createNodeListener])("%o refuses a router instead of a gateway", (serve) => {
  expect(() => serve(router as never)).toThrow("gateway: expected a gateway. Pass the result of createGateway");
});
