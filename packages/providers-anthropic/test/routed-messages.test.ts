import type { Cache, CallOptions, JsonObject } from "@modelyard/core";
import type { MessagesEvent } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { breaks, failure, refuses, replies, silent, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { anthropic } from "../src/anthropic.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const request = { model: "claude", max_tokens: 100, messages: [{ role: "user", content: "hi" }] } as const;
const prices = {
  inputCostPerToken: 1,
  outputCostPerToken: 10,
  cachedInputCostPerToken: 0.1,
  cacheWriteCostPerToken: 1.25,
};

function router(more: object = {}) {
  const at = (host: string) => ({
    modelName: "claude",
    model: "anthropic/claude-sonnet-4-5",
    apiKey: "sk-ant-canary-key",
    apiBase: upstream.url(host),
    ...prices,
  });
  return createRouter({
    providers: [anthropic()],
    numRetries: 1,
    modelList: [
      { ...at("first"), id: "first", order: 1 },
      { ...at("second"), id: "second", order: 2 },
    ],
    ...more,
  });
}

function mapCache(): Cache {
  const kept = new Map<string, string>();
  return {
    name: "map",
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => Promise.resolve(void kept.set(key, value)),
    delete: (key) => Promise.resolve(void kept.delete(key)),
    close: () => Promise.resolve(),
  };
}

/** Reads a stream of messages, as far as it comes. */
async function read(called: ReturnType<typeof router>, options: CallOptions = {}) {
  const stream = await called.messages({ ...request, stream: true }, options);
  const events: MessagesEvent[] = [];
  const error = await failure(
    (async () => {
      for await (const event of stream) events.push(event);
      throw new Error("complete");
    })(),
  );
  return { types: events.map(({ type }) => type), events, error, routing: stream.routing };
}

describe("calls of router.messages over the caller's own wire", () => {
  it.each([
    ["an overload", refuses("overloaded")],
    ["an error in the stream before content", breaks("error_event_before_content")],
    ["a connection that breaks before content", breaks("reset_before_headers")],
    ["a stream that ends after its first event", breaks("truncated_stream", { text: "" })],
  ])("are made at another deployment after %s, and the answer begins once", async (_, failing) => {
    upstream.script({ host: "first" }, failing);
    const { types, error, routing } = await read(router());
    expect(error.message).toBe("complete");
    expect(types.filter((type) => type === "message_start")).toHaveLength(1);
    expect([types.at(-1), routing.deploymentId, routing.retries]).toEqual(["message_stop", "second", 1]);
  });

  it("fail with the vendor's error after content, without an end mark", async () => {
    upstream.script({ host: "first" }, breaks("error_event_after_content", { text: "some text" }));
    const { types, error } = await read(router());
    expect(error).toMatchObject({ kind: "overloaded" });
    expect(types).toContain("content_block_delta");
    expect(types).not.toContain("message_stop");
    expect(upstream.calls).toHaveLength(1);
  });

  it.each([false, true])(
    "have their usage and cost in the trail, cache reads and writes included: stream %s",
    async (stream) => {
      const usage = {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 20 },
      };
      upstream.script({}, replies("hello", { usage }));
      const called = router();
      const { routing } = stream ? await read(called) : await called.messages(request);
      expect(routing.usage).toMatchObject(usage);
      expect(routing.costUsd).toBeCloseTo(20 + 60 * 0.1 + 20 * 1.25 + 50);
    },
  );

  it.each([false, true])(
    "are answered from the cache, separately for each set of beta features: stream %s",
    async (stream) => {
      const called = router({ responseCache: mapCache(), cacheResponses: true });
      const ask = async (beta?: string) => {
        const options =
          beta === undefined ? {} : { forwardHeaders: { "anthropic-beta": beta, "x-claude-code-session-id": beta } };
        if (!stream) return JSON.stringify((await called.messages(request, options)).content);
        return JSON.stringify(
          (await read(called, options)).events.filter(({ type }) => type === "content_block_delta"),
        );
      };
      expect(await ask()).toContain("Hello");
      expect(await ask()).toContain("Hello");
      expect(upstream.calls).toHaveLength(1);
      await ask("one");
      await ask("one");
      await ask("two");
      expect(upstream.calls.map(({ headers }) => headers["anthropic-beta"])).toEqual([undefined, "one", "two"]);
    },
  );

  it("reach the vendor as their text, and stop when the caller aborts", async () => {
    const text = '{ "model":"claude","max_tokens":100,"zz":1.0,"messages":[{"role":"user","content":"hi"}]}';
    const called = router();
    await called.messages(JSON.parse(text) as typeof request, { requestText: text });
    expect(upstream.calls[0]?.body).toEqual({ ...(JSON.parse(text) as JsonObject), model: "claude-sonnet-4-5" });
    upstream.reset();
    upstream.script({}, silent("mid_stream", { text: "some more text" }));
    const controller = new AbortController();
    const stream = await called.messages({ ...request, stream: true }, { signal: controller.signal });
    controller.abort();
    const error = await failure(
      (async () => {
        for await (const _ of stream);
      })(),
    );
    expect(error.name).toBe("AbortError");
    await expect.poll(() => upstream.calls[0]?.closedByClientAt).toBeDefined();
  });

  it("carry no key in an error that quotes it", async () => {
    upstream.script(
      {},
      refuses("invalid_api_key", {
        body: JSON.stringify({
          type: "error",
          error: { type: "authentication_error", message: "invalid x-api-key: sk-ant-canary-key" },
        }),
      }),
    );
    const error = await failure(router({ numRetries: 0 }).messages(request));
    expect(JSON.stringify([error.message, error])).not.toContain("canary");
  });
});
