import { createError } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";

it("onError gets internal errors, but no failures of vendors, requests or routes", async () => {
  const provider = scriptedProvider({ clock: new VirtualClock() });
  provider.script("a", fails("internal_server"));
  const router = createRouter({
    providers: [provider],
    numRetries: 0,
    modelList: [deploymentOptions("a")],
  });
  const reported: unknown[] = [];
  const refused: string[] = [];
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
      reported.push(error);
    },
    onRefused: ({ code }, { method, path }) => {
      refused.push(`${method} ${path} ${code}`);
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
  expect(reported).toEqual([fault]);
  expect(refused).toEqual([
    "POST /v1/chat/completions bad_request",
    "GET /nowhere unknown_route",
    "GET /refuses internal_server_error",
  ]);
});

it("onRefused gets wrong keys, wrong methods and calls that cannot be planned", async () => {
  const router = createRouter({
    providers: [scriptedProvider({ clock: new VirtualClock() })],
    modelList: [deploymentOptions("a")],
  });
  const refused: string[] = [];
  const gateway = createGateway(router, {
    masterKey: "right",
    onRefused: ({ status }, { path }) => {
      refused.push(`${String(status)} ${path}`);
    },
  });
  const send = toFetchHandler(gateway);
  const url = "http://gateway/v1/chat/completions";
  const headers = { authorization: "Bearer right" };
  await send(url, { method: "POST", body: "{}" });
  await send(url, { headers });
  await send(url, { method: "POST", headers, body: '{"model": "gpt-4"}' });
  expect(refused).toEqual(["401", "405", "400"].map((status) => `${status} /v1/chat/completions`));
});

it("onError gets the failure of a route's body, and no listener stays on the caller's signal", async () => {
  const fault = new TypeError("x is not a function");
  const router = createRouter({
    providers: [scriptedProvider({ clock: new VirtualClock() })],
    modelList: [{ modelName: "gpt-4", model: "openai/a" }],
  });
  const reported: unknown[] = [];
  async function* body(): AsyncGenerator<string> {
    yield await Promise.resolve("a beginning");
    throw fault;
  }
  const gateway = createGateway(router, {
    onError: (error) => {
      reported.push(error);
    },
    routes: [
      { method: "GET", path: "/breaks", open: true, handle: () => ({ status: 200, headers: {}, body: body() }) },
    ],
  });
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = ((...given: Parameters<typeof add>) => {
    listeners += 1;
    add(...given);
  }) as typeof add;
  const remove = signal.removeEventListener.bind(signal);
  signal.removeEventListener = ((...given: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...given);
  }) as typeof remove;
  const response = await toFetchHandler(gateway)("http://gateway/breaks", { signal });
  await expect(response.text()).rejects.toBe(fault);
  expect(reported).toEqual([fault]);
  expect(listeners).toBe(0);
});

it.each([
  [200, { "x-note": "two\nlines" }, 'a header "x-note" that HTTP does not allow'],
  [200, { "x note": "one" }, 'a header "x note" that HTTP does not allow'],
  [204.5, {}, "the status 204.5"],
  [99, {}, "the status 99"],
])(
  "a route that answers %j with the headers %j is reported to onError, and its client gets a 500",
  async (status, headers, words) => {
    const router = createRouter({
      providers: [scriptedProvider({ clock: new VirtualClock() })],
      modelList: [{ modelName: "gpt-4", model: "openai/a" }],
    });
    const reported: unknown[] = [];
    const gateway = createGateway(router, {
      onError: (error) => {
        reported.push(String(error));
      },
      routes: [{ method: "GET", path: "/odd", open: true, handle: () => ({ status, headers, body: "x" }) }],
    });
    const response = await toFetchHandler(gateway)("http://gateway/odd");
    expect([response.status, reported]).toEqual([500, [expect.stringContaining(`/odd answered with ${words}`)]]);
  },
);

it("a throwing onError or onRefused does not keep clients from their answers", async () => {
  const router = createRouter({
    providers: [scriptedProvider({ clock: new VirtualClock() })],
    modelList: [{ modelName: "gpt-4", model: "openai/a" }],
  });
  const reported: unknown[] = [];
  const fault = new TypeError("x is not a function");
  const broken = (): never => {
    throw fault;
  };
  const send = toFetchHandler(
    createGateway(router, {
      onRefused: broken,
      onError: (error) => {
        reported.push(error);
        broken();
      },
      routes: [{ method: "GET", path: "/breaks", open: true, handle: broken }],
    }),
  );
  expect((await send("http://localhost/nowhere")).status).toBe(404);
  expect((await send("http://localhost/breaks")).status).toBe(500);
  expect(reported).toEqual([fault, fault]);
});
