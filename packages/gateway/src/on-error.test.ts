import { createError } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "./index.js";

it("tells onError of what should not have been thrown, and of no failure of a vendor, a request or a route", async () => {
  const provider = scriptedProvider({ clock: new VirtualClock() });
  provider.script("a", fails("internal_server"));
  const router = createRouter({
    providers: [provider],
    numRetries: 0,
    modelList: [{ id: "a", modelName: "gpt-4", model: "openai/a" }],
  });
  const told: unknown[] = [];
  const fault = new TypeError("x is not a function");
  const throws = (path: string, thrown: Error) =>
    ({
      method: "GET",
      path,
      open: true,
      handle: () => {
        throw thrown;
      },
    }) as const;
  const refusal = createError({ kind: "internal_server", message: "not today" });
  const gateway = createGateway(router, {
    onError: (error) => {
      told.push(error);
    },
    routes: [throws("/refuses", refusal), throws("/breaks", fault)],
  });
  const send = toFetchHandler(gateway);
  const chat = (body: string): Promise<Response> =>
    send("http://gateway/v1/chat/completions", { method: "POST", body });
  const statuses = [
    await chat(JSON.stringify({ model: "gpt-4", messages: [] })),
    await chat("{"),
    await send("http://gateway/nowhere"),
    await send("http://gateway/refuses"),
    await send("http://gateway/breaks"),
  ].map(({ status }) => status);
  expect(statuses).toEqual([500, 400, 404, 500, 500]);
  expect(told).toEqual([fault]);
});
