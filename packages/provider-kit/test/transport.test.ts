import { inspect } from "node:util";
import {
  addressNotPublic,
  Cancellation,
  type Transport,
  TransportError,
  type TransportRequest,
} from "@modelyard/core/kit";
import {
  failure,
  Promptness,
  startBadCertificate,
  startRefusing,
  startSilent,
  startUpstream,
  unresolvableUrl,
} from "@modelyard/testing";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chunkedHead, lastPiece, ok, piece, type RawServer, startRawServer } from "./support/raw-server.js";
import { createTransport as createFetchTransport } from "../src/index.js";
import { createTransport as createNodeTransport } from "../src/node.js";

const transports = { dispatcher: createNodeTransport, fetch: createFetchTransport } as const;
type Name = keyof typeof transports;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function drain(body: AsyncIterable<Uint8Array>): Promise<string> {
  let all = "";
  for await (const chunk of body) all += text(chunk);
  return all;
}

describe.each(Object.keys(transports) as Name[])("transport over the %s", (name) => {
  let server: RawServer;
  let transport: Transport;
  const promptness = new Promptness();
  beforeEach(async () => {
    server = await startRawServer();
    transport = transports[name]();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await transport.close();
    await server.close();
  });

  afterAll(() => {
    promptness.stop();
  });

  const ask = (more: Partial<TransportRequest> = {}): TransportRequest => ({
    method: "POST",
    origin: server.origin,
    path: "/v1/chat?x=1",
    headers: { "content-type": "application/json", authorization: "Bearer key" },
    body: '{"a":"ä"}',
    ...more,
  });

  it("sends the given method, path, headers and body, and does not request compression", async () => {
    server.answer(ok("fine", "x-one: 1\r\nX-Two: a\r\nx-two: b\r\n"));
    const response = await transport.send(ask());
    expect(response.status).toBe(200);
    expect(response.header("x-one")).toBe("1");
    expect(response.header("x-two")).toBe("a, b");
    expect(response.header("x-three")).toBeUndefined();
    expect(text(await response.bytes())).toBe("fine");
    const sent = server.connections[0]!.received.toLowerCase();
    expect(sent.startsWith("post /v1/chat?x=1 http/1.1\r\n")).toBe(true);
    expect(sent).toContain("\r\nauthorization: bearer key\r\n");
    expect(sent).toContain("\r\ncontent-length: 10\r\n");
    expect(sent).not.toMatch(/gzip|deflate|br\b/u);
    expect(Buffer.from(server.connections[0]!.received, "latin1").toString()).toContain('{"a":"ä"}');
  });

  it("sends bytes, and requests without a body", async () => {
    server.answer(ok("one"), ok("two"));
    await (await transport.send(ask({ body: new TextEncoder().encode("bytes") }))).bytes();
    const { body: _, ...bare } = ask({ method: "GET" });
    await (await transport.send(bare)).bytes();
    const received = server.connections.map((connection) => connection.received).join("");
    expect(received).toContain("\r\n\r\nbytes");
    expect(received).toContain("GET /v1/chat?x=1");
  });

  it("delivers the body as it arrives", async () => {
    server.answer(chunkedHead + piece("one "));
    const response = await transport.send(ask());
    const body = response.body()[Symbol.asyncIterator]();
    expect(text((await body.next()).value as Uint8Array)).toBe("one ");
    server.connections[0]!.write(piece("two") + lastPiece);
    expect(text((await body.next()).value as Uint8Array)).toBe("two");
    expect((await body.next()).done).toBe(true);
    expect((await body.next()).done).toBe(true);
  });

  it("skips interim responses, and does not follow redirects", async () => {
    server.answer("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ok("final"));
    expect(text(await (await transport.send(ask())).bytes())).toBe("final");
    server.answer(`HTTP/1.1 307 Moved\r\nlocation: ${server.origin}/elsewhere\r\ncontent-length: 0\r\n\r\n`);
    const response = await transport.send(ask());
    expect([response.status, response.header("location")]).toEqual([307, `${server.origin}/elsewhere`]);
    await response.bytes();
    expect(server.connections.map((connection) => connection.received).join("")).not.toContain("/elsewhere HTTP");
  });

  it.each([3_000_000_000, Infinity])("accepts long time limits: %s ms do not become 1 ms", async (limitMs) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = transport.send(ask({ connectMs: limitMs, headersMs: limitMs }));
    vi.advanceTimersByTime(1_000);
    await Promise.race([answer, server.until(() => server.connections[0]?.requests === 1)]);
    vi.advanceTimersByTime(1_000);
    server.connections[0]!.write(ok("late"));
    expect(text(await (await answer).bytes())).toBe("late");
  });

  it.each(["nonsense", "ftp://127.0.0.1"])("fails for an address that is not valid: %s", async (origin) => {
    for (let count = 0; count < 2; count += 1)
      expect(await failure(transport.send(ask({ origin })))).toBeInstanceOf(TransportError);
  });

  it.each([
    { connections: 0 },
    { connections: 1.5 },
    { connections: Number.NaN },
    { keepAliveMs: 0 },
    { keepAliveMs: Number.NaN },
    { rejectUnauthorised: false },
    { ca: [5] },
  ])("refuses the options %j", (options: object) => {
    expect(() => transports[name](options)).toThrow(Object.keys(options)[0]);
  });

  it.each(["127.0.0.1", "localhost", "[::1]", "metadata.google.internal", "169.254.169.254", "redis", "nonsense://x"])(
    "does not connect to %s for a request that may go to public addresses only",
    async (host) => {
      const origin = host.includes("//") ? host : `http://${host}:${String(server.port)}`;
      const error = await failure(transport.send(ask({ origin, publicOnly: true })));
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ phase: "connect", code: addressNotPublic });
      expect(server.connections).toHaveLength(0);
    },
  );

  it("accepts infinite limits", async () => {
    await expect(transports[name]({ connections: Infinity, keepAliveMs: Infinity }).close()).resolves.toBeUndefined();
  });

  it("opens a new connection if the host closes it after each answer", async () => {
    server.onData = (connection) => {
      connection.write(ok("bye", "connection: close\r\n"));
      connection.socket.end();
    };
    for (let count = 0; count < 3; count += 1) expect(text(await (await transport.send(ask())).bytes())).toBe("bye");
    expect(server.connections).toHaveLength(3);
  });

  it("does not reuse a connection that the host closed while it was idle", async () => {
    server.answer(ok("one"));
    await (await transport.send(ask())).bytes();
    const [first] = server.connections;
    first!.socket.end();
    await server.until(() => first!.closedAt !== undefined);
    expect(text(await (await transport.send(ask())).bytes())).toBe("one");
    expect(server.connections).toHaveLength(2);
  });

  it.each([
    ["a port where nobody listens", startRefusing, "url", "ECONNREFUSED"],
    ["a certificate that nobody vouches for", startBadCertificate, "secureUrl", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ] as const)("reports the phase and the platform's code: %s", async (_, start, url, code) => {
    const host = await start();
    const error = await failure(transport.send(ask({ origin: host[url] })));
    await host.close();
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ phase: "connect", code });
    expect(String(error)).not.toContain("key");
  });

  it("reports the phase and the platform's code: an unknown name", async () => {
    const error = await failure(transport.send(ask({ origin: unresolvableUrl })));
    expect(error).toMatchObject({ phase: "connect", code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/u) as unknown });
  });

  it("reports the phase: a host without TLS at an https address", async () => {
    server.answer("HTTP/1.1 400 Bad Request\r\n\r\n");
    const error = await failure(transport.send(ask({ origin: server.origin.replace("http:", "https:") })));
    expect(error).toMatchObject({ phase: "connect" });
  });

  it.each([
    ["a reset where an answer was due", "", true],
    ["a goodbye where an answer was due", "", false],
    ["half a head", "HTTP/1.1 200 OK\r\ncontent-le", false],
    ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", false],
    ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n", false],
  ] as const)("fails if the host fails before it answers: %s", async (_, said, rudely) => {
    server.onData = (connection) => {
      if (said !== "") connection.write(said);
      if (rudely) connection.socket.resetAndDestroy();
      else connection.socket.end();
    };
    expect(await failure(transport.send(ask()))).toMatchObject({ name: "TransportError", phase: "reset" });
  });

  it.each([
    ["a reset", true, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"],
    ["fewer bytes than were promised", false, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"],
    ["chunks without a last one", false, chunkedHead + piece("half")],
    ["a chunk of no size", false, chunkedHead + piece("half") + "zz\r\n"],
  ] as const)("fails if the body breaks off, however it is read: %s", async (_, rudely, said) => {
    for (const whole of [true, false]) {
      server.onData = (connection) => {
        connection.socket.write(said, () => {
          if (!rudely) connection.socket.end();
        });
      };
      const response = await transport.send(ask());
      const reading = failure(whole ? response.bytes() : drain(response.body()));
      if (rudely) server.connections.at(-1)!.socket.resetAndDestroy();
      expect(await reading).toMatchObject({ name: "TransportError", phase: "reset" });
    }
  });

  it.each([
    ["an answer", "sk-canary, and a prompt\r\n\r\n"],
    ["a body", `${chunkedHead}${piece("half")}zz sk-canary, and an answer\r\n`],
  ])("does not quote a response that is not HTTP: %s", async (_, said) => {
    server.onData = (connection) => {
      connection.write(said);
      connection.socket.end();
    };
    const error = await failure(transport.send(ask()).then((response) => response.bytes()));
    expect(inspect(error, { depth: 10 })).toContain("does not match the HTTP/1.1 protocol");
    expect(inspect(error, { depth: 10 })).not.toContain("sk-canary");
  });

  describe("limits", () => {
    it("end the wait for status and headers, and close the connection", async () => {
      const error = await failure(transport.send(ask({ connectMs: 20, headersMs: 30 })));
      expect(error).toMatchObject({ name: "TransportError", phase: "timeout" });
      await promptness.prompt(server.until(() => server.open === 0));
    });

    it("end connecting, and close the socket", async () => {
      const host = await startSilent();
      // `fetch` does not report when a connection is established, so `headersMs` limits both phases together.
      const limits = name === "fetch" ? { connectMs: 60_000, headersMs: 30 } : { connectMs: 30, headersMs: 60_000 };
      const limited = { origin: host.secureUrl, ...limits };
      expect(await failure(transport.send(ask(limited)))).toMatchObject({ phase: "timeout" });
      await host.close();
    });

    it("allow headersMs for status and headers, whatever connectMs is", async () => {
      const sent = server.until(() => server.connections[0]?.requests === 1);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const failed = failure(transport.send(ask({ connectMs: 10_000, headersMs: 200 })));
      await sent;
      vi.advanceTimersByTime(200);
      expect(await failed).toMatchObject({ phase: "timeout", message: expect.stringContaining("200 ms") as string });
    });

    it("do not include the body", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      server.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
      const response = await transport.send(ask({ connectMs: 1_000, headersMs: 1_000 }));
      const reading = response.bytes();
      vi.advanceTimersByTime(60_000);
      server.connections[0]!.write("late");
      expect(text(await reading)).toBe("late");
    });
  });

  describe("cancellation", () => {
    const start = (more: Partial<TransportRequest> = {}) => {
      const cancellation = new Cancellation();
      return { cancellation, reason: new Error("called off"), sending: transport.send(ask({ cancellation, ...more })) };
    };

    it("before the request begins sends nothing", async () => {
      const cancellation = new Cancellation();
      cancellation.cancel("too late");
      expect(await failure(transport.send(ask({ cancellation })))).toBe("too late");
      expect(server.connections).toHaveLength(0);
    });

    it("directly after the request began leaves no connection", async () => {
      const { cancellation, reason, sending } = start();
      cancellation.cancel(reason);
      expect(await failure(sending)).toBe(reason);
      expect(cancellation.listenerCount).toBe(0);
      server.answer(ok("next"));
      expect(text(await (await transport.send(ask())).bytes())).toBe("next");
      await server.until(() => server.open <= 1);
    });

    it("while the headers are awaited closes the connection", async () => {
      const { cancellation, reason, sending } = start();
      const failed = failure(sending);
      await server.until(() => server.connections[0]?.requests === 1);
      cancellation.cancel(reason);
      expect(await failed).toBe(reason);
      await promptness.prompt(server.until(() => server.open === 0));
      expect(cancellation.listenerCount).toBe(0);
    });

    it.each(["bytes", "body", "nobody"] as const)(
      "while the body arrives closes the connection: read by %s",
      async (how) => {
        server.answer(chunkedHead + piece("one"));
        const { cancellation, reason, sending } = start();
        const response = await sending;
        const reading =
          how === "nobody" ? undefined : failure(how === "bytes" ? response.bytes() : drain(response.body()));
        cancellation.cancel(reason);
        expect(await (reading ?? failure(drain(response.body())))).toBe(reason);
        await promptness.prompt(server.until(() => server.open === 0));
        expect(cancellation.listenerCount).toBe(0);
      },
    );

    it("after the end has no effect", async () => {
      server.answer(ok("one"));
      const { cancellation, reason, sending } = start();
      const response = await sending;
      const bytes = await response.bytes();
      expect(cancellation.listenerCount).toBe(0);
      cancellation.cancel(reason);
      response.discard();
      expect(text(bytes)).toBe("one");
      await server.until(() => server.connections.length === 1);
    });

    /** @param arrived - whether only when all of them are with the server */
    const callOffFifty = async (arrived: boolean): Promise<void> => {
      const cancellation = new Cancellation();
      const seen = server.connections.length;
      const failed = Array.from({ length: 50 }, () =>
        failure(transport.send(ask({ cancellation, connectMs: 60_000, headersMs: 60_000 }))),
      );
      if (arrived) await server.until(() => server.connections.length === seen + 50);
      cancellation.cancel("off");
      expect(new Set(await Promise.all(failed))).toEqual(new Set(["off"]));
      expect(cancellation.listenerCount).toBe(0);
    };

    it("of a thousand requests leaves no connection, listener or timer", async () => {
      const cancellation = new Cancellation();
      const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
      await failure(transport.send(ask({ cancellation, headersMs: 1 })));
      await server.until(() => server.open === 0);
      const before = timers();
      for (let batch = 0; batch < 20; batch += 1) await callOffFifty(batch % 2 === 0);
      await server.until(() => server.open === 0);
      expect(timers() - before).toBeLessThanOrEqual(2);
    });
  });

  describe("a response", () => {
    it("whose reader stops early closes the connection", async () => {
      server.answer(chunkedHead + piece("one"));
      const response = await transport.send(ask());
      for await (const chunk of response.body()) {
        expect(text(chunk)).toBe("one");
        break;
      }
      await server.until(() => server.open === 0);
    });

    it("that is discarded closes the connection", async () => {
      server.answer(chunkedHead + piece("one"));
      (await transport.send(ask())).discard();
      await server.until(() => server.open === 0);
      expect(server.open).toBe(0);
    });

    it.each([
      ["does not come", ""],
      ["is too far", piece("x".repeat(70_000))],
    ])("whose end %s closes the connection after all", async (_, more) => {
      server.answer(chunkedHead + piece("one"));
      const response = await transport.send(ask());
      await response.body()[Symbol.asyncIterator]().next();
      response.finish!();
      if (more !== "") server.connections[0]!.write(more);
      await server.until(() => server.open === 0);
      expect(server.open).toBe(0);
    });

    it.each([
      ["while it comes", piece("one")],
      ["at once", piece("x".repeat(70_000))],
    ])("whose body is longer than the limit is cut off, and its connection closed: %s", async (_, first) => {
      server.answer(chunkedHead + first);
      const cancellation = new Cancellation();
      const response = await transport.send(ask({ cancellation }));
      const reading = response.bytes(1_000);
      for (let count = 0; count < 10; count += 1) server.connections[0]!.write(piece("x".repeat(1_000)));
      const bytes = await reading;
      expect(bytes.length).toBeGreaterThan(1_000);
      expect(text(bytes.subarray(-10))).toBe("xxxxxxxxxx");
      await server.until(() => server.open === 0);
      expect(cancellation.listenerCount).toBe(0);
    });

    it("whose body is exactly as long as the limit is complete", async () => {
      server.answer(chunkedHead + piece("one"));
      const response = await transport.send(ask());
      const reading = response.bytes(6);
      server.connections[0]!.write(piece("two") + lastPiece);
      expect(text(await reading)).toBe("onetwo");
    });

    it("that is not read pauses the sender", async () => {
      const upstream = await startUpstream();
      upstream.script({}, { text: `${"x".repeat(2_000)} `.repeat(15_000) });
      const response = await transport.send(
        ask({
          origin: upstream.origin,
          path: "/v1/chat/completions",
          body: '{"model":"m","messages":[],"stream":true}',
        }),
      );
      const [call] = upstream.calls;
      let seen = -1;
      // Waits until nothing more arrives for a while.
      while (seen !== call!.sentBytes) {
        seen = call!.sentBytes;
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
      expect(seen).toBeLessThan(20_000_000);
      expect(call!.finishedAt).toBeUndefined();
      response.discard();
      await upstream.idle();
      await upstream.close();
    });
  });

  describe("close", () => {
    it("waits for requests in progress, and refuses new ones", async () => {
      const sending = transport.send(ask());
      await server.until(() => server.connections[0]?.requests === 1);
      let closed = false;
      const closing = transport.close().then(() => {
        closed = true;
        return undefined;
      });
      expect(await failure(transport.send(ask()))).toMatchObject({ phase: "connect" });
      server.connections[0]!.write(ok("last"));
      const response = await sending;
      expect(closed).toBe(false);
      expect(text(await response.bytes())).toBe("last");
      await closing;
      await transport.close();
    });

    it("ends at once if nothing was sent", async () => {
      await expect(transports[name]().close()).resolves.toBeUndefined();
    });
  });
});
