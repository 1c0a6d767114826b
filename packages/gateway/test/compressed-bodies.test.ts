import { buffer } from "node:stream/consumers";
import * as zlib from "node:zlib";
import { Cancellation } from "@modelyard/core/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { adapterNames, post } from "./support/adapters.js";
import { messagesSurface } from "./support/messages-surface.js";
import { uploadOf } from "./support/multipart.js";
import { message, recordings, serveTwo, type TwoSurfaces } from "./support/two-surfaces.js";
import type { Decoders, GatewayOptions } from "../src/index.js";
import { zlibDecoders } from "../src/node/zlib-decoders.js";
import { webDecoders } from "../src/web-decoders.js";

type Encode = (bytes: Uint8Array) => Uint8Array;

const encoders: Readonly<Record<string, Encode>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: (bytes) => zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }),
};

function encode(encoding: string, bytes: Uint8Array): Uint8Array {
  return encoders[encoding]?.(bytes) ?? bytes;
}

/** What each way to serve a gateway decodes, on the platform that runs the tests. */
const served: Readonly<Record<string, Decoders>> = {
  fetch: webDecoders(),
  node: zlibDecoders() ?? new Map(),
};

const pairs = Object.entries(served).flatMap(([adapter, decoders]) =>
  [...decoders].map(([encoding, decode]) => ({ adapter, encoding, decode })),
);

const json = new TextEncoder().encode(
  JSON.stringify({ ...message, messages: [{ role: "user", content: "Grüße ✓ ".repeat(500) }] }),
);

const cut = (bytes: Uint8Array, length: number): Uint8Array => bytes.subarray(0, bytes.length - length);
const followed = (bytes: Uint8Array, by: readonly number[]): Uint8Array => new Uint8Array([...bytes, ...by]);

/** Each becomes 32 MB, and is incomplete: decoded to its end, it would get a 400 instead of a 413. */
const bombs = Object.fromEntries(
  Object.keys(encoders).map((encoding) => [encoding, cut(encode(encoding, new Uint8Array(32 * 1024 * 1024)), 1)]),
);

describe("what is served", () => {
  it("is decoded from gzip and deflate by each server, and from br and zstd by Node's", () => {
    expect([...webDecoders().keys()]).toEqual(expect.arrayContaining(["gzip", "deflate"]));
    expect([...(zlibDecoders()?.keys() ?? [])]).toEqual(Object.keys(encoders));
  });
});

