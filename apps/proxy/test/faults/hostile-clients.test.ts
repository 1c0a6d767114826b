import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";
import { connectRaw, post } from "./raw-client.js";

const path = "/v1/chat/completions";
const chat = (more: object = {}): string =>
  JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }], ...more });

let proxy: Proxy;
beforeAll(async () => {
  proxy = await startProxy({ gateway: { maxRequestBytes: 1_000_000 }, server: { maxHeaderBytes: 8_192 } });
});
beforeEach(() => {
  proxy.upstream.reset();
});
afterAll(() => proxy.close());

const send = (body: string | Uint8Array, headers: Record<string, string> = {}, to = path): Promise<Response> =>
  fetch(proxy.origin + to, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body as BodyInit,
  });

/** Expects that other clients are still served. */
async function serves(by = proxy): Promise<void> {
  const response = await fetch(by.origin + path, { method: "POST", body: chat() });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  expect(quiet(by.router)).toBe(true);
}

describe("a request that is too large", () => {
  it.each([
    ["says so beforehand", (body: string) => post(path, body)],
    [
      "does not say so",
      (body: string) =>
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ],
  ])("gets a 413 although it is still being sent, when its body %s", async (_, make) => {
    const client = await connectRaw(proxy.port);
    client.write(make(chat({ user: "x".repeat(20_000_000) })));
    await client.closed();
    expect(client.statuses).toEqual([413]);
    expect(client.body).toContain('"type":"invalid_request_error"');
    expect(proxy.upstream.calls).toHaveLength(0);
    await serves();
  });

  it.each([
    ["one long header", `x-long: ${"x".repeat(10_000)}\r\n`],
    ["many headers", Array.from({ length: 3_000 }, (_, index) => `x-${String(index)}: 1\r\n`).join("")],
    ["a long path", ""],
  ])("gets a 431: %s", async (name, headers) => {
    const client = await connectRaw(proxy.port);
    const target = name === "a long path" ? `/${"x".repeat(10_000)}` : path;
    client.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n`);
    await client.closed();
    expect(client.statuses).toEqual([431]);
    await serves();
  });

  it("may have many short headers, all of which are accepted and none sent to the vendor", async () => {
    const headers = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${String(index)}`, "1"]));
    expect((await send(chat(), headers)).status).toBe(200);
    expect(proxy.upstream.calls[0]!.headers["x-1"]).toBeUndefined();
  });
});

describe("a compressed body", () => {
  const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync };

  it.each(Object.entries(encoders))(
    "reaches the vendor uncompressed when it is sent as %s",
    async (encoding, encode) => {
      const body = chat({ user: "Grüße ✓ ".repeat(100) });
      expect((await send(encode(body), { "content-encoding": encoding })).status).toBe(200);
      const [call] = proxy.upstream.calls;
      expect(call!.body).toMatchObject({ user: "Grüße ✓ ".repeat(100) });
      expect(call!.headers["content-encoding"]).toBeUndefined();
      await serves();
    },
  );

  /** 16 MB of zeros. Each repetition adds as much, and the data has no end. */
  const zeros = deflateSync(new Uint8Array(16 * 1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH });
  const bomb = Buffer.concat([zeros, ...Array.from({ length: 55 }, () => zeros.subarray(2))]);

  it("gets a 413 as soon as it is too long, before the rest of it is decompressed", async () => {
    expect(bomb.length).toBeLessThan(1_000_000);
    // Decompressed to its end, it would get a 400, since it is incomplete.
    expect((await send(bomb, { "content-encoding": "deflate" })).status).toBe(413);
    expect((await send(gzipSync(bomb), { "content-encoding": "deflate, gzip" })).status).toBe(413);
    expect(proxy.upstream.calls).toHaveLength(0);
    await serves();
  });
});

