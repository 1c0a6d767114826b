import type { CallOptions, ChatRequest } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { failure, one, setup } from "../test/house.js";

const modelList = [one("a")];

describe("a call", () => {
  it.each([undefined, null, "gpt-4", []])("that is no object is refused as such: %j", async (body) => {
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
    [{ deadlineMs: Number.NaN }, "deadlineMs: NaN is not a number above 0"],
    [{ numRetries: -1 }, "numRetries: -1 is not a whole number of at least 0"],
    [{ numRetires: 1 }, 'numRetires: there is no such option. Did you mean "numRetries"'],
    [{ timeout: 5 }, 'timeout: there is no such option. Did you mean "streamTimeoutMs" or "timeoutMs"'],
    [{ timeoutMs: 0 }, "timeoutMs: 0 is not a number above 0"],
    [{ maxAttempts: 0 }, "maxAttempts: 0 is not a whole number of at least 1"],
    [{ timeouts: { idle: 1 } }, 'timeouts.idle: there is no such option. Did you mean "idleMs"'],
    [{ cache: { ttl: 1 } }, 'cache.ttl: there is no such option. Did you mean "ttlMs"'],
    [{ fallbacks: "b" }, 'fallbacks: it is a text, not a list. Write ["b"]'],
    [{ fallbacks: ["b", { temperature: 0 }] }, "fallbacks[1].temperature: there is no such option"],
    [{ tags: "fast" }, "tags: it is a text, not a list"],
    [{ signal: new AbortController() }, 'signal: it has no method "addEventListener"'],
    [{ midStreamFallback: "go on" }, 'midStreamFallback: "go on" is none of "error", "continue"'],
    [{ constructor: 1 }, "constructor: there is no such option"],
    [null, "options: it is null, not an object"],
  ])("says what is wrong with its options, and asks nobody: %j", async (options, message) => {
    const house = setup({ modelList });
    const error = await failure(house.router.completion({ model: "gpt-4", messages: [] }, options as CallOptions));
    expect(error).toMatchObject({ kind: "bad_request", status: 400 });
    expect(error.message).toContain(message);
    expect(house.served()).toEqual([]);
  });

  it("shows no key in what it says", async () => {
    const { ask } = setup({ modelList });
    const error = await failure(ask({}, { clientAuth: { apiKey: ["sk-secret"] } } as unknown as CallOptions));
    expect(error.message).toBe("clientAuth.apiKey: it is a list, not a text. Correct it or leave it out.");
  });

  it("may lift a limit, and may leave options undefined", async () => {
    const house = setup({ modelList, deadlineMs: 5_000 });
    await house.ask({}, {
      deadlineMs: Number.POSITIVE_INFINITY,
      timeoutMs: Number.POSITIVE_INFINITY,
      numRetries: undefined,
      signal: new AbortController().signal,
      fallbacks: [{ "gpt-4": ["a"] }],
    } as unknown as CallOptions);
    expect(house.served()).toEqual(["a"]);
  });
});
