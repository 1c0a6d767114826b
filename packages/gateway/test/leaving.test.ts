import { once } from "node:events";
import { nextTurn, turnsUntil } from "@modelyard/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bytes } from "@modelyard/core/kit";
import type { GatewayRequest, GatewayResponse } from "../src/http.js";
import { answer, close, get, type RawServer, startRawServer } from "./support/raw-server.js";

let server: RawServer;
afterEach(() => {
  vi.useRealTimers();
  server.stop();
});

/** A request that the test answers by hand. */
interface PendingRequest {
  readonly request: GatewayRequest;
  readonly give: (answer: GatewayResponse) => void;
}

/** Starts a server and sends it `count` requests. */
async function pendingRequests(count: number): Promise<readonly PendingRequest[]> {
  const all: PendingRequest[] = [];
  server = await startRawServer(
    (request) =>
      new Promise((give) => {
        all.push({ request, give });
      }),
  );
  for (let client = 1; client <= count; client += 1) {
    server
      .connect()
      .on("error", () => undefined)
      .write(get("/"));
    await turnsUntil(() => all.length === client);
  }
  return all;
}

/** A body that the test writes by hand. It counts how often it was released. */
class Body implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  released = 0;
  #next: (result: IteratorResult<Bytes>) => void = () => undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Bytes>> {
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }

  give(value: Bytes): Promise<void> {
    this.#next({ done: false, value });
    return new Promise(process.nextTick);
  }

  end(): Promise<void> {
    this.#next({ done: true, value: undefined });
    return new Promise(process.nextTick);
  }

  return(): Promise<IteratorResult<Bytes>> {
    this.released += 1;
    return Promise.reject(new Error("The release fails."));
  }
}

describe("a client that leaves while its answer waits in the batch", () => {
  it("gets nothing of a plain answer, and its call is cancelled", async () => {
    const [first, second] = await pendingRequests(2);
    first?.give(answer("first"));
    second?.give(answer("second"));
    await new Promise(process.nextTick);
    const [gone, stays] = server.sockets;
    gone?.destroy();
    await turnsUntil(() => first?.request.cancellation.cancelled === true);
    await turnsUntil(() => stays?.bytesWritten !== 0);
    expect(gone?.bytesWritten).toBe(0);
    expect(second?.request.cancellation.cancelled).toBe(false);
    expect(await server.drain(1_000)).toBe(true);
  });

  it.each(["the middle", "the end"])(
    "gets nothing more of a stream that is at %s, and the stream is released",
    async (where) => {
      const [first] = await pendingRequests(2);
      const body = new Body();
      first?.give(answer(body));
      await new Promise(process.nextTick);
      await body.give("data: 1\n\n");
      if (where === "the end") await body.end();
      const [socket] = server.sockets;
      socket?.destroy();
      await nextTurn();
      await turnsUntil(() => first?.request.cancellation.cancelled === true);
      if (where === "the middle") await body.give("data: 2\n\n");
      expect(body.released).toBe(where === "the middle" ? 1 : 0);
      expect(socket?.bytesWritten).toBe(0);
    },
  );

  it("releases a stream that had not started", async () => {
    const [first] = await pendingRequests(2);
    server.sockets[0]?.destroy();
    await turnsUntil(() => first?.request.cancellation.cancelled === true);
    const body = new Body();
    first?.give(answer(body));
    await nextTurn();
    expect(body.released).toBe(1);
  });
});

describe("a drain", () => {
  it("sends the answers that wait in the batch", async () => {
    const all = await pendingRequests(3);
    const ends = server.sockets.map((socket) => once(socket, "close"));
    const body = new Body();
    all[0]?.give(answer("first"));
    all[1]?.give(answer("second"));
    all[2]?.give(answer(body));
    await new Promise(process.nextTick);
    await body.give("data: 1\n\n");
    await body.end();
    server.gateway.draining = true;
    expect(await server.drain(1_000)).toBe(true);
    await Promise.all(ends);
    expect(Math.min(...server.sockets.map(({ bytesWritten }) => bytesWritten))).toBeGreaterThan(0);
  });
});

describe("a drain that is started twice", () => {
  it("ends with the shorter limit, and both calls report that requests were cut short", async () => {
    await pendingRequests(1);
    const patient = server.drain(Infinity);
    await nextTurn();
    expect(server.sockets[0]?.destroyed).toBe(false);
    expect(await server.drain(1)).toBe(false);
    expect(await patient).toBe(false);
  });

  it("waits indefinitely without a limit", async () => {
    const [first] = await pendingRequests(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const drained = server.drain(Infinity);
    vi.advanceTimersByTime(86_400_000);
    vi.useRealTimers();
    expect(first?.request.cancellation.cancelled).toBe(false);
    first?.give(answer("late"));
    expect(await drained).toBe(true);
  });
});

describe("beside another request", () => {
  const large = new Uint8Array(16_000_000).fill(120);
  async function* pieces(): AsyncGenerator<Bytes> {
    for (let at = 0; at < large.length; at += 64_000) yield await Promise.resolve(large.subarray(at, at + 64_000));
  }
  const bodies = [
    ["a whole answer", () => answer(large)],
    ["a stream", () => answer(pieces())],
  ] as const;

  it.each(bodies)("%s is dropped when its client stops reading", async (_, handle) => {
    expect.hasAssertions();
    server = await startRawServer(handle, { stalledClientMs: 50 });
    await server.besideAnother(async () => {
      const client = server.connect().pause();
      client.write(get("/"));
      await turnsUntil(() => server.sockets.length === 2);
      await once(server.sockets[1]!, "timeout");
      await once(server.sockets[1]!, "close");
      expect(server.sockets[1]?.bytesWritten).toBeGreaterThan(0);
      client.destroy();
    });
  });

  it.each(bodies)("%s waits for a client that reads it later", async (_, handle) => {
    const stalledClientMs = 20_000;
    server = await startRawServer(handle, { stalledClientMs });
    await server.besideAnother(async () => {
      const client = server.connect().pause();
      client.write(get("/", "connection: close\r\n", "1.0"));
      await turnsUntil(() => server.sockets[1]?.timeout === stalledClientMs);
      let taken = 0;
      client.on("data", (piece: Uint8Array) => {
        taken += piece.length;
      });
      client.resume();
      await once(client, "end");
      expect(taken).toBeGreaterThan(large.length);
      expect(taken).toBeLessThan(large.length + 300);
    });
  });
});

it("the head of a stream is sent at once, and its body is released", async () => {
  const body = new Body();
  server = await startRawServer(() => answer(body));
  const head = server.answersTo(get("/", close, "1.1", "HEAD"));
  expect(await head).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/u);
  expect(body.released).toBe(1);
});

it("a body that is not bytes closes the connection and is released", async () => {
  const [first] = await pendingRequests(2);
  const body = new Body();
  first?.give(answer(body));
  await new Promise(process.nextTick);
  const closed = once(server.sockets[0]!, "close");
  await body.give(1 as unknown as Bytes);
  await closed;
  expect(body.released).toBe(1);
});

it.each([0, -1, Number.NaN, Infinity])("createNodeServer refuses a stalledClientMs of %j", async (stalledClientMs) => {
  server = await startRawServer(() => answer("x"));
  await expect(startRawServer(() => answer("x"), { stalledClientMs })).rejects.toThrow("stalledClientMs");
});
