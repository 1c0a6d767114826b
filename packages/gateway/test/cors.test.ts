import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, fails, scriptedProvider, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";
import { createNodeServer } from "../src/node.js";
import type { GatewayOptions } from "../src/options.js";
import { listen } from "./support/listen.js";

type Send = (path: string, init?: RequestInit) => Promise<Response>;

const page = "https://app.example.com";
const key = { authorization: "Bearer sk-master" };
function build(options: GatewayOptions) {
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("bad", fails("bad_request"));
  provider.script("flow", streams(["he", "llo"]));
  const router = createRouter({
    providers: [provider],
    modelList: ["a", "bad", "flow"].map((id) => deploymentOptions(id, { modelName: id })),
  });
  const own = { status: 200, headers: { vary: "accept", "access-control-allow-origin": "https://own" }, body: "" };
  const gateway = createGateway(router, {
    routes: [{ method: "GET", path: "/own", open: true, handle: () => own }],
    ...options,
  });
  return { gateway, provider };
}

const adapters: Record<string, (options: GatewayOptions) => Promise<Send & { readonly calls: () => number }>> = {
  fetch: (options) => {
    const { gateway, provider } = build(options);
    const handler = toFetchHandler(gateway);
    const send: Send = (path, init) => handler(`http://127.0.0.1:4000${path}`, init);
    return Promise.resolve(Object.assign(send, { calls: () => provider.calls.length }));
  },
  node: async (options) => {
    const { gateway, provider } = build(options);
    const base = `http://127.0.0.1:${String(await listen(createNodeServer(gateway).server))}`;
    const send: Send = (path, init) => fetch(base + path, init);
    return Object.assign(send, { calls: () => provider.calls.length });
  },
};

const preflight = (origin = page, headers: Record<string, string> = {}): RequestInit => ({
  method: "OPTIONS",
  headers: {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-stainless-os",
    ...headers,
  },
});
const call = (model: string, headers: Record<string, string>): RequestInit => ({
  method: "POST",
  headers,
  body: JSON.stringify({ model, messages: [], stream: model === "flow" }),
});
const chat = "/v1/chat/completions";
const cors = (response: Response) =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-") || name === "vary"));
const readable = { "access-control-allow-origin": "*", "access-control-expose-headers": "*" };
const readableTo = (origin: string) => ({ ...readable, "access-control-allow-origin": origin, vary: "origin" });

