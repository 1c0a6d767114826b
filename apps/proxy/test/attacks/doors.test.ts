import type { Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectRaw, post as postKept } from "../faults/raw-client.js";
import { Opened, type WholeProxy } from "./whole-proxy.js";

const opened = new Opened();
let upstream: Upstream;
let guarded: WholeProxy;
let open: WholeProxy;

beforeAll(async () => {
  upstream = await opened.upstream();
  const list = `
model_list:
  - model_name: gpt
    litellm_params: { model: openai/gpt-4, api_key: sk-vendor-canary, api_base: "${upstream.url("a")}/v1" }
`;
  guarded = await opened.whole(`${list}general_settings: { master_key: sk-master-canary }\n`);
  open = await opened.whole(list);
});
beforeEach(() => {
  upstream.reset();
});
afterAll(() => opened.close());

const body = JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }] });

/** A request that asks the server to close the connection after the answer. */
const post: typeof postKept = (path, text, headers) => postKept(path, text, { connection: "close", ...headers });

/** The answers on one connection: all statuses, and the whole text. */
async function sent(
  proxy: WholeProxy,
  text: string,
): Promise<{ readonly statuses: readonly number[]; readonly all: string }> {
  const client = await connectRaw(proxy.port);
  client.write(text);
  await client.closed();
  return { statuses: client.statuses, all: client.received };
}

describe("a caller without the master key", () => {
  const paths = `
    /v1/chat/completions /chat/completions /engines/gpt/chat/completions /v1/embeddings /v1/models
    /models/gpt /model/info /health /router/state /V1/MODELS //v1/models /v1/../router/state
    /v1/%2e%2e/router/state /router%2Fstate /router/state/ /router/state;x /router/state%00
    /health/../router/state /health/liveliness/../../router/state /engines/x/router/state
  `
    .trim()
    .split(/\s+/u);

  it.each(paths)("gets no information from %s, with any method and any wrong key", async (path) => {
    const keys = [
      "",
      "authorization: Bearer sk-master",
      "authorization: Bearer SK-MASTER-CANARY",
      "x-api-key: sk-master-canary2",
    ];
    for (const method of ["GET", "POST", "PUT", "QUERY"])
      for (const key of keys) {
        const lines = `host: localhost\r\n${key === "" ? "" : `${key}\r\n`}content-length: 0\r\nconnection: close\r\n`;
        const { statuses, all } = await sent(guarded, `${method} ${path} HTTP/1.1\r\n${lines}\r\n`);
        expect([401, 404, 405]).toContain(statuses[0]);
        expect(all).not.toMatch(/canary|"data"|deployments/u);
      }
    expect(upstream.calls).toHaveLength(0);
  });

  it.each([
    ["in the query", post("/v1/chat/completions?api_key=sk-master-canary", body)],
    ["in a cookie", post("/v1/chat/completions", body, { cookie: "key=sk-master-canary" })],
    ["without Bearer", post("/v1/chat/completions", body, { authorization: "sk-master-canary" })],
    ["with Basic", post("/v1/chat/completions", body, { authorization: "Basic sk-master-canary" })],
    ["behind a wrong one", post("/v1/chat/completions", body, { authorization: "Bearer x, Bearer sk-master-canary" })],
    [
      "behind a wrong header of its own",
      post("/v1/chat/completions", body, { "x-litellm-api-key": "x", authorization: "Bearer sk-master-canary" }),
    ],
    ["under another method's name", post("/v1/chat/completions", body, { "x-http-method-override": "GET" })],
    ["from a trusted address", post("/v1/chat/completions", body, { "x-forwarded-for": "127.0.0.1" })],
  ])("is not admitted with a key %s", async (_, text) => {
    expect((await sent(guarded, text)).statuses).toEqual([401]);
    expect(upstream.calls).toHaveLength(0);
  });
});

