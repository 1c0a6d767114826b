import { Cancellation, type Transport, type TransportRequest } from "@modelyard/core/kit";
import {
  failure,
  Promptness,
  startBadCertificate,
  startRefusing,
  startSilent,
  startUpstream,
  turnsUntil,
} from "@modelyard/testing";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chunkedHead, lastPiece, ok, piece, type RawServer, startRawServer } from "./support/raw-server.js";
// @ts-expect-error -- undici's own clock has no types
import undiciTimers from "undici/lib/util/timers.js";
import { createTransport, sharedTransport } from "../src/node.js";
import { mostInterim } from "../src/node/interim-responses.js";
import type { TransportOptions } from "../src/options.js";

const goOn = "HTTP/1.1 100 Continue\r\n\r\n";
const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n";
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("the transport of Node", () => {
  let server: RawServer;
  let transport: Transport;
  const promptness = new Promptness();
  beforeEach(async () => {
    server = await startRawServer();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await transport.close();
    await server.close();
  });

  const open = (options: TransportOptions = {}): void => {
    transport = createTransport(options);
  };
  afterAll(() => {
    promptness.stop();
  });

  const ask = (more: Partial<TransportRequest> = {}): TransportRequest => ({
    method: "POST",
    origin: server.origin,
    path: "/",
    headers: {},
    body: "{}",
    ...more,
  });
  const whole = async (more: Partial<TransportRequest> = {}): Promise<string> =>
    text(await (await transport.send(ask(more))).bytes());

  it("is created once for all providers that share it", () => {
    open();
    expect(sharedTransport()).toBe(sharedTransport());
  });

  it("reuses its connection, however the body was read", async () => {
    open();
    server.answer(ok("one"));
    for (let count = 0; count < 5; count += 1) {
      await whole();
      for await (const chunk of (await transport.send(ask())).body()) expect(text(chunk)).toBe("one");
    }
    expect(server.connections).toHaveLength(1);
  });

  it("waits through interim responses for the answer, and keeps the connection", async () => {
    open();
    const interim = goOn.repeat(mostInterim);
    server.answer(interim + ok("one"), hints + interim.slice(goOn.length) + ok(goOn), ok("three"));
    expect([await whole(), await whole(), await whole()]).toEqual(["one", goOn, "three"]);
    expect(server.connections).toHaveLength(1);
  });

  it.each([goOn, hints])("fails if interim responses do not end: %j", async (interim) => {
    open();
    server.answer(interim.repeat(mostInterim) + ok("one"), interim.repeat(mostInterim + 1) + ok("two"), ok("three"));
    expect(await whole()).toBe("one");
    await expect(whole()).rejects.toMatchObject({ phase: "reset" });
    expect(await whole()).toBe("three");
  });

  it("uses the most recently used connection, so that surplus ones grow old", async () => {
    open();
    const both = [transport.send(ask()), transport.send(ask())];
    await server.until(
      () => server.connections.length === 2 && server.connections.every(({ requests }) => requests === 1),
    );
    server.connections[0]!.write(ok("a"));
    await (await Promise.race(both)).bytes();
    server.connections[1]!.write(ok("b"));
    for (const response of await Promise.all(both)) await response.bytes();
    server.answer(ok("c"));
    for (let count = 0; count < 3; count += 1) await whole();
    expect(server.connections.map(({ requests }) => requests)).toEqual([1, 4]);
  });

  it("keeps connections indefinitely if keepAliveMs is infinite", async () => {
    open({ keepAliveMs: Infinity });
    server.answer(ok("one"));
    for (let count = 0; count < 3; count += 1) await whole();
    expect(server.connections).toHaveLength(1);
  });

  it("closes connections that were idle for longer than keepAliveMs", async () => {
    open({ keepAliveMs: 1_100 });
    server.answer(ok("one"));
    await whole();
    // undici looks at its clock about once a second, and closes a second early for safety.
    await server.until(() => server.open === 0);
    await whole();
    expect(server.connections).toHaveLength(2);
  });

  it("reuses the connection of a finished answer whose last bytes arrive soon", async () => {
    open({ connections: 1 });
    server.answer(chunkedHead + piece("one"), ok("two"));
    const response = await transport.send(ask());
    await response.body()[Symbol.asyncIterator]().next();
    response.finish!();
    const next = whole();
    server.connections[0]!.write(piece("rest") + lastPiece);
    expect(await next).toBe("two");
    expect(server.connections).toHaveLength(1);
  });

  it("stops connecting if the only request that needs the connection is aborted", async () => {
    open();
    const host = await startSilent();
    const cancellation = new Cancellation();
    const failed = failure(transport.send(ask({ origin: host.secureUrl, cancellation })));
    await turnsUntil(() => host.sockets > 0);
    cancellation.cancel("off");
    expect(await failed).toBe("off");
    await promptness.prompt(turnsUntil(() => host.sockets === 0));
    expect(cancellation.listenerCount).toBe(0);
    await host.close();
  });

  it("limits connecting and waiting for headers separately", async () => {
    open();
    const host = await startSilent();
    expect(await failure(transport.send(ask({ origin: host.secureUrl, connectMs: 20 })))).toMatchObject({
      phase: "timeout",
      message: expect.stringContaining("no connection within 20 ms") as unknown,
    });
    await host.close();
    expect(await failure(transport.send(ask({ connectMs: 5_000, headersMs: 20 })))).toMatchObject({
      phase: "timeout",
      message: expect.stringContaining("no status and headers within 20 ms") as unknown,
    });
  });

  describe("with one connection to a host", () => {
    beforeEach(() => {
      open({ connections: 1 });
    });

    it("serves requests in the order in which they were made", async () => {
      const order: string[] = [];
      server.onData = (connection, received) => {
        const path = /^POST (?<path>\S+)/u.exec(received)?.groups?.["path"] ?? "";
        order.push(path);
        connection.write(ok(path));
      };
      const answers = await Promise.all(["/a", "/b", "/c", "/d"].map((path) => whole({ path })));
      expect(answers).toEqual(["/a", "/b", "/c", "/d"]);
      expect(order).toEqual(["/a", "/b", "/c", "/d"]);
      expect(server.connections).toHaveLength(1);
    });

    it("counts the wait for the connection toward connectMs", async () => {
      const first = transport.send(ask());
      await server.until(() => server.connections[0]?.requests === 1);
      expect(await failure(transport.send(ask({ connectMs: 20 })))).toMatchObject({ phase: "timeout" });
      server.connections[0]!.write(ok("first"));
      expect(text(await (await first).bytes())).toBe("first");
      expect(server.connections[0]!.requests).toBe(1);
    });

    it("never sends a request that was aborted while it waited", async () => {
      const first = transport.send(ask());
      const cancellation = new Cancellation();
      await server.until(() => server.connections[0]?.requests === 1);
      const waiting = failure(transport.send(ask({ cancellation, path: "/never" })));
      const next = whole({ path: "/next" });
      cancellation.cancel("off");
      expect(await waiting).toBe("off");
      expect(cancellation.listenerCount).toBe(0);
      server.answer(ok("next"));
      server.connections[0]!.write(ok("first"));
      await (await first).bytes();
      expect(await next).toBe("next");
      expect(server.connections[0]!.received).not.toContain("/never");
    });

    it("serves waiting requests after the connection breaks", async () => {
      const first = failure(transport.send(ask()));
      await server.until(() => server.connections[0]?.requests === 1);
      const next = whole();
      server.answer(ok("next"));
      server.connections[0]!.socket.resetAndDestroy();
      expect(await first).toMatchObject({ phase: "reset" });
      expect(await next).toBe("next");
    });

    it("fails all requests that wait for an unreachable host, and then serves other hosts", async () => {
      const host = await startRefusing();
      const asked = Array.from({ length: 5 }, () => failure(transport.send(ask({ origin: host.url }))));
      for (const error of await Promise.all(asked))
        expect(error).toMatchObject({ phase: "connect", code: "ECONNREFUSED" });
      server.answer(ok("elsewhere"));
      expect(await whole()).toBe("elsewhere");
    });
  });

  describe("has no time limits except the request's", () => {
    beforeEach(() => {
      open();
    });
    const fake = (): void => {
      vi.useFakeTimers({
        toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
      });
    };

    /** Lets time pass on the platform's timers and on those that undici keeps for itself. */
    const pass = async (ms: number): Promise<void> => {
      const own = undiciTimers as { tick(ms: number): void };
      // undici's timers start at the first tick after they were set.
      own.tick(0);
      await vi.advanceTimersByTimeAsync(ms);
      own.tick(ms);
    };

    it("so headers may arrive after 301 s", async () => {
      fake();
      const answer = whole({ connectMs: 10_000 });
      await server.until(() => server.connections[0]?.requests === 1);
      await pass(301_000);
      server.connections[0]!.write(ok("late"));
      expect(await answer).toBe("late");
    });

    it("so gaps in the body may last 301 s", async () => {
      server.answer(chunkedHead + piece("one "));
      fake();
      const response = await transport.send(ask());
      const reading = response.bytes();
      await pass(301_000);
      server.connections[0]!.write(piece("two") + lastPiece);
      expect(text(await reading)).toBe("one two");
    });

    it("and enforces those: headersMs of 400 s means 400 s", async () => {
      fake();
      const failed = failure(transport.send(ask({ headersMs: 400_000 })));
      await server.until(() => server.connections[0]?.requests === 1);
      await pass(399_000);
      expect(server.open).toBe(1);
      await pass(1_000);
      expect(await failed).toMatchObject({ phase: "timeout" });
    });
  });

  describe("over TLS", () => {
    it("trusts the configured certificate, and reuses the connection", async () => {
      const upstream = await startUpstream({ tls: true });
      open({ ca: upstream.certificate! });
      const chat = { origin: upstream.origin, path: "/v1/chat/completions", body: '{"model":"m","messages":[]}' };
      for (let count = 0; count < 3; count += 1) expect(await whole(chat)).toContain("chatcmpl-1");
      expect(upstream.sockets).toBe(1);
      await upstream.close();
    });

    it.each([
      ["self_signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
      ["expired", "CERT_HAS_EXPIRED"],
      ["wrong_host", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ] as const)("refuses a certificate that is %s", async (fault, code) => {
      const host = await startBadCertificate(fault);
      open(fault === "self_signed" ? {} : { ca: host.certificate });
      expect(await failure(transport.send(ask({ origin: host.secureUrl })))).toMatchObject({ phase: "connect", code });
      await host.close();
    });

    it("accepts any certificate if rejectUnauthorized is false", async () => {
      const upstream = await startUpstream({ tls: true });
      open({ rejectUnauthorized: false });
      const chat = { origin: upstream.origin, path: "/v1/chat/completions", body: '{"model":"m","messages":[]}' };
      expect(await whole(chat)).toContain("chatcmpl-1");
      await upstream.close();
    });
  });
});
