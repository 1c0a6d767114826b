import type { CallOptions, ProviderResult } from "@modelyard/core";
import { sleep } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails, failure, type ProviderBehavior, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "../src/options.js";
import { setup as setupRouter } from "./support/harness.js";

interface Chunk {
  readonly id: string;
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
  readonly usage?: object | null;
}

/** The harness, whose calls ask for a stream, with two deployments. */
function setup(options: Partial<CreateRouterOptions> = {}) {
  const harness = setupRouter(
    { modelList: [deploymentOptions("a"), deploymentOptions("b")], ...options },
    { events: ["request_started", "request_succeeded", "request_failed", "attempt_failed", "attempt_aborted"] },
  );
  const { clock, provider, router, events } = harness;
  const ask = (body: object = {}, callOptions: CallOptions = {}) =>
    router.completion(
      { model: "gpt-4", messages: [{ role: "user", content: "tell a tale" }], stream: true, ...body },
      callOptions,
    );
  const settled = () => {
    const deployments = router.state().groups.flatMap((group) => group.deployments);
    return [router.inFlight, clock.timers, provider.open, ...deployments.map((entry) => entry.inFlight)];
  };
  const ends = () => events.map((event) => event.type).filter((type) => type.startsWith("request_"));
  return { ...harness, ask, settled, ends };
}
type Harness = ReturnType<typeof setup>;

async function read(stream: AsyncIterable<Chunk>, chunks: Chunk[] = []): Promise<string> {
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
}

const nothingLeft = (harness: Harness) => {
  expect(harness.settled().filter((count) => count !== 0)).toEqual([]);
};

/** Makes the first call a stream of parts without content: a role, an empty text. @returns how many calls were made */
function withoutContent(harness: Harness, parts: number, end: "fails" | "ends" | "done" | "finishes"): () => number {
  const { call } = harness.provider;
  let calls = 0;
  async function* empty(): AsyncGenerator {
    const part = { bytes: undefined, content: false, finished: 0, done: false, usage: undefined };
    for (let index = 0; index < parts; index += 1)
      yield { ...part, chunks: [{ choices: [{ delta: index === 0 ? { role: "assistant" } : { content: "" } }] }] };
    if (end === "fails") throw new Error("the vendor broke");
    if (end === "finishes") yield { ...part, chunks: [{ choices: [{ delta: {} }] }], finished: 1 };
    if (end === "finishes" || end === "done") yield { ...part, chunks: [], done: true };
  }
  const first = { kind: "stream", parts: empty() } as unknown as ProviderResult;
  harness.provider.call = (...args) => {
    calls += 1;
    return calls === 1 ? Promise.resolve(first) : call(...args);
  };
  return () => calls;
}

describe("a stream before its first content", () => {
  it.each([0, 1, 2])(
    "is retried as a plain call is, after a failure that follows %i events without content",
    async (count) => {
      const harness = setup();
      const calls = withoutContent(harness, count, "fails");
      expect(await read(await harness.ask())).toBe("hello");
      expect(calls()).toBe(2);
      nothingLeft(harness);
    },
  );

  it("fails when it continues indefinitely without content", async () => {
    const harness = setup();
    const { call } = harness.provider;
    const bytes = new Uint8Array(64 * 1024);
    let sent = 0;
    let left = false;
    async function* babble(): AsyncGenerator {
      try {
        while (sent < 10_000) {
          sent += 1;
          yield { chunks: [], bytes, content: false, finished: 0, done: false, usage: undefined };
        }
      } finally {
        left = true;
      }
    }
    const first = { kind: "stream", parts: babble() } as unknown as ProviderResult;
    harness.provider.call = (...args) => (sent === 0 ? Promise.resolve(first) : call(...args));
    expect(await read(await harness.ask())).toBe("hello");
    expect([sent, left]).toEqual([257, true]);
    nothingLeft(harness);
  });

  it("is not buffered beyond a limit", async () => {
    const harness = setup();
    const bytes = new Uint8Array(64 * 1024);
    let sent = 0;
    async function* long(): AsyncGenerator {
      const part = { bytes, content: true, finished: 0, done: false, usage: undefined };
      while (sent < 1_000) {
        sent += 1;
        yield { ...part, chunks: [{ choices: [{ delta: { content: "x" } }] }] };
      }
      yield {
        ...part,
        content: false,
        chunks: [{ choices: [{ delta: {}, finish_reason: "stop" }] }],
        finished: 1,
      };
    }
    harness.provider.call = () => Promise.resolve({ kind: "stream", parts: long() } as unknown as ProviderResult);
    const stream = await harness.ask({}, { holdBackEvents: 1_000_000 });
    expect(sent).toBe(257);
    expect(await read(stream)).toBe("x".repeat(1_000));
  });

  it.each(["ends", "done"] as const)("fails when it %s without content or a finish reason", async (end) => {
    const harness = setup();
    const calls = withoutContent(harness, 1, end);
    expect(await read(await harness.ask())).toBe("hello");
    expect(calls()).toBe(2);
  });

  it("is a valid empty answer when the vendor sends a finish reason", async () => {
    const harness = setup();
    const calls = withoutContent(harness, 1, "finishes");
    expect(await read(await harness.ask())).toBe("");
    expect(calls()).toBe(1);
    expect(harness.ends()).toEqual(["request_started", "request_succeeded"]);
  });

  it.each(["reasoning", "refusal", "tool_call"] as const)("counts %s as content", async (content) => {
    const harness = setup();
    harness.provider.script("*", streams(["one", "two"], { content, failAfter: 1 }));
    const stream = await harness.ask();
    expect((await failure(read(stream))).kind).toBe("internal_server");
    expect(harness.provider.calls).toHaveLength(1);
  });
});

