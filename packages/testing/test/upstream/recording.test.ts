import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, chats } from "../support/raw-client.js";
import { refuses, replies, silent } from "../../src/upstream/behavior.js";
import { startUpstream, type Upstream } from "../../src/upstream/start-upstream.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const { path, body } = chats.openai;
const say = async (host: string, more: object = {}): Promise<string> => {
  const { status, json } = await ask(upstream.url(host) + path, { ...body, ...more }).whole();
  return status === 200
    ? (json as { choices: { message: { content: string } }[] }).choices[0]!.message.content
    : String(status);
};

describe("an upstream's scripts", () => {
  it("are played in order, and the last behavior is repeated", async () => {
    upstream.script({}, refuses(500), replies("first"), replies("then"));
    expect([await say("a"), await say("b"), await say("a"), await say("a")]).toEqual(["500", "first", "then", "then"]);
  });

  it("match by host, model, dialect, operation and a predicate", async () => {
    upstream.script({ host: "a" }, replies("host"));
    upstream.script({ model: "small" }, replies("model"));
    upstream.script({ dialect: "anthropic" }, replies("dialect"));
    upstream.script({ operation: "embeddings" }, replies("operation"));
    upstream.script({ when: (call) => call.body["user"] === "me" }, replies("predicate"));
    expect([
      await say("a"),
      await say("b", { model: "small" }),
      await say("b", { user: "me" }),
      await say("b"),
    ]).toEqual(["host", "model", "predicate", "Hello from upstream"]);
  });

  it("take precedence over earlier scripts", async () => {
    upstream.script({}, replies("old"));
    upstream.script({ host: "a" }, replies("new"));
    expect([await say("a"), await say("b")]).toEqual(["new", "old"]);
  });

  it("that were added by once() give way to earlier scripts", async () => {
    upstream.script({}, replies("always"));
    upstream.once({}, refuses(503), replies("once"));
    expect([await say("a"), await say("a"), await say("a")]).toEqual(["503", "once", "always"]);
  });

  it("are removed by a reset, together with the calls", async () => {
    upstream.script({}, refuses(500));
    await say("a");
    upstream.reset();
    expect(upstream.calls).toHaveLength(0);
    expect(await say("a")).toBe("Hello from upstream");
  });
});

describe("an upstream's record of calls", () => {
  it("contains every call with all its facts", async () => {
    const before = performance.timeOrigin + performance.now();
    await ask(upstream.url("east") + path, body, { headers: { "X-Mine": "1" } }).whole();
    const call = await upstream.waitForClose(upstream.calls[0]!);
    expect(call).toMatchObject({
      host: "east",
      dialect: "openai",
      operation: "chat",
      model: "gpt-4",
      path: `/east${path}`,
      headers: { "x-mine": "1" },
      body,
      status: 200,
      closedByClientAt: undefined,
    });
    expect(call.at).toBeGreaterThanOrEqual(before);
    expect(call.finishedAt).toBeGreaterThanOrEqual(call.at);
    expect(call.sentBytes).toBeGreaterThan(100);
  });

  it("resolves waitForCalls with the matching calls", async () => {
    upstream.script({}, silent());
    const waiting = upstream.waitForCalls(2, { host: "b" });
    const asked = ["b", "a", "b"].map((host) => ask(upstream.url(host) + path, body));
    expect((await waiting).map((call) => call.host)).toEqual(["b", "b"]);
    await upstream.waitForCalls(3);
    expect(upstream.open).toBe(3);
    expect(upstream.sockets).toBeGreaterThanOrEqual(3);
    for (const one of asked) one.leave();
    await upstream.idle();
    expect(upstream.open).toBe(0);
    expect(upstream.calls.every((call) => call.closedByClientAt !== undefined)).toBe(true);
    await upstream.waitForSockets(0);
    expect(upstream.sockets).toBe(0);
  });

  it("shows which side ended a call that is cut when the upstream closes", async () => {
    const other = await startUpstream();
    other.script({}, silent("mid_stream"));
    const asked = await ask(other.url("a") + path, { ...body, stream: true }).head();
    const [call] = await other.waitForCalls(1);
    await other.close();
    expect((await asked.whole()).over).not.toBe("end");
    expect([call?.closedByClientAt, typeof call?.finishedAt]).toEqual([undefined, "number"]);
    expect(other.open).toBe(0);
  });

  it("omits requests that never arrived completely", async () => {
    const asked = ask(upstream.url("a") + path, body, { headers: { "content-length": "9999" } });
    await say("b");
    asked.leave();
    await upstream.waitForSockets(0);
    expect(upstream.calls.map((call) => call.host)).toEqual(["b"]);
  });
});
