import type { CallOptions, ChatRequest } from "@modelyard/core";
import { deploymentOptions, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

const modelList = [deploymentOptions("a")];

describe("the options of a call", () => {
  it.each([undefined, null, "gpt-4", []])("are refused when they are not an object: %j", async (body) => {
    const { router } = setup({ modelList });
    const calls = [
      router.completion(body as unknown as ChatRequest),
      router.textCompletion(body as never),
      router.embedding(body as never),
      router.execute("chat", body as never),
    ];
    for (const call of calls) {
      const error = await failure(call);
      expect(error).toMatchObject({ kind: "bad_request", status: 400, param: "request" });
    }
    expect(router.inFlight).toBe(0);
  });

  it.each([
    [{ deadlineMs: Number.NaN }, "deadlineMs: it must be a number above 0 (got NaN)"],
    [{ numRetries: -1 }, "numRetries: it must be a whole number, 0 or more (got -1)"],
    [{ numRetires: 1 }, 'numRetires: unknown option. Did you mean "numRetries"'],
    [{ timeout: 5 }, 'timeout: unknown option. Did you mean "timeouts" or "timeoutMs" or "streamTimeoutMs"'],
    [{ timeoutMs: 0 }, "timeoutMs: it must be a number above 0 (got 0)"],
    [{ maxAttempts: 0 }, "maxAttempts: it must be a whole number, 1 or more (got 0)"],
    [{ timeouts: { idle: 1 } }, 'timeouts.idle: unknown option. Did you mean "idleMs"'],
    [{ cache: { ttl: 1 } }, 'cache.ttl: unknown option. Did you mean "ttlMs"'],
    [{ fallbacks: "b" }, 'fallbacks: expected a list, got a string. Write ["b"]'],
    [{ fallbacks: ["b", { temperature: 0 }] }, "fallbacks[1].temperature: unknown option"],
    [{ tags: "fast" }, "tags: expected a list, got a string"],
    [{ signal: new AbortController() }, 'signal: it has no method "addEventListener"'],
    [{ midStreamFallback: "go on" }, 'midStreamFallback: it must be one of "error", "continue" (got "go on")'],
    [{ constructor: 1 }, "constructor: unknown option"],
    [null, "options: expected an object, got null"],
  ])(
    "are refused with a message that names the problem, before any provider is called: %j",
    async (options, message) => {
      const harness = setup({ modelList });
      const error = await failure(harness.router.completion({ model: "gpt-4", messages: [] }, options as CallOptions));
      expect(error).toMatchObject({ kind: "bad_request", status: 400 });
      expect(error.message).toContain(message);
      expect(harness.served()).toEqual([]);
    },
  );

  it("never show an API key in an error message", async () => {
    const { ask } = setup({ modelList });
    const error = await failure(ask({}, { clientAuth: { apiKey: ["sk-secret"] } } as unknown as CallOptions));
    expect(error.message).toBe("clientAuth.apiKey: expected a string, got a list. Correct it or omit it.");
  });

  it("may remove a limit, and may be undefined", async () => {
    const harness = setup({ modelList, deadlineMs: 5_000 });
    await harness.ask({}, {
      deadlineMs: Number.POSITIVE_INFINITY,
      timeoutMs: Number.POSITIVE_INFINITY,
      numRetries: undefined,
      signal: new AbortController().signal,
      fallbacks: [{ "gpt-4": ["a"] }],
    } as unknown as CallOptions);
    expect(harness.served()).toEqual(["a"]);
  });
});