describe("a stream that broke after its first content", () => {
  it("reports its usage, estimated if the vendor reported none", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { inputCostPerToken: 1, outputCostPerToken: 10 })] });
    harness.provider.script("a", streams(["x".repeat(40), "y".repeat(40)], { failAfter: 1 }));
    const error = await failure(read(await harness.ask()));
    const usage = { completion_tokens: 10, estimated: true };
    expect(error.usage).toMatchObject(usage);
    expect(error.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(error.toBody().error.usage).toMatchObject(usage);
    expect(error.trail?.usage).toMatchObject(usage);
    expect(error.trail?.costUsd).toBe(error.usage!.prompt_tokens + 100);
    expect(error.attempts[0]?.usage).toMatchObject(usage);
    expect(harness.ends()).toEqual(["request_started", "request_failed"]);
    nothingLeft(harness);
  });

  it("emits one event when its reader leaves, also during a read", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(["one ", "two "], { hangAfter: 1 }));
    const iterator = (await harness.router.execute("chat", {
      model: "gpt-4",
      messages: [],
      stream: true,
    })) as unknown as {
      parts: AsyncIterable<unknown>;
    };
    const parts = iterator.parts[Symbol.asyncIterator]();
    await parts.next();
    const waiting = parts.next();
    await parts.return?.();
    expect((await waiting).done).toBe(true);
    await harness.clock.advance(0);
    expect(harness.ends()).toEqual(["request_started", "request_failed"]);
    expect(harness.events.findLast((event) => event.type === "request_failed")).toMatchObject({
      error: { kind: "aborted" },
    });
    expect(harness.router.state().groups[0]?.deployments[0]?.failures).toBe(0);
    nothingLeft(harness);
  });
});

describe("a slow reader", () => {
  it("does not count as silence of the vendor, and does not hide the vendor's silence", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], streamTimeoutMs: 1_000 });
    harness.provider.script("a", streams(["one ", "two ", "three"], { gapMs: 600, hangAfter: 3 }));
    const stream = (await harness.ask())[Symbol.asyncIterator]();
    expect((await stream.next()).value).toBeDefined();
    await harness.clock.advance(5_000);
    expect((await harness.clock.until(stream.next())).done).toBe(false);
    await harness.clock.advance(5_000);
    expect((await harness.clock.until(stream.next())).done).toBe(false);
    const asked = harness.clock.now();
    expect((await failure(harness.clock.until(stream.next()))).kind).toBe("timeout");
    expect(harness.clock.now() - asked).toBe(1_000);
    nothingLeft(harness);
  });

  it("that exceeds the total time limit gets the error, without blame for the deployment", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      timeouts: { totalMs: 1_000 },
      allowedFails: 0,
    });
    const stream = (await harness.ask())[Symbol.asyncIterator]();
    await stream.next();
    await harness.clock.advance(2_000);
    expect((await failure(stream.next())).kind).toBe("timeout");
    expect(harness.router.state().groups[0]?.deployments.map((entry) => entry.health)).toEqual(["healthy", "healthy"]);
    nothingLeft(harness);
  });
});

