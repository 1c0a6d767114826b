import type { Engine } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";

it.each([
  [undefined, { status: "healthy" }],
  [true, { status: "healthy", shared_state: "available" }],
  [false, { status: "healthy", shared_state: "away" }],
])("readiness stays 200 whatever shared state does, and says so (available: %s)", async (available, expected) => {
  const clock = new VirtualClock();
  const router: Engine = createRouter({
    clock,
    providers: [scriptedProvider({ clock })],
    modelList: [{ modelName: "m", model: "openai/x" }],
  });
  const shared = available === undefined ? undefined : { name: "redis", available };
  const engine = new Proxy(router, {
    get: (target, name): unknown =>
      name === "state" ? () => ({ ...target.state(), shared }) : Reflect.get(target, name, target),
  });
  const response = await toFetchHandler(createGateway(engine))("http://gateway/health/readiness");
  expect([response.status, await response.json()]).toEqual([200, expected]);
});
