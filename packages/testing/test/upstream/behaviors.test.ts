import { readQuota, parseRetryAfter } from "@modelyard/core/kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/virtual-clock.js";
import { ask, chats, dialects } from "../support/raw-client.js";
import { refuses, replies, silent } from "../../src/upstream/behavior.js";
import { vendorFailureNames } from "../../src/upstream/failure.js";
import { rateLimitHeaders } from "../../src/upstream/rate-limit-headers.js";
import { startUpstream, type Upstream } from "../../src/upstream/start-upstream.js";
import { vendorFailure } from "../../src/upstream/vendor-failures.js";

const clock = new VirtualClock();
let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream({ clock });
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const { path, body } = chats.openai;
const plain = () => ask(upstream.url("a") + path, body);
const streamed = () => ask(upstream.url("a") + path, { ...body, stream: true });
const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529];

describe.each(dialects)("failures of %s", (dialect) => {
  const asked = () => ask(upstream.url("a") + chats[dialect].path, chats[dialect].body).whole();

  it.each(statuses)("have the vendor's body for status %i", async (status) => {
    upstream.script({}, refuses(status));
    const answer = await asked();
    expect(answer.status).toBe(status);
    const isPage = answer.headers["content-type"]?.startsWith("text/html") === true;
    const message = isPage
      ? /<title>(?<words>[^<]*)/u.exec(answer.text)?.groups?.["words"]
      : (answer.json as { error: { message: string } }).error.message;
    expect(message).toMatch(/\w/u);
  });

  it.each(vendorFailureNames)("have the vendor's words for %s", async (name) => {
    upstream.script({}, refuses(name));
    const answer = await asked();
    const known = vendorFailure(dialect, name);
    expect([answer.status, answer.text]).toEqual([known.status, known.body]);
    for (const [header, value] of Object.entries(known.headers)) expect(answer.headers[header]).toBe(value);
  });

  it("have a generic body for an unknown status", async () => {
    upstream.script({}, refuses(418));
    const answer = await asked();
    expect([answer.status, JSON.stringify(answer.json)]).toEqual([418, expect.stringContaining("wrong")]);
  });

  it("have rate limit headers that can be parsed", async () => {
    const quotas = {
      requests: { limit: 60, remaining: 7, resetMs: 90_000 },
      tokens: { limit: 9, remaining: 0, resetMs: 250 },
    };
    upstream.script({}, replies("hi", { headers: rateLimitHeaders(dialect, quotas, clock.now()) }));
    const { headers } = await asked();
    const read = (name: string): string | undefined => headers[name] as string | undefined;
    const name = (part: string): string =>
      dialect === "anthropic" ? `anthropic-ratelimit-requests-${part}` : `x-ratelimit-${part}-requests`;
    const names = { limit: name("limit"), remaining: name("remaining"), reset: name("reset") };
    expect(readQuota(read, names, clock.now())).toEqual({ limit: 60, remaining: 7, resetMs: 90_000 });
  });
});

