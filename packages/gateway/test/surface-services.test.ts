import type { JsonObject, Surface } from "@modelyard/core";
import { answers, fails, hangs, streams, turnsUntil } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { messagesSurface, recordingOf } from "./support/messages-surface.js";
import { adapterNames, post } from "./support/adapters.js";
import { message, recordings, serveTwo, type TwoSurfaces, upload } from "./support/two-surfaces.js";
import type { GatewayOptions } from "../src/options.js";

const masterKey = "sk-master";

/** An error of the test's wire. */
const shape = (type: string) => ({ type: "error", error: { type, message: expect.any(String) as string } });

describe.each(adapterNames)("a surface besides OpenAI's, over %s", (name) => {
  const serve = (options?: GatewayOptions): Promise<TwoSurfaces> => serveTwo(name, options);

  it("reads and writes its own wire, and gets the gateway's headers", async () => {
    const { send, provider } = await serve();
    provider.script("a", answers("Grüße ✓"));
    const response = await send("/v1/messages", post(message, { "x-litellm-call-id": "call-1" }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      type: "message",
      model: "gpt-4",
      content: [{ type: "text", text: "Grüße ✓" }],
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "request-id": "call-1",
      "x-request-id": "call-1",
      "x-litellm-call-id": "call-1",
      "x-litellm-model-id": "a",
      "x-litellm-model-group": "gpt-4",
      "x-litellm-attempted-retries": "0",
    });
  });

  it("takes an upload with the model in its path, and answers with binary data", async () => {
    const { send, provider } = await serve({ masterKey });
    provider.script("a", answers("Grüße ✓"));
    const response = await send(recordings, upload("What was said ✓", { "x-messages-key": masterKey }));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("audio/x-recording");
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(recordingOf("Grüße ✓"));
    expect(provider.calls[0]?.call.request).toMatchObject({ messages: [{ content: "What was said ✓" }] });
  });

  it.each([undefined, ""])("serves a DELETE whose path says everything (body: %j)", async (body) => {
    const { send, provider } = await serve({ masterKey });
    const headers = { "x-messages-key": masterKey };
    const init = { method: "DELETE", headers, ...(body === undefined ? {} : { body }) };
    const response = await send("/v1/models/gpt-4/memories/of%20me", init);
    expect([response.status, response.headers.get("x-litellm-model-id")]).toEqual([200, "a"]);
    expect(provider.calls[0]?.call.request).toMatchObject({ messages: [{ content: "Forget of me." }] });
  });

  it("names the request in the body of every failure", async () => {
    const { send } = await serve({ masterKey });
    const headers = { "x-litellm-call-id": "call-1", "x-messages-key": masterKey };
    const idIn = async (init: RequestInit) =>
      ((await (await send("/v1/messages", init)).json()) as JsonObject)["request_id"];
    expect(await idIn(post({ model: "gpt-4" }, headers))).toBe("call-1");
    expect(await idIn(post({ ...message, model: "gpt-5" }, headers))).toBe("call-1");
    expect(await idIn(post(message, { "x-litellm-call-id": "call-1" }))).toBe("call-1");
  });

  it("streams binary data, and closes the connection on a failure that the wire cannot report", async () => {
    const { send, provider } = await serve();
    provider.script("a", streams(["Grü", "ße"]), streams(["Grü", "ße"], { failAfter: 1 }));
    const ask = (): Promise<Response> => send(`${recordings}?stream=true`, upload("said"));
    expect(new Uint8Array(await (await ask()).arrayBuffer())).toEqual(recordingOf("Grüße"));
    const broken = await ask();
    expect(broken.status).toBe(200);
    await expect(broken.arrayBuffer()).rejects.toThrow();
  });

  it.each([
    ["a key in the surface's header", "/v1/messages", { "x-messages-key": masterKey }, 200],
    ["a key in another of its headers", "/v1/messages", { "x-api-key": masterKey }, 200],
    ["a bearer token", "/v1/messages", { authorization: `Bearer ${masterKey}` }, 200],
    ["a key in LiteLLM's header", "/v1/messages", { "x-litellm-api-key": masterKey, "x-api-key": "other" }, 200],
    ["a wrong key", "/v1/messages", { "x-messages-key": "wrong" }, 401],
    ["no key", "/v1/messages", {}, 401],
    ["a header of OpenAI's surface alone", "/v1/messages", { "api-key": masterKey }, 401],
    ["the header of this surface at OpenAI's", "/v1/chat/completions", { "x-messages-key": masterKey }, 401],
    ["any surface's header where no surface is asked", "/router/state", { "x-messages-key": masterKey }, 200],
  ] as const)("with a master key and %s, answers %s with %o by the right status", async (_, path, headers, status) => {
    const { send } = await serve({ masterKey });
    const response = await send(path, path.startsWith("/router") ? { headers } : post(message, headers));
    expect(response.status).toBe(status);
  });

  it("accepts the key only in the configured header", async () => {
    const { send } = await serve({ masterKey, keyHeader: "X-Own" });
    expect((await send("/v1/messages", post(message, { "x-messages-key": masterKey }))).status).toBe(401);
    expect((await send("/v1/messages", post(message, { "x-own": masterKey }))).status).toBe(200);
  });

  it.each([
    ["a body over the limit", "/v1/messages", post({ ...message, pad: "x".repeat(2_000) }), 413],
    ["an upload over the limit", recordings, upload("x".repeat(2_000)), 413],
    ["a body in an unknown encoding", "/v1/messages", post(message, { "content-encoding": "compress" }), 415],
    ["an upload in an unknown encoding", recordings, upload("x", { "content-encoding": "compress" }), 415],
    ["a body that is not what its encoding says", "/v1/messages", post(message, { "content-encoding": "gzip" }), 400],
    ["a body that is not JSON", "/v1/messages", { method: "POST", body: "{nope" }, 400],
    ["a request without a field of the wire", "/v1/messages", post({ model: "gpt-4" }), 400],
    ["a form that is none", recordings, { method: "POST", body: "x" }, 400],
    ["a header that cannot be read", recordings, upload("x", { "x-litellm-timeout": "soon" }), 400],
    ["an unknown model", "/v1/messages", post({ ...message, model: "gpt-5" }), 404],
    ["the wrong method", "/v1/messages", {}, 405],
    ["a page of another site", "/v1/messages", post(message, { origin: "https://evil.example" }), 403],
  ] as const)("refuses %s in its own shape", async (_, path, init, status) => {
    const { send } = await serve({ maxRequestBytes: 1_000 });
    const response = await send(path, init);
    expect([response.status, await response.json()]).toMatchObject([status, shape("api_error")]);
    expect(response.headers.get("allow")).toBe(status === 405 ? "POST" : null);
  });

  describe("the longest body", () => {
    /** The test's surface, with a limit for messages. */
    const limited = (maxRequestBytes: number): Surface => ({
      ...messagesSurface,
      routes: messagesSurface.routes.map((route) =>
        route.path === "/v1/messages" ? { ...route, maxRequestBytes } : route,
      ),
    });
    const body = post({ ...message, messages: [{ role: "user", content: "x".repeat(1_000) }] });

    it.each([
      ["that of the route, where it is lower than the gateway's", 500, 100_000, 413],
      ["that of the gateway, where it is lower than the route's", 100_000, 500, 413],
      ["that of the route, where the gateway has none of its own", 500, undefined, 413],
      ["the route's, which a body may reach", 2_000, undefined, 200],
    ])("is %s", async (_, ofRoute, ofGateway, status) => {
      const { send } = await serve({
        surfaces: [limited(ofRoute)],
        ...(ofGateway === undefined ? {} : { maxRequestBytes: ofGateway }),
      });
      expect((await send("/v1/messages", body)).status).toBe(status);
    });

    it("of another route of the surface stays the gateway's", async () => {
      const { send } = await serve({ surfaces: [limited(10)] });
      expect((await send(recordings, upload("What was said"))).status).toBe(200);
    });
  });

  it("calls onRefused for requests that never reach the engine", async () => {
    const refused: string[] = [];
    const { send } = await serve({
      onRefused: ({ status }, { path }) => {
        refused.push(`${String(status)} ${path}`);
      },
    });
    await send("/v1/messages", post({ model: "gpt-4" }));
    await send(recordings, { method: "POST", body: "x" });
    await send("/v1/messages", {});
    expect(refused).toEqual(["400 /v1/messages", `400 ${recordings}`, "405 /v1/messages"]);
  });

  it("reports a wrong key in its own shape", async () => {
    const { send } = await serve({ masterKey });
    const response = await send("/v1/messages", post(message));
    expect([response.status, await response.json()]).toMatchObject([401, shape("authentication_error")]);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("answers an overloaded vendor with its own status, and OpenAI's surface with another", async () => {
    const { send, provider } = await serve();
    provider.script("a", fails("overloaded", { retryAfterMs: 1_500 }));
    const own = await send("/v1/messages", post(message));
    expect([own.status, await own.json()]).toMatchObject([529, shape("overloaded_error")]);
    expect([own.headers.get("retry-after"), own.headers.get("retry-after-ms")]).toEqual(["2", "1500"]);
    expect(own.headers.get("x-litellm-model-id")).toBe("a");
    expect((await send("/v1/chat/completions", post(message))).status).toBe(503);
  });

  it("applies options from the body, unless headers set them", async () => {
    const { send, provider } = await serve();
    const served = async (fields: object, headers: Record<string, string>) => {
      const response = await send("/v1/messages", post({ ...message, model: "tagged", ...fields }, headers));
      return response.headers.get("x-litellm-model-id");
    };
    expect(await served({ tags: ["paid"] }, {})).toBe("paid");
    expect(await served({ tags: ["paid"] }, { "x-litellm-tags": "free" })).toBe("free");
    expect(await served({}, { "x-litellm-tags": "free" })).toBe("free");
    provider.script("a", hangs());
    const late = await send(recordings, upload("x", { "x-litellm-timeout": "0.05" }));
    expect([late.status, await late.json()]).toMatchObject([408, shape("api_error")]);
  });

  it("refuses calls and uploads while the server drains, but still lists models", async () => {
    const { send, gateway, provider } = await serve();
    gateway.draining = true;
    for (const [path, init] of [
      ["/v1/messages", post(message)],
      [recordings, upload("x")],
    ] as const) {
      const response = await send(path, init);
      expect([response.status, await response.json()]).toMatchObject([503, shape("api_error")]);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(response.headers.has("x-litellm-call-id")).toBe(true);
    }
    expect(provider.calls).toHaveLength(0);
    expect((await send("/v1/models", { headers: { "anthropic-version": "1" } })).status).toBe(200);
  });

  it("can be called by pages of allowed origins, with every method that is served", async () => {
    const { send } = await serve({ allowedOrigins: ["https://app.example"] });
    const headers = { origin: "https://app.example" };
    const answered = await send("/v1/messages", post(message, headers));
    expect(answered.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const asked = await send("/v1/messages", {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "POST" },
    });
    expect(asked.headers.get("access-control-allow-methods")).toBe("DELETE, GET, HEAD, POST");
  });

  it("stops the vendor when the client of an upload leaves", async () => {
    const { send, provider } = await serve();
    provider.script("a", hangs());
    const controller = new AbortController();
    const call = send(recordings, { ...upload("x"), signal: controller.signal }).catch(() => undefined);
    await turnsUntil(() => provider.calls.length > 0);
    controller.abort();
    await call;
    await turnsUntil(() => provider.calls[0]?.cancelledAt !== undefined);
    expect(provider.open).toBe(0);
  });
});