describe.each(Object.entries(adapters))("pages of other sites, through %s", (_, open) => {
  it("any page may call with a master key, and a preflight needs no key", async () => {
    const send = await open({ masterKey: "sk-master" });
    const answer = await send(chat, preflight());
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(cors(answer)).toEqual({
      ...readable,
      "access-control-allow-methods": "DELETE, GET, HEAD, POST",
      "access-control-allow-headers": "authorization,content-type,x-stainless-os",
      "access-control-max-age": "7200",
    });
  });

  it.each(["a", "bad", "flow", "nowhere"])("may read every answer and its headers: %s", async (model) => {
    const send = await open({ masterKey: "sk-master" });
    const answer = await send(chat, call(model, { ...key, origin: page }));
    expect(answer.headers.get("x-litellm-call-id")).not.toBeNull();
    expect(cors(answer)).toEqual(readable);
    expect(await answer.text()).not.toBe("");
  });

  it.each([
    ["/v1/models", {}, 401],
    ["/nowhere", {}, 404],
    ["/v1/chat/completions", key, 405],
  ] as const)("may read why they are refused: %s", async (path, headers, status) => {
    const send = await open({ masterKey: "sk-master" });
    const answer = await send(path, { headers: { ...headers, origin: page } });
    expect(answer.status).toBe(status);
    expect(cors(answer)).toEqual(readable);
  });

  it("can be limited to named origins, and caches then keep answers apart", async () => {
    const send = await open({ masterKey: "sk-master", allowedOrigins: [page, "http://localhost:5173"] });
    expect(cors(await send(chat, preflight("http://localhost:5173")))).toMatchObject({
      "access-control-allow-origin": "http://localhost:5173",
      vary: "origin",
    });
    expect(cors(await send(chat, call("flow", { ...key, origin: page })))).toEqual(readableTo(page));
    expect(cors(await send(chat, call("a", { ...key, origin: "https://b.com" })))).toEqual({ vary: "origin" });
    expect(cors(await send("/v1/models", { headers: key }))).toEqual({ vary: "origin" });
    expect(cors(await send("/own", { headers: { origin: page } }))).toEqual({
      ...readableTo(page),
      vary: "accept, origin",
    });
    const refused = await send(chat, preflight("https://b.com"));
    expect(refused.status).toBe(403);
    expect(cors(refused)).toEqual({ vary: "origin" });
    expect(await refused.json()).toMatchObject({ error: { code: "origin_not_allowed" } });
  });

  it.each([
    ["without a master key", {}],
    ["where none is named", { masterKey: "sk-master", allowedOrigins: [] }],
  ])("may not %s", async (_name, options) => {
    const send = await open(options);
    const refused = await send(chat, preflight());
    expect([refused.status, cors(refused)]).toEqual([403, {}]);
    expect(cors(await send("/v1/models", { headers: { ...key, origin: page } }))).toEqual({});
  });

  // Browsers send text without a preflight. The call would cost money even if the page cannot read the answer.
  it.each([page, "null", "http://localhost:5173"])("cause no vendor call without a master key: %s", async (origin) => {
    const send = await open({});
    const headers = { "content-type": "text/plain", origin };
    const refused = await send(chat, call("a", headers));
    expect([refused.status, cors(refused)]).toEqual([403, {}]);
    expect(((await refused.json()) as { error: { message: string } }).error.message).toContain(origin);
    expect((await send(chat, call("a", { ...headers, "sec-fetch-site": "cross-site" }))).status).toBe(403);
    expect(send.calls()).toBe(0);
  });

  it("may call without a master key if their origin is named, or all are", async () => {
    const named = await open({ allowedOrigins: [page] });
    expect(cors(await named(chat, call("a", { origin: page })))).toEqual(readableTo(page));
    expect((await named(chat, call("a", { origin: "https://b.com" }))).status).toBe(403);
    expect(named.calls()).toBe(1);
    const all = await open({ allowedOrigins: ["*"] });
    expect(cors(await all(chat, call("a", { origin: "null" })))).toEqual(readable);
  });

  it("requests that do not come from a page, or come from its own page, are served as usual", async () => {
    const send = await open({});
    const answer = await send(chat, call("a", {}));
    expect([answer.status, cors(answer)]).toEqual([200, {}]);
    const own = { origin: "https://proxied.example", "sec-fetch-site": "same-origin" };
    expect((await send(chat, call("a", own))).status).toBe(200);
    expect(cors(await (await open({ masterKey: "sk-master" }))("/v1/models", { headers: key }))).toEqual(readable);
  });

  it("an OPTIONS request that is not a preflight is treated like any other", async () => {
    const send = await open({ masterKey: "sk-master" });
    expect((await send(chat, { method: "OPTIONS", headers: { origin: page } })).status).toBe(401);
    expect((await send(chat, { method: "OPTIONS", headers: key })).status).toBe(405);
  });

  it("a preflight for no headers, or for too many, is answered without allowed headers", async () => {
    const send = await open({ masterKey: "sk-master" });
    const names = "x-header,".repeat(500);
    const answer = await send(chat, preflight(page, { "access-control-request-headers": names }));
    expect([answer.status, answer.headers.get("access-control-allow-headers")]).toEqual([200, null]);
  });
});

// The owner of a name can point it at this machine at any time, and plain http shows nothing else about where a page is from.
it.each([
  ["http://127.0.0.1:4000", "127.0.0.1:4000", 200],
  ["http://[::1]:4000", "[::1]:4000", 200],
  ["http://localhost:4000", "localhost:4000", 200],
  ["http://192.168.0.7", "192.168.0.7", 200],
  ["http://rebound.example:4000", "rebound.example:4000", 403],
  ["http://127.0.0.1.example:4000", "127.0.0.1.example:4000", 403],
  ["http://localhost:5173", "localhost:4000", 403],
  ["https://127.0.0.1:4000", "", 403],
  ["null", "null", 403],
])("without a master key and without sec-fetch-site: %s at %s gets %i", async (origin, host, status) => {
  const handler = toFetchHandler(build({}).gateway);
  expect((await handler(`http://gateway${chat}`, call("a", { origin, host }))).status).toBe(status);
});

it("createGateway refuses invalid lists of origins", () => {
  for (const [allowedOrigins, message] of [
    ["*", "allowedOrigins: expected a list, got a string."],
    [["https://a.com/"], 'allowedOrigins[0]: "https://a.com/" is not how browsers send it. Write "https://a.com".'],
    [[page, "null"], "allowedOrigins[1]: every sandboxed page sends null"],
  ] as const)
    expect(() => build({ allowedOrigins } as never)).toThrow(message);
});
