// Effects of the reasons in vendors' error bodies: which deployment serves, when, and which error the caller gets.
import { type Behavior, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRouter, type CreateRouterOptions, openai, openaiCompatible } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await upstream.close();
});

const messages = [{ role: "user", content: "hi" }] as const;
const refusal = (status: number, body: unknown): Behavior => ({ status, body: JSON.stringify(body) });

/** A group `a` with the given hosts, and a group `b` with one. `a` falls back to `b` if the test asks for it. */
function routerOf(hosts: readonly string[], options: Partial<CreateRouterOptions> = {}) {
  const deployment = (modelName: string, host: string, order: number) => ({
    id: host,
    modelName,
    model: `hosted_vllm/${host}`,
    apiKey: "k",
    apiBase: `${upstream.url(host)}/v1`,
    order,
  });
  return createRouter({
    providers: [openai(), openaiCompatible({ name: "hosted_vllm" })],
    modelList: [...hosts.map((host, order) => deployment("a", host, order)), deployment("b", "fallback", 1)],
    ...options,
  });
}

const served = (): readonly (string | undefined)[] => upstream.calls.map(({ host }) => host);

const google = (retryDelay: string): Behavior =>
  refusal(429, [
    {
      error: {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message: "You exceeded your current quota, please check your plan and billing details.\n* limit: 10, model: x",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }],
      },
    },
  ]);
const worded = (wait: string): Behavior =>
  refusal(429, { error: { message: `Rate limit reached. Please try again in ${wait}.`, code: "rate_limit_exceeded" } });
const tooLarge = refusal(413, {
  error: {
    message: "Request too large for model m on tokens per minute (TPM): Limit 8000, Requested 9120, please reduce it",
    type: "tokens",
    code: "rate_limit_exceeded",
  },
});

describe("a rate limit whose wait is in the body", () => {
  it.each([
    ["a field", google("0.02s")],
    ["a sentence", worded("20ms")],
  ])("is retried on the same deployment after the wait: %s", async (_, behavior) => {
    const router = routerOf(["one"], { numRetries: 2 });
    upstream.script({ host: "one" }, behavior, {});
    await router.completion({ model: "a", messages });
    expect(served()).toEqual(["one", "one"]);
    await router.close();
  });

  it.each([
    ["a field", google("40s"), 40],
    ["a sentence", worded("1m30s"), 90],
  ])("is passed on, and starts a cooldown of that length: %s", async (_, behavior, seconds) => {
    const router = routerOf(["one"], { numRetries: 0, fallbacks: [{ a: ["b"] }] });
    upstream.script({ host: "one" }, behavior);
    const before = Date.now();
    await router.completion({ model: "a", messages });
    expect(served()).toEqual(["one", "fallback"]);
    const [one] = router.state().groups[0]?.deployments ?? [];
    expect([one?.health, one?.reason]).toEqual(["cooling", "rate_limit"]);
    const until = one?.until ?? 0;
    expect(until - before).toBeGreaterThanOrEqual(seconds * 1_000);
    await router.close();

    const alone = routerOf(["one"], { numRetries: 0 });
    upstream.script({ host: "one" }, behavior);
    await expect(alone.completion({ model: "a", messages })).rejects.toMatchObject({
      kind: "rate_limit",
      status: 429,
      retryAfterMs: seconds * 1_000,
    });
    await alone.close();
  });
});

describe("a request that can never fit", () => {
  it.each(["fallbacks", "contextWindowFallbacks"] as const)(
    "falls back by %s and does not affect the deployment's health",
    async (list) => {
      const router = routerOf(["one"], { numRetries: 0, allowedFails: 0, cooldownMs: 60_000, [list]: [{ a: ["b"] }] });
      upstream.script({ host: "one" }, tooLarge, {});
      await router.completion({ model: "a", messages });
      await router.completion({ model: "a", messages });
      expect(served()).toEqual(["one", "fallback", "one"]);
      expect(router.state().groups[0]?.deployments[0]).toMatchObject({ health: "healthy", failures: 0 });
      await router.close();
    },
  );
});

describe("a model that fails at its tool call", () => {
  it.each(["tool_use_failed", "json_validate_failed"])("is retried, also on another deployment: %s", async (code) => {
    const router = routerOf(["one", "two"], { numRetries: 1 });
    const error = { message: "Failed to call a function.", type: "invalid_request_error", code };
    upstream.script({ host: "one" }, refusal(400, { error }));
    await router.completion({ model: "a", messages });
    expect(served()).toEqual(["one", "two"]);
    await router.close();
  });
});

describe("the caller of a model that fails at every attempt", () => {
  it.each([
    [400, "tool_use_failed"],
    [400, "json_validate_failed"],
    [422, "output_parse_failed"],
  ])("gets the vendor's status %i and code %s", async (status, code) => {
    const router = routerOf(["one", "two"], { numRetries: 1 });
    const error = { message: "Failed to call a function.", type: "invalid_request_error", code };
    upstream.script({ host: "one" }, refusal(status, { error }));
    upstream.script({ host: "two" }, refusal(status, { error }));
    upstream.script({ host: "fallback" }, refusal(status, { error }));
    await expect(router.completion({ model: "a", messages })).rejects.toMatchObject({
      kind: "invalid_response",
      status,
      code,
    });
    await router.close();
  });
});

describe("an error that a gateway quotes from its vendor", () => {
  it("decides where the request goes next, and is the message that the caller reads", async () => {
    const raw = JSON.stringify({ error: { message: "This model's maximum context length is 32768 tokens." } });
    const behavior = refusal(400, {
      error: { message: "Provider returned error", code: 400, metadata: { raw, provider_name: "X" } },
    });
    const router = routerOf(["one"], { numRetries: 0, contextWindowFallbacks: [{ a: ["b"] }] });
    upstream.script({ host: "one" }, behavior);
    await router.completion({ model: "a", messages });
    expect(served()).toEqual(["one", "fallback"]);
    await router.close();

    const alone = routerOf(["one"], { numRetries: 0 });
    upstream.script({ host: "one" }, behavior);
    await expect(alone.completion({ model: "a", messages })).rejects.toMatchObject({
      kind: "context_window_exceeded",
      message: expect.stringContaining("This model's maximum context length is 32768 tokens. (from X)") as unknown,
    });
    await alone.close();
  });
});

describe("a field that a host refuses", () => {
  const detail = [{ type: "extra_forbidden", loc: ["body", "store"], msg: "Extra inputs are not permitted", input: 1 }];

  it.each([
    [0, ["one"]],
    [1, ["one", "two"]],
  ])(
    "is sent to another deployment, which costs a retry because the host was called: %i",
    async (numRetries, hosts) => {
      const router = routerOf(["one", "two"], { numRetries });
      upstream.script({ host: "one" }, refusal(422, { detail }));
      const asked = router.completion({ model: "a", messages });
      const [outcome] = await Promise.allSettled([asked]);
      expect([outcome.status, served()]).toEqual([numRetries === 0 ? "rejected" : "fulfilled", hosts]);
      await router.close();
    },
  );
});
