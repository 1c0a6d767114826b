import { systemClock } from "@modelyard/core/kit";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { scriptedProvider } from "@modelyard/testing";
import fc from "fast-check";
import { createRouter, memoryCache } from "modelyard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Proxy, startProxy } from "./proxy.js";
import { RawClient } from "./raw-client.js";

const paths = fc.oneof(
  fc.constantFrom(
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/engines/gpt/chat/completions",
    "/openai/deployments/%zz/chat/completions",
    "/v1/models",
    "/v1/models/%E0%A4%A",
    "/health",
    "/router/state",
    "/",
  ),
  fc.string({ maxLength: 20 }).map((text) => `/${encodeURIComponent(text)}`),
);
const methods = fc.constantFrom("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH");

/** The usual fields of bodies, with valid values and with arbitrary ones. */
const fields = {
  model: fc.constantFrom("gpt", "gpt", "gpt", "spare", "nobody", "", "__proto__"),
  messages: fc.constantFrom([{ role: "user", content: "hi" }], [], [null], [{ role: 3, content: [[]] }]),
  prompt: fc.constantFrom("hi", [], [[1, 2]]),
  input: fc.constantFrom("hi", ["a", "b"], [[1]], [""]),
  stream: fc.boolean(),
  stream_options: fc.constantFrom({ include_usage: true }, {}),
  n: fc.constantFrom(1, 2, -1, 0.5),
  max_tokens: fc.constantFrom(1, 0, -1, 1e308),
  tools: fc.constantFrom([], [{ type: "function", function: { name: "f" } }]),
  response_format: fc.constantFrom({ type: "json_object" }, { type: "text" }),
  timeout: fc.constantFrom(5, "5", "soon"),
  stream_timeout: fc.constantFrom(5, 1e300),
  num_retries: fc.constantFrom(0, 1, 2.5),
  max_fallbacks: fc.constantFrom(0, 1),
  fallbacks: fc.constantFrom(["spare"], [{ gpt: ["spare"] }], [{ model: "spare", messages: [] }], [{}], [3]),
  context_window_fallbacks: fc.constantFrom([], [{ gpt: [] }]),
  cache: fc.constantFrom({ "no-cache": true }, { ttl: "x" }, { "s-maxage": 5 }, { constructor: 1 }),
  tags: fc.constantFrom(["a"], [1]),
  metadata: fc.constantFrom({ tags: ["a"] }, { tags: 1 }),
  mock_response: fc.constantFrom("mocked", ""),
  hold_back_events: fc.constantFrom(0, 3),
  mid_stream_fallback: fc.constantFrom("continue", "error", "never"),
  allowed_model_region: fc.constantFrom("eu", ["us"]),
  api_key: fc.constant("sk-client"),
  api_base: fc.constantFrom("http://127.0.0.1:1", "no url"),
  ["__proto__"]: fc.constant({ stream: true }),
} as const;

const body = fc.oneof(
  { weight: 8, arbitrary: fc.record(fields, { requiredKeys: ["model", "messages"] }) },
  {
    weight: 4,
    arbitrary: fc.record(
      Object.fromEntries(Object.keys(fields).map((name) => [name, fc.oneof(fields[name as "n"], fc.jsonValue())])),
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const headers = fc.dictionary(
  fc.constantFrom(
    "x-litellm-timeout",
    "x-litellm-stream-timeout",
    "x-litellm-num-retries",
    "x-litellm-tags",
    "x-litellm-call-id",
    "content-type",
    "cache-control",
    "authorization",
  ),
  fc.oneof(
    fc.constantFrom("1", "0", "-1", "NaN", "a,b,,", "Bearer x", "no-cache"),
    fc.stringMatching(/^[ -~]{0,20}$/u),
  ),
  { maxKeys: 3 },
);

const entry = (modelName: string) => ({ id: modelName, modelName, model: "openai/gpt-4", apiKey: "sk-canary" });

describe("any JSON request", () => {
  it("gets an answer or an error of the proxy's own, in OpenAI's format", async () => {
    const router = createRouter({
      providers: [scriptedProvider({ clock: systemClock })],
      responseCache: memoryCache(),
      modelList: [entry("gpt"), entry("spare")],
    });
    const handle = toFetchHandler(createGateway(router));
    const ask = async (path: string, given: Record<string, string>, text: string): Promise<void> => {
      const response = await handle(`http://proxy${path}`, { method: "POST", headers: given, body: text });
      const received = await response.text();
      expect({
        received,
        broken: response.status >= 500 || /internal (?:gateway|router) error/iu.test(received),
      }).toEqual({
        received,
        broken: false,
      });
      const error =
        response.status < 400 ? "none" : (JSON.parse(received) as { error: { message: unknown } }).error.message;
      expect(error).toBeTypeOf("string");
    };
    await fc.assert(
      fc.asyncProperty(paths, headers, body, async (path, given, value) => {
        await ask(path, given, JSON.stringify(value));
      }),
      { numRuns: 600 },
    );
    expect(router.inFlight).toBe(0);
    expect(({} as { stream?: unknown }).stream).toBeUndefined();
    await router.close();
  });
});

describe("any bytes on a connection", () => {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await startProxy();
  });
  afterAll(async () => {
    await proxy.close();
  });

  const good = fc.tuple(methods, paths, headers, body).map(([method, path, given, value]) => {
    const text = Buffer.from(JSON.stringify(value));
    const lines = Object.entries(given).map(([name, content]) => `${name}: ${content}\r\n`);
    const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${String(text.length)}\r\n${lines.join("")}\r\n`;
    return Buffer.concat([Buffer.from(head), text]);
  });
  const damaged = fc
    .tuple(good, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }), fc.nat())
    .map(([bytes, changes, cut]) => {
      const changed = Buffer.from(bytes);
      for (const [at, byte] of changes) changed[at % changed.length] = byte;
      return cut % 4 === 0 ? changed.subarray(0, cut % changed.length) : changed;
    });
  const bytes = fc.oneof(good, damaged, fc.uint8Array({ maxLength: 200 }));

  it("get HTTP or nothing, never an internal error, and the proxy keeps serving", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), async (raw, cut) => {
        const client = new RawClient(proxy.port);
        const at = cut % (raw.length + 1);
        client.write(raw.slice(0, at));
        client.write(raw.slice(at));
        client.socket.end();
        await client.closed();
        expect(client.received).toMatch(/^(?:$|HTTP\/1\.1 \d{3} )/u);
        expect(client.received).not.toMatch(/internal (?:gateway|router) error/iu);
        expect(client.statuses.filter((status) => status >= 500)).toEqual([]);
      }),
      { numRuns: 300 },
    );
    await proxy.upstream.idle();
    const response = await fetch(`${proxy.origin}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }] }),
    });
    expect([response.status, proxy.router.inFlight]).toEqual([200, 0]);
    await response.text();
  });
});
