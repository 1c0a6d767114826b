import { createRouter, type Router } from "@modelyard/router";
import { answers, deploymentOptions, fails, hangs, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, type ExtraRoute, type GatewayOptions, toFetchHandler } from "../src/index.js";

const chat = (content: string) => ({ model: "gpt-4", messages: [{ role: "user" as const, content }] });

/** A gateway with one custom route, which may call the router. */
function play(
  handle: (router: Router) => ExtraRoute["handle"],
  route: Partial<ExtraRoute> = {},
  options: GatewayOptions = {},
) {
  const built = build();
  const extra: ExtraRoute = { method: "POST", path: "/ask", open: false, handle: handle(built.router), ...route };
  const gateway = createGateway(built.router, {
    maxRequestBytes: 1_000,
    clock: built.clock,
    ...options,
    routes: [extra],
  });
  const handler = toFetchHandler(gateway);
  const send = (init?: RequestInit): Promise<Response> =>
    built.clock.until(handler("http://localhost/ask", { method: extra.method, ...init }));
  return { ...built, gateway, send };
}

function build() {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const router: Router = createRouter({
    providers: [provider],
    clock,
    numRetries: 0,
    modelList: [deploymentOptions("a")],
  });
  return { clock, provider, router };
}

/** A route that sends its body to the router as a request. */
const asks: Parameters<typeof play>[0] = (router) => async (request) => {
  const text = new TextDecoder().decode(await request.body());
  const answer = await router.completion(chat(text), request.options());
  const body = answer.choices[0]?.message.content ?? "";
  return { status: 200, headers: { "content-type": "text/plain" }, body, trail: answer.routing };
};

describe("a custom route", () => {
  it("gets the options that headers ask for, and its trail is shown in headers", async () => {
    const { send, provider } = play(asks);
    provider.script("a", answers("hello"));
    const response = await send({ body: "hi", headers: { "x-litellm-call-id": "call-1" } });
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/plain",
      "x-litellm-call-id": "call-1",
      "x-litellm-model-id": "a",
      "x-litellm-attempted-retries": "0",
    });
  });

  it("ends in time if a header sets a timeout", async () => {
    const { send, provider, clock } = play(asks);
    provider.script("a", hangs());
    const began = clock.now();
    const response = await send({ body: "hi", headers: { "x-litellm-timeout": "2" } });
    expect([response.status, clock.now() - began]).toEqual([408, 2_000]);
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
  });

  it.each([
    ["a body over the limit", { body: "x".repeat(2_000) }, 413],
    ["a body in an unknown encoding", { body: "hi", headers: { "content-encoding": "compress" } }, 415],
    ["a header that cannot be read", { body: "hi", headers: { "x-litellm-timeout": "soon" } }, 400],
  ] as const)("refuses %s before the router is called", async (_, init, status) => {
    const { send, provider } = play(asks);
    const response = await send(init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) as string } });
    expect(provider.calls).toHaveLength(0);
  });

  it("can set its own limit for its body", async () => {
    const { send } = play(() => async (request) => ({
      status: 200,
      headers: {},
      body: String((await request.body(5_000)).length),
    }));
    expect(await (await send({ body: "x".repeat(2_000) })).text()).toBe("2000");
    expect((await send({ body: "x".repeat(6_000) })).status).toBe(413);
  });

  it("sends the call's id with a failure, whether or not it has started a call", async () => {
    const { send } = play((router) => async (request) => {
      if (request.header("x-early") !== undefined) throw new Error("no call was begun");
      await router.completion({ ...chat("hi"), model: "unknown" }, request.options());
      return { status: 200, headers: {}, body: "" };
    });
    const called = await send({ headers: { "x-litellm-call-id": "call-1" } });
    expect([called.status, called.headers.get("x-litellm-call-id")]).toEqual([404, "call-1"]);
    const early = await send({ headers: { "x-litellm-call-id": "call-1", "x-early": "1" } });
    expect([early.status, early.headers.get("x-litellm-call-id")]).toEqual([500, "call-1"]);
  });

  it("sends the headers of a call that failed", async () => {
    const { send, provider } = play(asks);
    provider.script("a", fails("rate_limit", { retryAfterMs: 90_500 }));
    const response = await send({ body: "hi" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "91"]);
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
  });

  it.each([
    ["POST", {}, 503],
    ["GET", {}, 200],
    ["POST", { refusedWhileDraining: false }, 200],
    ["GET", { refusedWhileDraining: true }, 503],
  ] as const)("with method %s and %o answers %i while the server drains", async (method, options, status) => {
    const ok = { status: 200, headers: {}, body: "ok" };
    const { send, gateway } = play(() => () => ok, { method, ...options });
    expect((await send()).status).toBe(200);
    gateway.draining = true;
    expect((await send()).status).toBe(status);
  });

  it.each([
    [": ping\n\n", "data: 1\n\n: ping\n\n: ping\n\ndata: 2\n\n"],
    [undefined, "data: 1\n\ndata: 2\n\n"],
  ])("gets the ping %j in the silences of its stream", async (ping, text) => {
    const { send, clock } = play(
      () => () => ({
        status: 200,
        headers: { "content-type": "text/event-stream" },
        body: (async function* () {
          yield "data: 1\n\n";
          await new Promise<void>((resolve) => {
            clock.setTimer(resolve, 35_000);
          });
          yield "data: 2\n\n";
        })(),
      }),
      { ping },
      { pingMs: 15_000 },
    );
    const response = await send();
    expect(await clock.until(response.text())).toBe(text);
  });

  it.each([
    [{ ping: 5 }, "routes[0].ping: expected a string or bytes, got a number."],
    [{ refusedWhileDraining: "yes" }, "routes[0].refusedWhileDraining: expected true or false"],
  ])("is refused if it has %o", (route, problem) => {
    expect(() => play(asks, route as never)).toThrow(problem);
  });
});
