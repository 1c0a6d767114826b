import { once } from "node:events";
import { nextTurn, turnsUntil } from "@modelyard/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bytes } from "@modelyard/core/kit";
import type { GatewayRequest, GatewayResponse } from "../src/http.js";
import { answer, close, get, type Scene, serve } from "./support/scene.js";

let scene: Scene;
afterEach(() => {
  vi.useRealTimers();
  scene.stop();
});

/** Answers that are given by hand, in the order in which they were asked for. */
interface Asked {
  readonly request: GatewayRequest;
  readonly give: (answer: GatewayResponse) => void;
}

async function asked(count: number): Promise<readonly Asked[]> {
  const all: Asked[] = [];
  scene = await serve(
    (request) =>
      new Promise((give) => {
        all.push({ request, give });
      }),
  );
  for (let client = 1; client <= count; client += 1) {
    scene
      .connect()
      .on("error", () => undefined)
      .write(get("/"));
    await turnsUntil(() => all.length === client);
  }
  return all;
}

/** A body that is given by hand, and tells whether it was let go of. */
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
    return Promise.reject(new Error("Letting go of it fails."));
  }
}

describe("a client that leaves while its answer waits in the batch", () => {
  it("gets nothing of a plain answer, and its call is cancelled", async () => {
    const [first, second] = await asked(2);
    first?.give(answer("first"));
    second?.give(answer("second"));
    await new Promise(process.nextTick);
    const [gone, stays] = scene.sockets;
    gone?.destroy();
    await turnsUntil(() => first?.request.cancellation.cancelled === true);
    await turnsUntil(() => stays?.bytesWritten !== 0);
    expect(gone?.bytesWritten).toBe(0);
    expect(second?.request.cancellation.cancelled).toBe(false);
    expect(await scene.drain(1_000)).toBe(true);
  });

  it.each(["the middle", "the end"])(
    "gets nothing more of a stream that is at %s, and the stream is released",
    async (where) => {
      const [first] = await asked(2);
      const body = new Body();
      first?.give(answer(body));
      await new Promise(process.nextTick);
      await body.give("data: 1\n\n");
      if (where === "the end") await body.end();
      const [socket] = scene.sockets;
      socket?.destroy();
      await nextTurn();
      await turnsUntil(() => first?.request.cancellation.cancelled === true);
      if (where === "the middle") await body.give("data: 2\n\n");
      expect(body.released).toBe(where === "the middle" ? 1 : 0);
      expect(socket?.bytesWritten).toBe(0);
    },
  );

  it("releases a stream that had not started", async () => {
    const [first] = await asked(2);
    scene.sockets[0]?.destroy();
    await turnsUntil(() => first?.request.cancellation.cancelled === true);
    const body = new Body();
    first?.give(answer(body));
    await nextTurn();
    expect(body.released).toBe(1);
  });
});

describe("a drain", () => {
  it("sends the answers that wait in the batch", async () => {
    const all = await asked(3);
    const ends = scene.sockets.map((socket) => once(socket, "close"));
    const body = new Body();
    all[0]?.give(answer("first"));
    all[1]?.give(answer("second"));
    all[2]?.give(answer(body));
    await new Promise(process.nextTick);
    await body.give("data: 1\n\n");
    await body.end();
    scene.gateway.draining = true;
    expect(await scene.drain(1_000)).toBe(true);
    await Promise.all(ends);
    expect(Math.min(...scene.sockets.map(({ bytesWritten }) => bytesWritten))).toBeGreaterThan(0);
  });
});

describe("a drain that is started twice", () => {
  it("ends with the shorter limit, and both calls report that requests were cut short", async () => {
    await asked(1);
    const patient = scene.drain(Infinity);
    await nextTurn();
    expect(scene.sockets[0]?.destroyed).toBe(false);
    expect(await scene.drain(1)).toBe(false);
    expect(await patient).toBe(false);
  });

  it("waits indefinitely without a limit", async () => {
    const [first] = await asked(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const drained = scene.drain(Infinity);
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
    scene = await serve(handle, { stalledClientMs: 50 });
    await scene.besideAnother(async () => {
      const client = scene.connect().pause();
      client.write(get("/"));
      await turnsUntil(() => scene.sockets.length === 2);
      await once(scene.sockets[1]!, "timeout");
      await once(scene.sockets[1]!, "close");
      expect(scene.sockets[1]?.bytesWritten).toBeGreaterThan(0);
      client.destroy();
    });
  });

  it.each(bodies)("%s waits for a client that reads it later", async (_, handle) => {
    const stalledClientMs = 20_000;
    scene = await serve(handle, { stalledClientMs });
    await scene.besideAnother(async () => {
      const client = scene.connect().pause();
      client.write(get("/", "connection: close\r\n", "1.0"));
      await turnsUntil(() => scene.sockets[1]?.timeout === stalledClientMs);
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
  scene = await serve(() => answer(body));
  const head = scene.got(get("/", close, "1.1", "HEAD"));
  expect(await head).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/u);
  expect(body.released).toBe(1);
});

it("a body that is not bytes closes the connection and is released", async () => {
  const [first] = await asked(2);
  const body = new Body();
  first?.give(answer(body));
  await new Promise(process.nextTick);
  const closed = once(scene.sockets[0]!, "close");
  await body.give(1 as unknown as Bytes);
  await closed;
  expect(body.released).toBe(1);
});

it.each([0, -1, Number.NaN, Infinity])("createNodeServer refuses a stalledClientMs of %j", async (stalledClientMs) => {
  scene = await serve(() => answer("x"));
  await expect(serve(() => answer("x"), { stalledClientMs })).rejects.toThrow("stalledClientMs");
});