describe("an invalid body", () => {
  const refused = async (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<number> => {
    const response = await send(body, headers);
    expect(await response.json()).toMatchObject({
      error: { type: "invalid_request_error", message: expect.any(String) as unknown },
    });
    expect(proxy.upstream.calls).toHaveLength(0);
    await serves();
    proxy.upstream.reset();
    return response.status;
  };

  it.each([
    ["nothing", ""],
    ["spaces", "   "],
    ["half an object", '{"model":"gpt"'],
    ["a list", "[]"],
    ["a string", '"hi"'],
    ["null", "null"],
    ["a comment", '{/* hi */"model":"gpt"}'],
    ["NaN", '{"model":NaN}'],
    ["two objects", "{}{}"],
    ["a NUL", '{"model":"gpt"}\0'],
    ["XML", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"],
  ])("gets a 400: %s", async (_, body) => {
    expect(await refused(body)).toBe(400);
  });

  it("gets a 400: bytes that are not UTF-8", async () => {
    expect(
      await refused(Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')])),
    ).toBe(400);
    expect(await refused(Buffer.from(chat(), "utf16le"))).toBe(400);
  });

  it("gets a 415 when its encoding is unknown", async () => {
    expect(await refused(chat(), { "content-encoding": "x-nonsense" })).toBe(415);
  });

  it.each(["gzip", "br", "deflate", "zstd", "br, gzip"])(
    "gets a 400 when it is not the %s it claims to be",
    async (encoding) => {
      expect(await refused(chat(), { "content-encoding": encoding })).toBe(400);
    },
  );

  it.each([
    ["lists", (depth: number) => "[".repeat(depth) + "]".repeat(depth)],
    ["objects", (depth: number) => '{"a":'.repeat(depth) + "1" + "}".repeat(depth)],
  ])(
    "gets a 400 when it is nested deeper than any vendor accepts, and is passed on unchanged otherwise: %s",
    async (_, make) => {
      const fields = (deep: string): readonly string[] => [
        `"messages":[],"x":${deep}`,
        `"messages":${deep}`,
        `"messages":[{"role":"user","content":${deep}}],"tools":${deep}`,
      ];
      for (const some of fields(make(50_000))) {
        expect(await refused(`{"model":"gpt","num_retries":0,${some}}`)).toBe(400);
        expect(await refused(`{"model":"gpt",${some}}`)).toBe(400);
      }
      for (const some of fields(make(150))) {
        expect((await send(`{"model":"gpt",${some}}`)).status).toBe(200);
        proxy.upstream.reset();
      }
      expect(proxy.router.state().groups[0]!.deployments[0]).toMatchObject({ health: "healthy", failures: 0 });
    },
  );

  it("with a wrong content type is still parsed as JSON", async () => {
    expect((await send(chat(), { "content-type": "text/plain" })).status).toBe(200);
    expect((await send(chat(), { "content-type": "application/x-www-form-urlencoded" })).status).toBe(200);
    expect((await send("model=gpt", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(400);
  });
});

describe("keys like __proto__", () => {
  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"])(
    "are data like any other key: %s",
    async (key) => {
      const value = '{"polluted":true,"stream":true,"model":"nobody","messages":[]}';
      const body = `{"num_retries":0,"model":"gpt","messages":[{"role":"user","content":"hi"}],"${key}":${value},"metadata":{"${key}":${value}}}`;
      const response = await send(body);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(Object.hasOwn(proxy.upstream.calls[0]!.body, key)).toBe(true);
    },
  );

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("are not models: %s", async (model) => {
    expect((await send(chat({ model }))).status).toBe(404);
    expect((await fetch(`${proxy.origin}/v1/models/${model}`)).status).toBe(404);
    expect((await send(chat(), {}, `/${model}`)).status).toBe(404);
  });

  it("count with their last value when they are duplicated, for the proxy and for the vendor", async () => {
    const response = await send('{"model":"other","model":"gpt","messages":[],"user":"a","user":"b"}');
    expect(response.status).toBe(200);
    expect(proxy.upstream.calls[0]!.body).toMatchObject({ model: "gpt-4", user: "b" });
  });
});

describe("very long or odd names", () => {
  const names = [
    "x".repeat(500_000),
    "a\r\nset-cookie: stolen=1\r\n\r\n<script>",
    "\u0000\u0007\u001B[31m",
    "гпт-4 🤖",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "%0d%0aset-cookie:%20x=1",
    " gpt",
    "*",
  ];
  it.each(names.map((name) => [JSON.stringify(name.slice(0, 30)), name] as const))(
    "of models get a short and safe 404: %s",
    async (_, model) => {
      for (const response of [
        await send(chat({ model })),
        await fetch(`${proxy.origin}/v1/models/${encodeURIComponent(model.slice(0, 500))}`),
        await send(chat(), {}, `/openai/deployments/${encodeURIComponent(model.slice(0, 500))}/chat/completions`),
      ]) {
        expect(response.status).toBe(404);
        expect(response.headers.get("set-cookie")).toBeNull();
        for (const [, value] of response.headers) expect(value).toMatch(/^[\u0020-\u007E]{0,300}$/u);
        const text = await response.text();
        expect(text.length).toBeLessThan(2_000);
        expect(text).toMatch(/^[\u0020-\u{10FFFF}]*$/u);
        expect(JSON.parse(text)).toMatchObject({ error: { code: "model_not_found", type: "invalid_request_error" } });
      }
      expect(proxy.upstream.calls).toHaveLength(0);
    },
  );

  it.each(["a b", "a\tb", "x".repeat(200), "ä", "a/b"])(
    "of calls are replaced if they are not valid ids: %j",
    async (id) => {
      const headers = { "x-litellm-call-id": Buffer.from(id).toString("latin1") };
      const given = (await send(chat(), headers)).headers.get("x-litellm-call-id");
      expect(given).not.toBe(id);
      expect(given).toMatch(/^[\w-]{8,}$/u);
    },
  );
});

describe("unusual paths and methods", () => {
  it.each([
    "/v2/chat/completions",
    "/v1/chat/completions/extra",
    "/v1/../v1/admin",
    "/..%2f..%2fetc/passwd",
    "/v1//chat/completions",
    "/%00",
    "/%E0%A4%A",
    "/v1/files",
    "//evil.example/v1/models",
  ])("get a 404 in OpenAI's format: %s", async (target) => {
    const client = await connectRaw(proxy.port);
    client.write(post(target, chat(), { connection: "close" }));
    await client.closed();
    expect(client.statuses).toEqual([404]);
    expect(JSON.parse(client.body)).toMatchObject({
      error: { type: "invalid_request_error", code: "unknown_route", param: null },
    });
    expect(proxy.upstream.calls).toHaveLength(0);
  });

  it.each([
    ["GET", path, "POST"],
    ["PUT", path, "POST"],
    ["DELETE", "/v1/models", "GET"],
    ["POST", "/", "GET"],
    ["OPTIONS", path, "POST"],
    ["PATCH", "/health", "GET"],
  ])("get a 405 that lists the allowed methods: %s %s", async (method, target, allow) => {
    const response = await fetch(proxy.origin + target, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
  });

  it("include HEAD, which gets the answer of GET without its body and leaves the connection usable", async () => {
    const client = await connectRaw(proxy.port);
    client.write(
      "HEAD /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\nGET /health/liveliness HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    await client.closed();
    expect(client.statuses).toEqual([200, 200]);
    expect(client.received).toMatch(/content-length: [1-9]\d*\r\n(?:[^\r]+\r\n)*\r\nHTTP/u);
  });

  it.each([
    ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n"],
    ["bytes that are not HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001"],
    ["a version from the future", "GET / HTTP/9.9\r\nhost: localhost\r\n\r\n"],
    ["no host", "GET /health/liveliness HTTP/1.1\r\n\r\n"],
  ])("get a refusal and a closed connection if they are invalid HTTP: %s", async (_, said) => {
    const client = await connectRaw(proxy.port);
    client.write(said);
    await client.closed();
    expect(client.statuses.every((status) => status >= 400)).toBe(true);
    await serves();
  });
});

describe("an ambiguous request", () => {
  const hidden = "GET /router/state HTTP/1.1\r\nhost: localhost\r\n\r\n";
  it.each([
    ["two lengths", `content-length: 0\r\ncontent-length: ${String(hidden.length)}\r\n\r\n${hidden}`],
    [
      "a length and chunks",
      `content-length: ${String(hidden.length)}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ["an unknown transfer encoding", `transfer-encoding: xchunked\r\n\r\n${hidden}`],
    ["a transfer encoding after chunked", `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ["a space before the colon", `content-length : 0\r\n\r\n${hidden}`],
    ["a folded header", `x-a: b\r\n c\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ["a bare line feed", `content-length: 0\n\n${hidden}`],
    ["a length with a sign", `content-length: +5\r\n\r\n${hidden}`],
    ["a chunk with a sign", `transfer-encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n${hidden}`],
  ])("is refused, and the request that it hides is not served: %s", async (_, rest) => {
    const client = await connectRaw(proxy.port);
    client.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\n${rest}`);
    await client.closed();
    expect(client.statuses.every((status) => status === 400)).toBe(true);
    expect(client.received).not.toContain('"groups"');
    expect(proxy.upstream.calls).toHaveLength(0);
    await serves();
  });
});