describe("a stream with a finish reason", () => {
  it.each([
    [
      "one second where its usage was reported",
      undefined,
      { total_tokens: 2, prompt_tokens: 1, completion_tokens: 1 },
      1_000,
    ],
    ["five seconds where its usage is missing", undefined, undefined, 5_000],
    ["the idle limit where the caller asked for the usage that is missing", { include_usage: true }, undefined, 12_000],
  ])("ends after %s, even if the vendor keeps the connection open", async (_, options, usage, waitMs) => {
    const harness = setup({ modelList: [deploymentOptions("a")], timeouts: { idleMs: 12_000 } });
    async function* parts(): AsyncGenerator {
      const part = { chunks: [], bytes: undefined, content: false, finished: 0, done: false, usage: undefined };
      yield { ...part, chunks: [{ choices: [{ delta: { content: "whole" } }] }], content: true };
      yield { ...part, chunks: [{ choices: [{ delta: {}, finish_reason: "stop" }] }], finished: 1, usage };
      for (;;) {
        await sleep(harness.clock, 100);
        yield part;
      }
    }
    harness.provider.call = () => Promise.resolve({ kind: "stream", parts: parts() } as unknown as ProviderResult);
    const stream = await harness.ask(options === undefined ? {} : { stream_options: options });
    const began = harness.clock.now();
    expect(await harness.clock.until(read(stream))).toBe("whole");
    expect(harness.clock.now() - began).toBe(waitMs);
    expect(harness.ends()).toEqual(["request_started", "request_succeeded"]);
  });
});

describe("a stream whose first events are held back", () => {
  const held = (...behaviors: readonly ProviderBehavior[]) => {
    const harness = setup();
    harness.provider.script("*", ...behaviors);
    return harness;
  };

  it("hides a failure within the first events, if the request asks for it", async () => {
    const harness = held(streams(["x", "y", "z"], { failAfter: 2 }), streams(["whole ", "and ", "good"]));
    expect(await read(await harness.ask({ hold_back_events: 3 }))).toBe("whole and good");
    expect(harness.provider.calls.map((call) => Object.keys(call.call.request))).not.toContain("hold_back_events");
    const shown = held(streams(["x", "y", "z"], { failAfter: 2 }), streams(["good"]));
    expect((await failure(read(await shown.ask({ hold_back_events: 2 })))).kind).toBe("internal_server");
  });

  it("is delivered in full when it ends before that many events have arrived", async () => {
    expect(await read(await held(streams(["only ", "two"])).ask({}, { holdBackEvents: 10 }))).toBe("only two");
  });

  it("aborts the vendor's call when its caller leaves", async () => {
    const harness = held(streams(["one ", "two "], { gapMs: 1_000 }));
    const controller = new AbortController();
    const asked = failure(harness.ask({}, { holdBackEvents: 2, signal: controller.signal }));
    await harness.clock.advance(500);
    controller.abort();
    expect((await asked).kind).toBe("aborted");
    await harness.clock.advance(0);
    nothingLeft(harness);
  });

  it("refuses invalid numbers of events", async () => {
    expect((await failure(held().ask({ hold_back_events: -1 }))).status).toBe(400);
    expect((await failure(held().ask({ mid_stream_fallback: "perhaps" }))).status).toBe(400);
  });
});

