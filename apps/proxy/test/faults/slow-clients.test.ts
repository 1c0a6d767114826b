import { once } from "node:events";
import type { Socket } from "node:net";
import { breaks, Promptness } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";
import { connectRaw, post } from "./raw-client.js";

const path = "/v1/chat/completions";
const chat = (more: object = {}): string =>
  JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }], ...more });

let proxy: Proxy;
let impatient: Proxy;
const promptness = new Promptness();
beforeAll(async () => {
  proxy = await startProxy();
  impatient = await startProxy({ server: { headersTimeoutMs: 200, requestTimeoutMs: 400, stalledClientMs: 300 } });
});
beforeEach(() => {
  proxy.upstream.reset();
  impatient.upstream.reset();
});
afterAll(async () => {
  promptness.stop();
  await Promise.all([proxy.close(), impatient.close()]);
});

/** Expects that other clients are still served. */
async function serves(by = proxy): Promise<void> {
  const response = await fetch(by.origin + path, { method: "POST", body: chat() });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  expect(quiet(by.router)).toBe(true);
}

describe("a deliberately slow client", () => {
  it.each([
    ["never sends anything", ""],
    ["stops within its headers", "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-a: "],
    ["stops within its body", `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{"model"`],
  ])("is disconnected when it %s", async (_, said) => {
    const client = await connectRaw(impatient.port);
    client.write(said);
    await client.closed();
    expect(client.statuses).toEqual(said === "" ? client.statuses : [408]);
    expect(impatient.upstream.calls).toHaveLength(0);
    await serves(impatient);
  });

  it.each([
    ["header", "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n", "x-a: b\r\n"],
    ["body", `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n`, " "],
  ])("is disconnected although it keeps sending a little %s", async (_, begin, more) => {
    const client = await connectRaw(impatient.port);
    client.write(begin);
    const dripping = setInterval(() => {
      client.write(more);
    }, 20);
    await client.closed();
    clearInterval(dripping);
    expect(client.statuses).toEqual([408]);
    await serves(impatient);
  });
});

// Megabytes take a while on a busy machine.
describe("a client that does not read", { timeout: 30_000 }, () => {
  const long = `${"x".repeat(2_000)} `;

  it("slows the vendor, and is disconnected when it has read nothing for a long time", async () => {
    impatient.upstream.script({}, { text: long.repeat(20_000) });
    const client = await connectRaw(impatient.port);
    client.socket.pause();
    client.write(post(path, chat({ stream: true })));
    const [call] = await impatient.upstream.waitForCalls(1);
    await impatient.upstream.waitForClose(call!);
    // Far less than the 40 MB of the whole answer: the sockets' buffers, and a little more.
    expect(call!.sentBytes).toBeLessThan(20_000_000);
    expect(call!.closedByClientAt).toBeDefined();
    client.socket.resume();
    await client.closed();
    expect(client.received).not.toContain("[DONE]");
    expect(impatient.router.state().groups[0]!.deployments[0]).toMatchObject({ health: "healthy", failures: 0 });
    await serves(impatient);
  });

  it("is disconnected during a large plain answer too", async () => {
    impatient.upstream.script({}, { text: "x".repeat(16_000_000) });
    const accepted = once(impatient.server.server, "connection") as Promise<[Socket]>;
    const client = await connectRaw(impatient.port);
    const [socket] = await accepted;
    client.socket.pause();
    client.write(post(path, chat()));
    await once(socket, "close");
    client.socket.resume();
    await client.closed();
    expect(client.received.length).toBeLessThan(16_000_000);
    await serves(impatient);
  });

  it("gets everything if it reads again in time", async () => {
    impatient.upstream.script({}, { text: long.repeat(2_000) });
    const accepted = once(impatient.server.server, "connection") as Promise<[Socket]>;
    const client = await connectRaw(impatient.port);
    const [socket] = await accepted;
    /** Resolves when data is waiting for the client, or when it has received everything. */
    const goOn = (): void => {
      if (socket.writableLength > 0 || impatient.upstream.calls[0]?.finishedAt !== undefined) client.socket.resume();
      else setImmediate(goOn);
    };
    client.write(post(path, chat({ stream: true }), { connection: "close" }));
    let pieces = 0;
    client.socket.on("data", () => {
      pieces += 1;
      if (pieces % 20 !== 1) return;
      client.socket.pause();
      goOn();
    });
    await client.closed();
    expect(client.received).toContain("data: [DONE]");
  });
});

describe("thousands of silent connections", { timeout: 30_000 }, () => {
  it("use little memory, and do not keep other clients from being served", async () => {
    const patient = await startProxy({ server: { headersTimeoutMs: 60_000 } });
    global.gc?.();
    const before = process.memoryUsage().rss;
    const clients = await Promise.all(Array.from({ length: 2_000 }, () => connectRaw(patient.port)));
    for (let count = 0; count < 20; count += 1) {
      const response = await fetch(patient.origin + path, { method: "POST", body: chat() });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    // Both ends of the sockets live in this process.
    expect((process.memoryUsage().rss - before) / clients.length).toBeLessThan(60_000);
    for (const client of clients) client.leave();
    await patient.close();
  });
});

describe("a connection with several requests", () => {
  it("serves requests that were sent at once, in their order", async () => {
    proxy.upstream.script({ when: (call) => call.body["user"] === "slow" }, { text: "first", delayMs: 60 });
    proxy.upstream.script({ when: (call) => call.body["user"] === "quick" }, { text: "second" });
    const client = await connectRaw(proxy.port);
    client.write(post(path, chat({ user: "slow" })) + post(path, chat({ user: "quick" }), { connection: "close" }));
    await client.closed();
    expect(client.statuses).toEqual([200, 200]);
    expect(client.received.indexOf("first")).toBeLessThan(client.received.indexOf("second"));
  });

  it("calls no vendor for requests whose turn has not come, and aborts the current call when the client leaves", async () => {
    proxy.upstream.once({}, breaks("hang_before_headers"));
    const client = await connectRaw(proxy.port);
    client.write(post(path, chat()).repeat(30));
    const [call] = await proxy.upstream.waitForCalls(1);
    client.leave();
    expect((await promptness.prompt(proxy.upstream.waitForClose(call!))).closedByClientAt).toBeDefined();
    await serves();
    expect(proxy.upstream.calls).toHaveLength(2);
  });

  it("is closed when more than a hundred requests wait for their turn, since each takes memory", async () => {
    proxy.upstream.once({}, breaks("hang_before_headers"));
    const client = await connectRaw(proxy.port);
    client.write(post(path, chat()));
    const [call] = await proxy.upstream.waitForCalls(1);
    const short = "GET /health/liveliness HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write(short.repeat(100));
    await (await fetch(`${proxy.origin}/health/liveliness`)).text();
    expect(client.closedAt).toBeUndefined();
    client.write(short);
    await client.closed();
    expect((await proxy.upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
    expect(quiet(proxy.router)).toBe(true);
  });

  it("counts as aborted when the client has half closed it", async () => {
    proxy.upstream.once({}, breaks("hang_before_headers"));
    const client = await connectRaw(proxy.port);
    client.write(post(path, chat()));
    const [call] = await proxy.upstream.waitForCalls(1);
    client.socket.end();
    expect((await promptness.prompt(proxy.upstream.waitForClose(call!))).closedByClientAt).toBeDefined();
    await client.closed();
    expect(quiet(proxy.router)).toBe(true);
  });
});