describe("behaviors", () => {
  it("delay status and headers", async () => {
    upstream.script({}, replies("late", { delayMs: 100 }));
    const asked = plain();
    const [call] = await upstream.waitForCalls(1);
    await clock.advance(99);
    expect([call!.status, asked.status]).toEqual([undefined, undefined]);
    await clock.advance(1);
    await asked.whole();
    expect(asked.text).toContain("late");
    expect(call!.finishedAt! - call!.at).toBe(100);
  });

  it("delay the first token and the ones after it", async () => {
    upstream.script({}, replies("one two", { firstTokenMs: 50, gapMs: 20 }));
    const asked = streamed();
    await asked.until(({ events }) => events.length === 1);
    const [call] = upstream.calls;
    const opening = call!.sentBytes;
    await clock.advance(49);
    expect(call!.sentBytes).toBe(opening);
    await clock.advance(1);
    await asked.until(({ text }) => text.includes("one "));
    const first = call!.sentBytes;
    await clock.advance(19);
    expect(call!.sentBytes).toBe(first);
    await clock.advance(1);
    await asked.until(({ text }) => text.includes("two"));
    await clock.advance(20);
    expect((await asked.whole()).over).toBe("end");
  });

  it("delay the usage after the finish reason", async () => {
    upstream.script({}, replies("one", { usageMs: 1_500 }));
    const asked = ask(upstream.url("a") + path, { ...body, stream: true, stream_options: { include_usage: true } });
    await asked.until(({ text }) => text.includes('"stop"'));
    await clock.advance(1_499);
    expect(asked.text).not.toContain("total_tokens");
    await clock.advance(1);
    await asked.until(({ text }) => text.includes('"total_tokens":21'));
    expect((await asked.whole()).over).toBe("end");
  });

  it.each([
    ["openai", "finish_reason"],
    ["azure", "finish_reason"],
    ["anthropic", "stop_reason"],
  ] as const)("send any word as the finish reason in the dialect %s", async (dialect, field) => {
    upstream.script({}, replies("one", { finishReason: "vendor_trouble" }));
    const target = `${upstream.url("a")}${chats[dialect].path}`;
    const answers = [
      await ask(target, chats[dialect].body).whole(),
      await ask(target, { ...chats[dialect].body, stream: true }).whole(),
    ];
    for (const { text } of answers) expect(text).toContain(`"${field}":"vendor_trouble"`);
  });

  it("delay the body of a plain answer after the headers", async () => {
    upstream.script({}, replies("late", { firstTokenMs: 50 }));
    const asked = await plain().head();
    expect(upstream.calls[0]?.sentBytes).toBe(0);
    await clock.advance(50);
    expect((await asked.whole()).text).toContain("late");
  });

  it("send comments while nothing else is sent", async () => {
    upstream.script({}, replies("one two", { gapMs: 100, commentMs: 30 }));
    const asked = streamed();
    await asked.until(({ text }) => text.includes("one "));
    await clock.advance(95);
    await asked.until(({ comments }) => comments.length === 3);
    expect(asked.text).not.toContain("two");
    await clock.advance(205);
    await asked.whole();
    expect(asked.comments).toHaveLength(6);
  });

  it("stay silent in any phase", async () => {
    upstream.script({}, silent(), silent("before_first_token"), silent("mid_stream"));
    for (const [index, phase] of ["headers", "first token", "end"].entries()) {
      const asked = streamed();
      await upstream.waitForCalls(index + 1);
      if (phase !== "headers") await asked.head();
      await clock.advance(86_400_000);
      expect([phase, asked.over]).toEqual([phase, undefined]);
      asked.leave();
      await upstream.waitForClose(upstream.calls[index]!);
    }
    expect(clock.timers).toBe(0);
  });

  it.each([1, 3, [2, 5, 1]])("split bytes anywhere, also within a character: %j", async (splitBytes) => {
    upstream.script({}, replies("日本 🙂", { splitBytes }));
    const asked = await streamed().whole();
    expect(Math.max(...asked.pieces.map((piece) => piece.length))).toBeLessThan(40);
    expect(asked.pieces.some((piece) => piece.toString().includes("\uFFFD"))).toBe(true);
    expect(asked.events.map((event) => event.data).join("")).toContain("日本 ");
  });

  it("delay the pieces", async () => {
    upstream.script({}, replies("x", { splitBytes: 100, pieceMs: 10 }));
    const asked = plain();
    const [call] = await upstream.waitForCalls(1);
    await asked.head();
    await asked.until(({ pieces }) => pieces.length === 1);
    expect(call!.sentBytes).toBe(100);
    await clock.advance(10);
    expect(call!.sentBytes).toBe(200);
    await clock.advance(1_000);
    expect((await asked.whole()).text).toContain('"total_tokens":21');
  });

  it("send all events at once", async () => {
    upstream.script({}, replies("one two three", { atOnce: true }));
    const asked = await streamed().whole();
    expect(asked.pieces).toHaveLength(1);
    expect(asked.events.at(-1)?.data).toBe("[DONE]");
  });

  it("end lines with CRLF", async () => {
    upstream.script({}, replies("one two", { crlf: true }));
    const asked = await streamed().whole();
    expect(asked.text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(asked.events.map((event) => event.data).join("")).toContain("one ");
  });

  it("add headers to the vendor's and replace them", async () => {
    upstream.script({}, refuses(429, { headers: { "retry-after": "86400", "content-type": "text/plain" } }));
    const { headers } = await plain().whole();
    expect([headers["content-type"], parseRetryAfter((name) => headers[name] as string | undefined, 0)]).toEqual([
      "text/plain",
      86_400_000,
    ]);
  });

  it("send a given body unchanged", async () => {
    upstream.script(
      {},
      { body: "plain words" },
      { status: 302, body: "", headers: { location: "http://elsewhere.invalid" } },
    );
    expect(await plain().whole()).toMatchObject({ status: 200, text: "plain words" });
    expect(await plain().whole()).toMatchObject({ status: 302, headers: { location: "http://elsewhere.invalid" } });
  });

  it("stop sending while the reader does not read", async () => {
    const text = Array.from({ length: 60 }, () => "y".repeat(500_000)).join(" ");
    upstream.script({}, replies(text));
    const asked = await streamed().head();
    asked.pause();
    const [call] = upstream.calls;
    for (let turn = 0; turn < 200; turn += 1) await clock.advance(0);
    expect(call!.sentBytes).toBeLessThan(25_000_000);
    expect(call!.finishedAt).toBeUndefined();
    asked.resume();
    await asked.whole();
    expect(call!.sentBytes).toBeGreaterThan(30_000_000);
  });
});

it("serve a vendor with custom paths and bodies", async () => {
  const own = await startUpstream({ paths: { "/speak": "chat" } });
  const send = (url: string) => fetch(url, { method: "POST", body: JSON.stringify({ m: "small" }) });
  const events = '{"say":"a"}\n{"say":"b"}\n';
  own.script({ host: "east" }, { body: events, splitBytes: 5, headers: { "content-type": "application/x-ndjson" } });
  own.script({ host: "west" }, refuses(429, { body: '{"fault":"later"}', headers: { "retry-after": "2" } }));
  const good = await send(`${own.url("east")}/v2/speak`);
  expect([good.status, good.headers.get("content-type"), await good.text()]).toEqual([
    200,
    "application/x-ndjson",
    events,
  ]);
  const bad = await send(`${own.url("west")}/speak`);
  expect([bad.status, await bad.json()]).toEqual([429, { fault: "later" }]);
  expect((await send(`${own.origin}/elsewhere`)).status).toBe(404);
  expect(own.calls.map(({ host, operation, body: sent }) => [host, operation, sent])).toEqual([
    ["east", "chat", { m: "small" }],
    ["west", "chat", { m: "small" }],
  ]);
  await own.close();
});
