import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway } from "./index.js";

const clock = new VirtualClock();
const router = createRouter({
  clock,
  providers: [scriptedProvider({ clock })],
  modelList: [{ modelName: "m", model: "openai/x" }],
});

it.each([
  [{ masterKy: "key" }, 'masterKy: there is no such option. Did you mean "masterKey"?'],
  [{ masterKey: 5 }, "masterKey: it is no text, or empty."],
  [{ masterKey: "" }, "masterKey: it is no text, or empty."],
  [{ keyHeader: "" }, "keyHeader: it is no text, or empty."],
  [{ maxRequestBytes: Number.NaN }, "maxRequestBytes: it is not above 0."],
  [{ pingMs: "5" }, "pingMs: it is not above 0."],
  [{ clock: 5 }, "clock: it is no clock."],
  [{ routes: "/metrics" }, "routes: it is no list."],
  [{ onError: "log" }, "onError: it is no function."],
])("createGateway refuses %o", (options, message) => {
  expect(() => createGateway(router, options as never)).toThrow(message);
});

it.each([undefined, {}, { modelList: [] }, () => router])("createGateway refuses what is no router: %o", (engine) => {
  expect(() => createGateway(engine as never)).toThrow("engine: it is no router.");
});

it("createGateway takes options that are left open", () => {
  expect(() => createGateway(router, { masterKey: undefined, pingMs: undefined, keyHeader: undefined })).not.toThrow();
});
