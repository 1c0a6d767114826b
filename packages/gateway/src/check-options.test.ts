import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "./index.js";
import { createNodeListener, createNodeServer } from "./node.js";

const clock = new VirtualClock();
const router = createRouter({
  clock,
  providers: [scriptedProvider({ clock })],
  modelList: [{ modelName: "m", model: "openai/x" }],
});

const own = { method: "GET", path: "/own", open: true, handle: () => ({ status: 200, headers: {}, body: "" }) };

it.each([
  [{ masterKy: "key" }, 'masterKy: there is no such option. Did you mean "masterKey"?'],
  [{ masterKey: 5 }, "masterKey: it is a number, not a text."],
  [{ masterKey: "" }, "masterKey: it is no text, or empty."],
  [{ keyHeader: "" }, "keyHeader: it is missing or empty."],
  [{ allowedOrigins: ["https://a.example", "b"] }, 'allowedOrigins[1]: "b" is no origin.'],
  [{ maxRequestBytes: Number.NaN }, "maxRequestBytes: NaN is not a number above 0."],
  [{ pingMs: "5" }, 'pingMs: "5" is not a number above 0.'],
  [{ clock: 5 }, "clock: 5 is not a clock."],
  [{ routes: "/metrics" }, "routes: it is a text, not a list."],
  [{ routes: [own, { ...own, handle: undefined }] }, "routes[1].handle: it is undefined, not a function."],
  [{ routes: [{ ...own, path: "own" }] }, 'routes[0].path: it does not begin with a slash. Write it whole, e.g. "/me'],
  [{ routes: [{ ...own, path: "/own/*" }] }, 'routes[0].path: it holds "*", and is no pattern.'],
  [{ routes: [{ ...own, path: "/own/:id" }] }, 'routes[0].path: it holds "/:", and is no pattern.'],
  [{ routes: [{ ...own, method: "PUT" }] }, 'routes[0].method: "PUT" is none of "GET", "POST".'],
  [{ routes: [{ ...own, open: undefined }] }, "routes[0].open: undefined is not true or false."],
  [{ routes: [{ ...own, opn: true }] }, 'routes[0].opn: there is no such option. Did you mean "open"?'],
  [{ onError: "log" }, "onError: it is a text, not a function."],
])("createGateway refuses %o", (options, message) => {
  expect(() => createGateway(router, options as never)).toThrow(message);
});

it.each([undefined, {}, { modelList: [] }, () => router])("createGateway refuses what is no router: %o", (engine) => {
  expect(() => createGateway(engine as never)).toThrow("engine: it is no router.");
});

it("createGateway takes options that are left open", () => {
  expect(() => createGateway(router, { masterKey: undefined, pingMs: undefined, keyHeader: undefined })).not.toThrow();
});

it.each([toFetchHandler, createNodeServer, createNodeListener])(
  "%o refuses a router in the gateway's place",
  (serve) => {
    expect(() => serve(router as never)).toThrow("gateway: it is no gateway. Give what createGateway made");
  },
);
