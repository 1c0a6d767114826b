import type { Surface } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { messagesSurface } from "./support/messages-surface.js";
import { post } from "./support/adapters.js";
import { build, message } from "./support/two-surfaces.js";
import { type GatewayOptions, openaiSurface, toFetchHandler } from "../src/index.js";

const serve = (options: GatewayOptions = {}) => {
  const handler = toFetchHandler(build(options).gateway);
  return async (path: string, init?: RequestInit) => {
    const response = await handler(`http://localhost${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
};

const messageOf = (body: Record<string, unknown>): string => (body["error"] as { readonly message: string }).message;

describe("a path that two surfaces share", () => {
  it("is served by the surface that accepts the request, else by the one that accepts all requests", async () => {
    const send = serve();
    const asked = { headers: { "anthropic-version": "2023-06-01" } };
    expect((await send("/v1/models", asked)).body).toMatchObject({ has_more: false });
    expect((await send("/v1/models")).body).toMatchObject({ object: "list" });
    const reversed = serve({ surfaces: [messagesSurface, openaiSurface] });
    expect((await reversed("/v1/models", asked)).body).toMatchObject({ has_more: false });
    expect((await reversed("/v1/models")).body).toMatchObject({ object: "list" });
  });

  it("reports a wrong key in the shape of the surface that accepts the request", async () => {
    const send = serve({ masterKey: "sk-master" });
    expect((await send("/v1/models", { headers: { "anthropic-version": "1" } })).body).toMatchObject({ type: "error" });
    expect((await send("/v1/models")).body).not.toHaveProperty("type");
  });

  it("reports a wrong method in the shape of the surface that would accept the request", async () => {
    const options = { surfaces: [openaiSurface, messagesSurface] };
    for (const surfaces of [options.surfaces, options.surfaces.toReversed()]) {
      const send = serve({ surfaces });
      const asked = { method: "DELETE", headers: { "anthropic-version": "1" } };
      expect(await send("/v1/models", asked)).toMatchObject({ status: 405, body: { type: "error" } });
      const { status, body } = await send("/v1/models", { method: "DELETE" });
      expect([status, body["type"]]).toEqual([405, undefined]);
    }
  });

  it("is an unknown route for requests that no surface accepts", async () => {
    const send = serve({ surfaces: [messagesSurface] });
    expect((await send("/v1/models", { headers: { "anthropic-version": "1" } })).status).toBe(200);
    const { status, body } = await send("/v1/models");
    expect([status, body["type"], messageOf(body)]).toEqual([404, "error", expect.stringContaining("GET /v1/models")]);
  });
});

describe("a route whose accepts throws", () => {
  it.each(["GET", "HEAD"])(
    "is reported, and its %s requests go on to the next surface or are unknown",
    async (method) => {
      const fault = new TypeError("x is not a function");
      const faults: unknown[] = [];
      const [, , , models] = messagesSurface.routes;
      const broken = {
        ...messagesSurface,
        routes: [
          messagesSurface.routes[0],
          {
            ...models,
            accepts: () => {
              throw fault;
            },
          },
        ],
      } as Surface;
      const onError = (thrown: unknown): void => {
        faults.push(thrown);
      };
      const handlers = [[openaiSurface, broken], [broken]].map((surfaces) =>
        toFetchHandler(build({ surfaces, onError }).gateway),
      );
      const statuses = await Promise.all(
        handlers.map(async (handler) => (await handler("http://localhost/v1/models", { method })).status),
      );
      expect(statuses).toEqual([200, 404]);
      expect(new Set(faults)).toEqual(new Set([fault]));
    },
  );
});

describe("an unknown path", () => {
  it("gets an error in the shape of the surface with the most similar path, else of the first surface", async () => {
    const send = serve();
    expect((await send("/v1/messages/batches", post(message))).body).toMatchObject({ type: "error" });
    expect((await send("/messages/x", post(message))).body).toMatchObject({ type: "error" });
    expect((await send("/v1/nowhere")).body).not.toHaveProperty("type");
    expect((await serve({ surfaces: [messagesSurface, openaiSurface] })("/nowhere")).body).toMatchObject({
      type: "error",
    });
  });

  it("gets a list of the paths of all surfaces", async () => {
    const offer =
      "This server offers /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models and /v1/messages";
    expect(messageOf((await serve()("/v1/images/generations")).body)).toContain(offer);
    const alone = serve({ surfaces: [messagesSurface] });
    expect(messageOf((await alone("/v1/audio/speech")).body)).toContain("offers /v1/messages and /v1/models; send");
    expect(messageOf((await alone("/v1/responses")).body)).toMatch(
      /The Responses API is not served\. This server offers \/v1\/messages and \/v1\/models\.$/u,
    );
  });

  it("does not get the answer that its API is not served if another path of that API is", async () => {
    const { body } = await serve()("/v1/messages/batches");
    expect(messageOf(body)).not.toContain("not served");
    expect(messageOf((await serve({ surfaces: [openaiSurface] })("/v1/messages/batches")).body)).toContain(
      "Anthropic's API is not served: use a client of OpenAI's API",
    );
  });

  it("gets a suggestion from the paths of every surface", async () => {
    expect(messageOf((await serve()("/v1/message")).body)).toContain('Did you mean "/v1/messages"?');
  });
});

describe("createGateway", () => {
  const [call] = messagesSurface.routes;
  const withRoutes = (...routes: readonly unknown[]): Surface => ({
    ...messagesSurface,
    routes: routes as Surface["routes"],
  });

  it.each([
    [{ surfaces: openaiSurface }, "surfaces: expected a list, got an object."],
    [{ surfaces: [] }, "surfaces: it is empty, so nothing would be served. Give at least one, e.g. openaiSurface."],
    [{ surfaces: [undefined] }, "surfaces[0]: expected a surface, got undefined."],
    [{ surfaces: [openaiSurface, () => openaiSurface] }, "surfaces[1]: expected a surface, got a function."],
    [{ surfaces: [{ ...messagesSurface, write: undefined }] }, 'surfaces[0]: it has no method "write".'],
    [{ surfaces: [{ ...messagesSurface, name: "" }] }, "surfaces[0].name: a non-empty string is required."],
    [
      { surfaces: [{ ...messagesSurface, keyHeaders: ["X-Key"] }] },
      "surfaces[0].keyHeaders[0]: expected the name of a",
    ],
    [{ surfaces: [withRoutes("/v1/messages")] }, "surfaces[0].routes[0]: expected a route, got a string."],
    [{ surfaces: [withRoutes({ ...call, method: "post" })] }, "surfaces[0].routes[0].method: it must be one of"],
    [{ surfaces: [withRoutes({ ...call, path: "v1" })] }, "surfaces[0].routes[0].path: it must begin with a slash."],
    [{ surfaces: [withRoutes({ ...call, aliases: ["/a/*"] })] }, "surfaces[0].routes[0].aliases[0]: patterns are not"],
    [
      { surfaces: [withRoutes({ ...call, operation: "message" })] },
      "surfaces[0].routes[0].operation: it must be one of",
    ],
    [
      { surfaces: [withRoutes({ ...call, operation: undefined })] },
      "surfaces[0].routes[0].answer: expected a function",
    ],
    [
      { surfaces: [withRoutes({ ...call, path: "/a/{b" })] },
      'surfaces: the path /a/{b cannot be served: "{b" is not a',
    ],
    [
      { surfaces: [openaiSurface, { ...messagesSurface, routes: openaiSurface.routes }] },
      'surfaces: /v1/chat/completions of the surface "messages" is already served by the surface "openai".',
    ],
    [
      { surfaces: [withRoutes(call, { method: "GET", path: "/health", answer: () => undefined })] },
      'surfaces: /health of the surface "messages" is already served by the gateway.',
    ],
  ])("refuses %o", (options, problem) => {
    expect(() => build(options as GatewayOptions)).toThrow(problem);
  });
});