describe.each(pairs)("a body with content-encoding: $encoding, over $adapter", ({ adapter, encoding, decode }) => {
  const serve = (options?: GatewayOptions): Promise<TwoSurfaces> =>
    serveTwo(adapter as (typeof adapterNames)[number], options);

  const ask = (send: TwoSurfaces["send"], body: Uint8Array, header = encoding, path = "/v1/chat/completions") =>
    send(path, { ...post("", { "content-encoding": header }), body: body as BodyInit });

  const failureOf = async (response: Response): Promise<unknown> => {
    const { error } = (await response.json()) as {
      readonly error: { readonly message: string; readonly code: string };
    };
    return [response.status, error.code, error.message];
  };

  it("is decoded before anything reads it", async () => {
    const { send, provider } = await serve();
    expect((await ask(send, encode(encoding, json))).status).toBe(200);
    expect(provider.calls[0]?.call.request).toMatchObject({ messages: [{ content: "Grüße ✓ ".repeat(500) }] });
  });

  it("can be an upload", async () => {
    const { send, provider } = await serve();
    const { body, contentType } = uploadOf("What was said ✓");
    const headers = { "content-type": contentType, "content-encoding": encoding };
    const sent = { method: "POST", headers, body: encode(encoding, body) as BodyInit };
    expect((await send(recordings, sent)).status).toBe(200);
    expect(provider.calls[0]?.call.request).toMatchObject({ messages: [{ content: "What was said ✓" }] });
  });

  it("is decoded twice if it was encoded twice, and never more often", async () => {
    const { send, provider } = await serve();
    const twice = encode(encoding, encode("gzip", json));
    expect((await ask(send, twice, `GZIP, identity , ${encoding}`)).status).toBe(200);
    const thrice = await ask(send, encode(encoding, twice), `gzip, ${encoding}, ${encoding}`);
    expect(await failureOf(thrice)).toEqual([415, "unsupported_encoding", expect.stringContaining("3 encodings")]);
    expect(provider.calls).toHaveLength(1);
  });

  it("may be empty, and then means what an empty body means", async () => {
    const { send } = await serve();
    expect(await failureOf(await ask(send, new Uint8Array()))).toEqual([
      400,
      expect.anything(),
      expect.stringContaining("empty"),
    ]);
  });

  const sent = encode(encoding, json);
  const damages: readonly (readonly [string, Uint8Array])[] = [
    ["is not encoded at all", json],
    ["has damaged bytes", sent.map((byte, index) => (index > 20 && index < 40 ? byte ^ 0xff : byte))],
    ["lacks its last byte", cut(sent, 1)],
    ["lacks its second half", cut(sent, sent.length >> 1)],
    ["is followed by other bytes", followed(sent, [1, 2, 3, 4])],
    ["is followed by zeros", followed(sent, [0, 0, 0, 0])],
  ];

  it.each(damages)("is refused if it %s", async (_, body) => {
    const { send, provider } = await serve();
    const problem: unknown = expect.stringMatching(
      /^The request body cannot be decoded as \S+: .*(?:damaged|ends early|other bytes)/u,
    );
    expect(await failureOf(await ask(send, body))).toEqual([400, "invalid_encoding", problem]);
    expect(provider.calls).toHaveLength(0);
  });

  it("is refused as soon as it is longer than the limit", async () => {
    const { send } = await serve({ maxRequestBytes: 100_000 });
    const problem: unknown = expect.stringContaining("longer than 100000 bytes after it is decompressed");
    expect(await failureOf(await ask(send, bombs[encoding]!))).toMatchObject([413, expect.anything(), problem]);
    const twice = encode("gzip", bombs[encoding]!);
    expect((await ask(send, twice, `${encoding}, gzip`)).status).toBe(413);
  });

  it("may be as long as the limit, and no longer", async () => {
    const bytes = new Uint8Array(3_000_000).fill(0x20);
    const cancellation = new Cancellation();
    const decoded = await decode(encode(encoding, bytes), 3_000_000, cancellation);
    expect(Buffer.compare(decoded, bytes)).toBe(0);
    await expect(decode(encode(encoding, bytes), 2_999_999, cancellation)).rejects.toMatchObject({ status: 413 });
    expect(cancellation.listenerCount).toBe(0);
  });

  it("lets other requests have their turns while it is decoded", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    await decode(encode(encoding, new Uint8Array(8 * 1024 * 1024)), Infinity, new Cancellation());
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it("is no longer decoded once the client has left", async () => {
    const cancellation = new Cancellation();
    const decoding = decode(bombs[encoding]!, Infinity, cancellation);
    setImmediate(() => {
      cancellation.cancel(new Error("The client left."));
    });
    await expect(decoding).rejects.toThrow("The client left.");
    expect(cancellation.listenerCount).toBe(0);
  });
});

describe.each(adapterNames)("a body in an encoding that is not decoded, over %s", (adapter) => {
  const names = [...(served[adapter]?.keys() ?? [])].join(", ");

  it.each(["compress", "gzip, lzma", "x".repeat(1_000)])("gets a 415 that names the others (%.20s)", async (header) => {
    const { send } = await serveTwo(adapter);
    for (const path of ["/v1/chat/completions", "/v1/messages", recordings]) {
      const response = await send(path, post(message, { "content-encoding": header }));
      expect(response.status).toBe(415);
      expect(response.headers.get("accept-encoding")).toBe(names);
      expect(await response.json()).toMatchObject({
        error: { message: expect.stringContaining(`${names}.`) as string },
      });
    }
  });

  it("is accepted if it is x-gzip, the old name of gzip, or identity", async () => {
    const { send } = await serveTwo(adapter);
    const gzipped = encode("gzip", json) as BodyInit;
    const statusOf = async (encoding: string, body: BodyInit): Promise<number> =>
      (await send("/v1/chat/completions", { ...post("", { "content-encoding": encoding }), body })).status;
    expect(await statusOf("x-gzip", gzipped)).toBe(200);
    expect(await statusOf("identity", json as BodyInit)).toBe(200);
    expect(await statusOf("Identity,", json as BodyInit)).toBe(200);
  });
});

describe.each(adapterNames)("a compressed body, over %s", (adapter) => {
  const headers = { "content-encoding": "gzip", "x-own": "kept" };
  const body = encode("gzip", json) as BodyInit;

  it("reaches a custom route decoded, without the headers that described how it was sent", async () => {
    const seen: unknown[] = [];
    const { send } = await serveTwo(adapter, {
      maxRequestBytes: 10_000,
      routes: [
        {
          method: "POST",
          path: "/own",
          open: true,
          handle: async (request) => {
            const names = ["content-encoding", "content-length", "x-own"];
            seen.push(
              names.map((name) => request.header(name)),
              await request.body(),
            );
            return { status: 200, headers: {}, body: undefined };
          },
        },
      ],
    });
    await send("/own", { ...post("", headers), body });
    expect(seen).toEqual([[undefined, undefined, "kept"], expect.objectContaining({ length: json.length })]);
    expect((await send("/own", { ...post("", headers), body: bombs["gzip"] as BodyInit })).status).toBe(413);
    expect((await send("/own", post("{}", { "content-encoding": "lzma" }))).headers.get("accept-encoding")).toMatch(
      /^gzip/u,
    );
  });

  it("reaches a surface without those headers, and an uncompressed body with them", async () => {
    const seen: unknown[] = [];
    const surface: typeof messagesSurface = {
      ...messagesSurface,
      read: (bytes, head, match) => {
        seen.push([head.header("content-encoding"), head.header("x-own"), head.path, head.query?.("a"), bytes.length]);
        return messagesSurface.read(bytes, head, match);
      },
    };
    const { send } = await serveTwo(adapter, { surfaces: [surface] });
    await send("/v1/messages?a=b", { ...post("", headers), body });
    await send("/v1/messages?a=b", { ...post("", { "content-encoding": "identity" }), body: json as BodyInit });
    expect(seen).toEqual([
      [undefined, "kept", "/v1/messages", "b", json.length],
      ["identity", undefined, "/v1/messages", "b", json.length],
    ]);
  });
});

describe("a zstd body", () => {
  it("is refused if it needs a larger window than HTTP allows", async () => {
    const params = { [zlib.constants.ZSTD_c_windowLog]: 27 };
    // Without the size in its header, as a stream is encoded.
    const stream = zlib.createZstdCompress({ params });
    stream.write(json);
    stream.end();
    const bytes = await buffer(stream);
    const decode = zlibDecoders()?.get("zstd");
    await expect(decode?.(bytes, Infinity, new Cancellation())).rejects.toThrow("larger than 8 MB");
  });
});

describe("a platform whose DecompressionStream checks too little", () => {
  /** Ignores what is missing at the end, and what follows it. */
  function lenient(format: string): object {
    const finishFlush = zlib.constants.Z_SYNC_FLUSH;
    const decoder = format === "gzip" ? zlib.createGunzip({ finishFlush }) : zlib.createInflate({ finishFlush });
    const writable = new WritableStream<Uint8Array>({
      write: (piece) => void decoder.write(piece),
      close: () => void decoder.end(),
    });
    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        decoder.on("data", (piece: Uint8Array) => {
          controller.enqueue(piece);
        });
        decoder.on("end", () => {
          controller.close();
        });
      },
    });
    return { writable, readable };
  }

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each(["gzip", "deflate"])("does not make a %s body whole that is not", async (encoding) => {
    vi.stubGlobal("DecompressionStream", function DecompressionStream(format: string) {
      return lenient(format);
    });
    const decode = webDecoders().get(encoding)!;
    const bytes = encode(encoding, json);
    const decoded = (body: Uint8Array): Promise<Uint8Array> => decode(body, Infinity, new Cancellation());
    expect(await decoded(bytes)).toEqual(json);
    for (const damaged of [cut(bytes, 1), cut(bytes, 6), bytes.subarray(0, 3), followed(bytes, [0, 0, 0, 0])])
      await expect(decoded(damaged)).rejects.toMatchObject({ status: 400, code: "invalid_encoding" });
  });
});