describe("a stream that is continued on another deployment", () => {
  const prefix = { capabilities: { prefix: true } } as const;
  const harness = (more: Partial<CreateRouterOptions> = {}) =>
    setup({
      modelList: [
        deploymentOptions("a", { order: 1 }),
        deploymentOptions("b", { order: 2, ...prefix }),
        deploymentOptions("c", { order: 3, ...prefix }),
      ],
      midStreamFallback: "continue",
      ...more,
    });
  const broken = (...texts: readonly string[]) => streams(texts, { failAfter: texts.length, usage: undefined });

  it("repeats no text, and is one answer with the usage of both", async () => {
    const tale = harness({ midStreamFallback: "error" });
    tale.provider.script("a", broken("once upon ", "a time "));
    tale.provider.script("b", streams(["once ", "upon a ", "time there was"]));
    const chunks: Chunk[] = [];
    const stream = await tale.ask({ mid_stream_fallback: "continue", max_tokens: 100 });
    expect(await read(stream, chunks)).toBe("once upon a time there was");
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(tale.provider.calls[1]?.call.request).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "once upon a time" }],
      max_tokens: 95,
    });
    // 10 tokens of the second, and the estimate of the first: 17 characters.
    const usage = { completion_tokens: 11, estimated: true };
    expect(chunks.at(-1)?.usage).toMatchObject(usage);
    expect(stream.routing.usage).toMatchObject(usage);
    expect(stream.routing.attempts.map((attempt) => attempt.usage?.completion_tokens)).toEqual([5, 6]);
    expect(tale.ends()).toEqual(["request_started", "request_succeeded"]);
    nothingLeft(tale);
  });

  it("may break again, as often as max_attempts allows", async () => {
    const tale = harness();
    tale.provider.script("a", broken("one "));
    tale.provider.script("b", broken("two "));
    tale.provider.script("c", streams(["three"]));
    expect(await read(await tale.ask())).toBe("one two three");
    const fewer = harness({ numRetries: 1 });
    fewer.provider.script("a", broken("one "));
    fewer.provider.script("b", broken("two "));
    const chunks: Chunk[] = [];
    const error = await failure(read(await fewer.ask(), chunks));
    expect([error.kind, fewer.provider.calls.length, chunks.length]).toEqual(["internal_server", 2, 2]);
    expect(error.usage).toMatchObject({ completion_tokens: 2, estimated: true });
    nothingLeft(fewer);
  });

  it.each([
    ["retries", { numRetries: 0 }],
    ["attempts of max_attempts", { maxAttempts: 1 }],
    ["retries of the retry budget", { retryBudget: { share: 0, floorPerSecond: 0 } }],
  ])("requires that %s are left", async (_, more) => {
    const tale = harness(more);
    tale.provider.script("a", broken("one "));
    expect((await failure(read(await tale.ask()))).kind).toBe("internal_server");
    expect(tale.provider.calls).toHaveLength(1);
    nothingLeft(tale);
  });

  it("requires that the deployment's default fields ask for plain text only", async () => {
    const defaults = { response_format: { type: "json_object" } };
    const tale = harness({
      modelList: [deploymentOptions("a", { order: 1, defaults }), deploymentOptions("b", { order: 2, ...prefix })],
    });
    tale.provider.script("a", broken("one "));
    expect((await failure(read(await tale.ask()))).kind).toBe("internal_server");
  });

  it.each(["tool_call", "refusal"] as const)("is not continued within a %s", async (content) => {
    const tale = harness();
    tale.provider.script("a", streams(["one ", "two"], { failAfter: 1, content }));
    expect((await failure(read(await tale.ask()))).kind).toBe("internal_server");
    expect(tale.provider.calls).toHaveLength(1);
  });

  it("never uses a silent deployment twice", async () => {
    const tale = harness({
      modelList: [
        deploymentOptions("silent", { order: 1, ...prefix }),
        deploymentOptions("a", { order: 2 }),
        deploymentOptions("c", { order: 3, ...prefix }),
      ],
    });
    tale.provider.script("silent", fails("timeout"));
    tale.provider.script("a", broken("one "));
    tale.provider.script("c", streams(["two"]));
    expect(await read(await tale.ask())).toBe("one two");
    expect(tale.provider.calls.map((call) => call.deploymentId)).toEqual(["silent", "a", "c"]);
  });

  it("keeps the fields of a fallback entry", async () => {
    const tale = harness({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other", ...prefix })],
      numRetries: 0,
      fallbacks: { "gpt-4": [{ model: "other", set: { messages: [{ role: "user", content: "briefly" }] } }] },
    });
    tale.provider.script("a", broken("one "));
    tale.provider.script("b", streams(["two"]));
    expect(await read(await tale.ask())).toBe("one two");
    expect(tale.provider.calls[1]?.call.request).toMatchObject({
      messages: [{ content: "briefly" }, { role: "assistant", content: "one" }],
    });
  });

  it.each(["reader", "caller"])("is given up when its %s leaves meanwhile", async (who) => {
    const tale = harness();
    const controller = new AbortController();
    tale.provider.script("a", broken("one "));
    tale.provider.script("b", streams(["two"], { firstTokenMs: 10_000 }));
    const outcome = await tale.router.execute(
      "chat",
      { model: "gpt-4", messages: [], stream: true },
      { signal: controller.signal },
    );
    const parts = (outcome as unknown as { parts: AsyncIterable<unknown> }).parts[Symbol.asyncIterator]();
    await parts.next();
    const next = parts.next().catch((error: unknown) => error);
    await tale.clock.advance(100);
    expect(tale.provider.open).toBe(1);
    if (who === "reader") await parts.return?.();
    else controller.abort();
    await tale.clock.advance(0);
    expect(await next).toMatchObject(who === "reader" ? { done: true } : { kind: "aborted" });
    expect(tale.ends()).toEqual(["request_started", "request_failed"]);
    nothingLeft(tale);
  });

  it("does not change plain calls", async () => {
    const tale = harness();
    tale.provider.script("a", answers("plain"));
    const answer = await tale.router.completion({ model: "gpt-4", messages: [] });
    expect(answer.choices[0]?.message.content).toBe("plain");
  });
});
