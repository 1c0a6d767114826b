import { getEventListeners, once } from "node:events";
import { connect } from "node:net";
import { answers, hangs, streams, turnsUntil } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createNodeServer } from "../src/node.js";
import { adapters, post } from "./support/adapters.js";
import { listen } from "./support/listen.js";
import { hello, threeGroups } from "./support/three-groups.js";

describe("gateway as a fetch handler", () => {
  it("leaves no listener on a signal that outlives thousands of calls", async () => {
    const { provider, gateway } = threeGroups();
    const { send } = await adapters.fetch(gateway);
    const { signal } = new AbortController();
    const before = getEventListeners(signal, "abort").length;
    for (let count = 0; count < 2_000; count += 1) {
      const stream = count % 2 === 0;
      provider.script("a", stream ? streams(["one"]) : answers("hello"));
      const response = await send("/v1/chat/completions", { ...post({ ...hello, stream }), signal });
      await response.text();
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(before);
  });

  it.each([
    ["before the first token", hangs(), false],
    ["in the middle of a stream", streams(["one ", "two"], { gapMs: 60_000 }), true],
  ])("stops when its caller aborts %s", async (_, behavior, answered) => {
    const { provider, gateway } = threeGroups();
    const { send } = await adapters.fetch(gateway);
    provider.script("a", behavior);
    const controller = new AbortController();
    const init = { ...post({ ...hello, stream: true }), signal: controller.signal };
    const answer = send("/v1/chat/completions", init);
    await turnsUntil(() => provider.calls.length > 0);
    if (answered) await (await answer).body?.getReader().read();
    controller.abort();
    await answer.catch(() => undefined);
    expect(provider.calls[0]?.cancelledAt).toBeDefined();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("stops reading a body without a length as soon as it is too long", async () => {
    const { send } = await adapters.fetch(threeGroups().gateway);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_000));
      },
    });
    const response = await send("/v1/chat/completions", {
      method: "POST",
      body: endless,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });
});

describe("gateway on sockets", () => {
  it("stops the vendor when the client leaves", async () => {
    const { provider, gateway } = threeGroups();
    const { send } = await adapters.node(gateway);
    provider.script("a", hangs());
    const controller = new AbortController();
    const request = send("/v1/chat/completions", { ...post(hello), signal: controller.signal }).catch(() => undefined);
    await turnsUntil(() => provider.calls.length > 0);
    const cancelled = new Promise<void>((resolve) => {
      provider.calls[0]?.call.cancellation.add(() => {
        resolve();
      });
    });
    controller.abort();
    await Promise.all([request, cancelled]);
    expect(provider.calls[0]?.cancelledAt).toBeDefined();
  });

  it("drains: readiness turns 503, live streams finish, then it closes", async () => {
    const { provider, gateway } = threeGroups();
    const { send, server } = await adapters.node(gateway);
    provider.script("a", streams(["one ", "two"], { gapMs: 50 }));
    const response = await send("/v1/chat/completions", post({ ...hello, stream: true }));
    const drained = server.drain(5_000);
    expect(await response.text()).toContain("[DONE]");
    expect(await drained).toBe(true);
  });

  it("closes connections of clients that never send their headers", async () => {
    const { server } = createNodeServer(threeGroups().gateway, { headersTimeoutMs: 50, requestTimeoutMs: 50 });
    const socket = connect(await listen(server), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n");
    socket.resume();
    await once(socket, "close");
    expect(socket.destroyed).toBe(true);
  });
});