describe("a caller that presents the master key and another one", () => {
  it.each([
    ["authorization", { authorization: "Bearer sk-master-canary", "x-api-key": "sk-ant-canary" }],
    ["x-api-key", { authorization: "Bearer sk-ant-canary", "x-api-key": "sk-master-canary" }],
    ["api-key", { "x-api-key": "sk-ant-canary", "api-key": "sk-master-canary" }],
  ])("is served with the master key in %s, and neither reaches the vendor or the answer", async (_, headers) => {
    const { statuses, all } = await sent(guarded, post("/v1/chat/completions", body, headers));
    expect(statuses).toEqual([200]);
    expect(all).not.toContain("canary");
    const call = upstream.calls[0]!;
    expect(call.headers).not.toHaveProperty("x-api-key");
    expect(call.headers).not.toHaveProperty("api-key");
    expect(JSON.stringify([call.headers, call.body])).not.toMatch(/sk-(?:ant|master)-canary/u);
  });

  it("is refused if none of them is the master key", async () => {
    const headers = { authorization: "Bearer sk-ant-canary", "x-api-key": "sk-other-canary", "api-key": "sk-x-canary" };
    expect((await sent(guarded, post("/v1/chat/completions", body, headers))).statuses).toEqual([401]);
    expect(upstream.calls).toHaveLength(0);
  });
});

describe("a request that two servers could parse differently", () => {
  const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk-master-canary\r\n";
  const smuggled = "GET /router/state HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk-master-canary\r\n\r\n";
  const chunks = `0\r\n\r\n${smuggled}`;

  it.each([
    ["length and chunks", `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`],
    ["two lengths", `${head}content-length: 0\r\ncontent-length: ${String(smuggled.length)}\r\n\r\n${smuggled}`],
    ["a length with a sign", `${head}content-length: +5\r\n\r\n${smuggled}`],
    ["a huge length", `${head}content-length: 99999999999999999999999\r\n\r\n${smuggled}`],
    ["a misspelled encoding", `${head}transfer-encoding: xchunked\r\n\r\n${chunks}`],
    ["an encoding behind a vertical tab", `${head}transfer-encoding:\u000Bchunked\r\n\r\n${chunks}`],
    ["a space before the colon", `${head}transfer-encoding : chunked\r\n\r\n${chunks}`],
    ["a folded line", `${head}x: y\r\n transfer-encoding: chunked\r\n\r\n${chunks}`],
    ["a chunk of an overflowing size", `${head}transfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\nx\r\n${chunks}`],
    ["line feeds alone", `${head}transfer-encoding: chunked\r\n\r\n1\nx\n${chunks}`],
    ["a NUL in a header", `${head}x: a\u0000b\r\ncontent-length: 0\r\n\r\n${smuggled}`],
    ["two hosts", `${head}host: evil.example\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`],
  ])("is refused, and the request hidden in it is not answered: %s", async (_, text) => {
    const { statuses, all } = await sent(guarded, text);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses[0]).toBeLessThan(500);
    expect(all).not.toContain("deployments");
    expect(upstream.calls).toHaveLength(0);
  });
});

describe("a web page that calls a proxy without a master key", () => {
  const get = (path: string, headers: Readonly<Record<string, string>>): string => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `GET ${path} HTTP/1.1\r\n${lines.join("")}connection: close\r\n\r\n`;
  };

  it("reads nothing when its host name was rebound to this machine", async () => {
    for (const path of ["/router/state", "/v1/model/info", "/v1/models", "/health", "/metrics"]) {
      const { statuses, all } = await sent(open, get(path, { host: "rebound.example:4000" }));
      expect([path, statuses]).toEqual([path, [403]]);
      expect(all).toContain("host_not_allowed");
    }
    const call = post("/v1/chat/completions", body, { host: "rebound.example:4000" });
    expect((await sent(open, call)).statuses).toEqual([403]);
    expect(upstream.calls).toHaveLength(0);
  });

  it("causes no calls from another origin", async () => {
    const origins = [
      "https://evil.example",
      "null",
      "http://127.0.0.1:1",
      "http://localhost.evil.example",
      "https://localhost",
    ];
    for (const origin of origins) {
      const call = post("/v1/chat/completions", body, { origin, "content-type": "text/plain" });
      expect([origin, (await sent(open, call)).statuses]).toEqual([origin, [403]]);
    }
    const image = {
      host: "localhost",
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "image",
    };
    expect((await sent(open, get("/router/state", image))).statuses).toEqual([403]);
    expect(upstream.calls).toHaveLength(0);
  });

  it("is served from this machine, as programs are", async () => {
    expect((await open.chat({ model: "gpt" })).status).toBe(200);
    const host = `127.0.0.1:${String(open.port)}`;
    const call = post("/v1/chat/completions", body, { host, origin: `http://${host}` });
    expect((await sent(open, call)).statuses).toEqual([200]);
  });
});
