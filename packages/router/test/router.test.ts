import { type CallOptions, type DeploymentOptions, type RouterError } from "@modelyard/core";
import { answers, fails, failure, hangs, ignoresCancellation, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, setup, trailOf } from "./support/harness.js";

const hello = { messages: [{ role: "user", content: "hi" }] } as const;

function deployments(group: string, ...ids: readonly string[]): readonly DeploymentOptions[] {
  return ids.map((id) => ({ id, modelName: group, model: `openai/${id}`, apiKey: "key" }));
}

function ask(harness: Harness, model = "gpt-4", options: CallOptions = {}, body: object = {}) {
  return harness.ask({ model, ...body }, options);
}

describe("Router", () => {
  it("returns the vendor's answer and its trail", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    const answer = await ask(harness);
    expect(answer).toMatchObject({ choices: [{ message: { content: "hello" } }] });
    expect(trailOf(answer)).toMatchObject({
      modelGroup: "gpt-4",
      deploymentId: "a",
      retries: 0,
      fallbacks: 0,
    });
    expect(JSON.stringify(answer)).not.toContain("routing");
  });

  it("retries on another deployment at once and lists every attempt", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b", "c") });
    harness.provider.script("*", fails("internal_server"), answers("second"));
    const began = harness.clock.now();
    const { attempts, retries } = trailOf(await ask(harness));
    expect(harness.clock.now()).toBe(began);
    expect(retries).toBe(1);
    expect(new Set(attempts.map((attempt) => attempt.deploymentId)).size).toBe(2);
  });

  it("makes 1 + retries calls to a single deployment, then throws its error", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a"), numRetries: 2 });
    harness.provider.script("a", fails("internal_server"));
    const error = await failure(ask(harness));
    expect(error.kind).toBe("internal_server");
    expect(error.attempts).toHaveLength(3);
    expect(harness.provider.calls).toHaveLength(3);
  });

  it("does not retry a bad request", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b") });
    harness.provider.script("*", fails("bad_request"));
    expect((await failure(ask(harness))).status).toBe(400);
    expect(harness.provider.calls).toHaveLength(1);
  });

  it("falls back through all groups and reports the first group's error when all fail", async () => {
    const harness = setup({
      modelList: [...deployments("gpt-4", "a"), ...deployments("gpt-3.5-turbo", "b"), ...deployments("claude-2", "c")],
      numRetries: 0,
      fallbacks: [{ "gpt-4": ["gpt-3.5-turbo", "claude-2"] }],
    });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("b", fails("rate_limit"));
    expect(trailOf(await ask(harness))).toMatchObject({ fallbacks: 2, modelGroup: "claude-2" });
    harness.provider.script("c", fails("overloaded"));
    const error = await failure(ask(harness));
    expect(error.attempts.map((attempt) => attempt.deploymentId)).toEqual(["a", "c"]);
  });

  it("enters each group at most once when fallbacks form a cycle", async () => {
    const harness = setup({
      modelList: [...deployments("x", "a"), ...deployments("y", "b")],
      numRetries: 0,
      fallbacks: { x: ["y"], y: ["x"] },
    });
    harness.provider.script("*", fails("internal_server"));
    await failure(ask(harness, "x"));
    expect(harness.provider.calls.map((call) => call.deploymentId)).toEqual(["a", "b"]);
  });

  it("never sends a content policy rejection to the general fallbacks", async () => {
    const harness = setup({
      modelList: [...deployments("x", "a"), ...deployments("y", "b"), ...deployments("z", "c")],
      fallbacks: { x: ["y"] },
      contentPolicyFallbacks: { x: ["z"] },
    });
    harness.provider.script("a", fails("content_policy_violation"));
    await ask(harness, "x");
    expect(harness.provider.calls.map((call) => call.deploymentId)).toEqual(["a", "c"]);
  });

  it("uses general fallbacks for a context window error without a list of its own", async () => {
    const harness = setup({ modelList: [...deployments("x", "a"), ...deployments("y", "b")], fallbacks: { x: ["y"] } });
    harness.provider.script("a", fails("context_window_exceeded"));
    await ask(harness, "x");
    expect(harness.provider.calls.map((call) => call.deploymentId)).toEqual(["a", "b"]);
  });

  it("admits exactly rpm calls in a minute", async () => {
    const harness = setup({ modelList: [{ id: "a", modelName: "gpt-4", model: "openai/a", rpm: 5 }] });
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => ask(harness)));
    expect(harness.provider.calls).toHaveLength(5);
    const rejected = results.filter((result) => result.status === "rejected");
    expect(rejected).toHaveLength(45);
    const reason = rejected[0]?.reason as RouterError | undefined;
    expect(reason?.status).toBe(429);
    expect(reason?.retryAfterMs).toBeGreaterThan(0);
    await harness.clock.advance(60_000);
    await ask(harness);
    expect(harness.provider.calls).toHaveLength(6);
  });

  it("times out a provider that ignores cancellation", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a"), timeoutMs: 1_000, numRetries: 0 });
    harness.provider.script("a", ignoresCancellation());
    const began = harness.clock.now();
    const error = await failure(ask(harness));
    expect(error.status).toBe(408);
    expect(harness.clock.now() - began).toBe(1_000);
    expect(harness.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
    expect(harness.clock.timers).toBe(0);
  });

  it("tries every other deployment after a timeout before it retries the silent one", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b"), timeoutMs: 1_000, numRetries: 3 });
    harness.provider.script("*", hangs());
    await failure(ask(harness));
    const called = harness.provider.calls.map((call) => call.deploymentId);
    expect(called.slice(0, 2).toSorted()).toEqual(["a", "b"]);
    expect(called).toHaveLength(4);
  });

  it("ends all attempts within the deadline", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b", "c"), timeoutMs: 1_000, numRetries: 5 });
    harness.provider.script("*", hangs());
    const began = harness.clock.now();
    const error = await failure(ask(harness, "gpt-4", { deadlineMs: 1_500 }));
    expect(error.kind).toBe("timeout");
    expect(harness.clock.now() - began).toBe(1_500);
    expect(harness.clock.timers).toBe(0);
  });

  it("aborts the vendor's call when the caller aborts, and leaves no timer or slot behind", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    harness.provider.script("a", hangs());
    const controller = new AbortController();
    const promise = failure(harness.router.completion({ model: "gpt-4", ...hello }, { signal: controller.signal }));
    await harness.clock.advance(10);
    controller.abort();
    const error = await promise;
    expect([error.kind, error.name]).toEqual(["aborted", "AbortError"]);
    expect(harness.provider.calls[0]?.cancelledAt).toBe(harness.clock.now());
    expect(harness.clock.timers).toBe(0);
    expect(harness.router.inFlight).toBe(0);
  });

  it("honors Retry-After with a cooldown, and waits for it when no other deployment can serve", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b"), numRetries: 4 });
    harness.provider.script("a", fails("rate_limit", { retryAfterMs: 7_000 }), answers("a again"));
    harness.provider.script("b", fails("rate_limit", { retryAfterMs: 20_000 }), answers("b again"));
    const began = harness.clock.now();
    await ask(harness);
    const waited = harness.clock.now() - began;
    expect([waited >= 7_000, waited < 7_750]).toEqual([true, true]);
    expect(harness.provider.calls).toHaveLength(3);
  });

  it("suggests similar names for an unknown operation", async () => {
    const { router } = setup({ modelList: deployments("gpt-4", "a") });
    const error = await failure(router.execute("chats" as never, { model: "gpt-4", messages: [] }));
    expect(error.kind).toBe("bad_request");
    expect(error.message).toContain('Did you mean "chat"');
  });

  it("suggests similar names for an unknown model", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    const error = await failure(ask(harness, "gtp-4"));
    expect(error.status).toBe(404);
    expect(error.code).toBe("model_not_found");
    expect(error.message).toContain('Did you mean "gpt-4"');
  });

  it("prefers a real group over an alias of the same name, with a warning", async () => {
    const harness = setup({
      modelList: deployments("gpt-4", "a"),
      modelGroupAlias: { "gpt-4": "prod-gpt-4", gpt4: "prod-gpt-4", four: "gpt-4" },
    });
    await ask(harness);
    await ask(harness, "four");
    expect((await failure(ask(harness, "gpt4"))).code).toBe("model_not_found");
    expect(harness.router.warnings).toHaveLength(2);
  });

  it("sends the concrete model of a wildcard name upstream, by the longest pattern", async () => {
    const harness = setup({
      modelList: [
        { id: "all", modelName: "*", model: "openai/*" },
        { id: "o", modelName: "openai/*", model: "openai/*" },
        { id: "g", modelName: "openai/gpt-*", model: "openai/gpt-*" },
      ],
    });
    await ask(harness, "openai/o9");
    await ask(harness, "openai/gpt-x");
    await ask(harness, "other");
    expect(harness.provider.calls.map((call) => [call.deploymentId, call.call.model])).toEqual([
      ["o", "o9"],
      ["g", "gpt-x"],
      ["all", "other"],
    ]);
  });

  it("uses the deployments of the lowest order first", async () => {
    const harness = setup({
      modelList: [
        { id: "late", modelName: "gpt-4", model: "openai/late", order: 2 },
        { id: "early", modelName: "gpt-4", model: "openai/early", order: 1 },
      ],
    });
    harness.provider.script("early", answers(), answers(), fails("internal_server"));
    for (let count = 0; count < 3; count += 1) await ask(harness);
    expect(harness.provider.calls.map((call) => call.deploymentId)).toEqual(["early", "early", "early", "late"]);
  });

  it("reads LiteLLM's fields and does not send them upstream", async () => {
    const harness = setup({ modelList: [...deployments("gpt-4", "a"), ...deployments("b-group", "b")] });
    harness.provider.script("a", fails("internal_server"));
    await ask(
      harness,
      "gpt-4",
      {},
      { num_retries: 0, fallbacks: ["b-group"], metadata: { team: "x" }, temperature: 0.5 },
    );
    expect(harness.provider.calls.map((call) => call.deploymentId)).toEqual(["a", "b"]);
    expect(harness.provider.calls[1]?.call.request).toEqual({ model: "gpt-4", ...hello, temperature: 0.5 });
  });

  it.each([
    [
      "the strings of a stored answer",
      { store: true, metadata: { team: "x", tags: ["a"] } },
      { metadata: { team: "x" } },
    ],
    ["strings only", { store: true, metadata: { tags: ["a"] } }, {}],
    ["nothing if the answer is not stored", { store: false, metadata: { team: "x" } }, {}],
  ])("does not send metadata upstream, except for %s of OpenAI", async (_, given, sent) => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    await ask(harness, "gpt-4", {}, given);
    expect(harness.provider.calls[0]?.call.request).toEqual({ model: "gpt-4", ...hello, store: given.store, ...sent });
  });

  it("removes fields for LiteLLM features that it lacks, so that no vendor refuses them or sees a key", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    await ask(
      harness,
      "gpt-4",
      {},
      {
        priority: 1,
        guardrails: ["g"],
        "no-log": true,
        litellm_session_id: "s",
        litellm_trace_id: "t",
        user_config: { model_list: [{ api_key: "sk-theirs" }] },
        retry_policy: {},
        seed: 1,
      },
    );
    expect(harness.provider.calls[0]?.call.request).toEqual({ model: "gpt-4", ...hello, seed: 1 });
  });

  it("treats fields that are null as not set, as LiteLLM does", async () => {
    const harness = setup({
      modelList: [{ id: "a", modelName: "gpt-4", model: "openai/a", defaults: { temperature: 0 } }],
    });
    await ask(harness, "gpt-4", {}, { tools: null, temperature: null, num_retries: null, seed: 1 });
    expect(harness.provider.calls[0]?.call.request).toEqual({ model: "gpt-4", ...hello, temperature: 0, seed: 1 });
    expect((await failure(ask(harness, "gpt-4", {}, { messages: null }))).param).toBe("messages");
  });

  it("merges extra_body into the request, without the router's own fields", async () => {
    const harness = setup({ modelList: [...deployments("gpt-4", "a"), ...deployments("b-group", "b")] });
    harness.provider.script("a", fails("internal_server"));
    const fallbacks = [{ model: "b-group", extra_body: { top_k: 2 } }];
    const extra_body = { top_k: 1, num_retries: 0, fallbacks };
    await ask(harness, "gpt-4", {}, { seed: 1, extra_body });
    const sent = { model: "gpt-4", ...hello, seed: 1, top_k: 1 };
    expect(harness.provider.calls.map((call) => call.call.request)).toEqual([sent, { ...sent, top_k: 2 }]);
    expect((await failure(ask(harness, "gpt-4", {}, { extra_body: "x" }))).param).toBe("extra_body");
    expect((await failure(ask(harness, "gpt-4", {}, { extra_headers: { a: "b" } }))).param).toBe("extra_headers");
  });
});

describe("Router, streaming", () => {
  async function read(
    stream: AsyncIterable<{ choices: readonly { delta: { content?: string | null } }[] }>,
  ): Promise<string> {
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    return text;
  }
  const stream = ({ router }: Harness, options: CallOptions = {}) =>
    router.completion({ model: "gpt-4", ...hello, stream: true }, options);

  it("delivers what the vendor streams", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    const answer = await stream(harness);
    expect(await read(answer)).toBe("hello");
    expect(answer.routing.usage?.total_tokens).toBe(10);
    expect(harness.router.inFlight).toBe(0);
    expect(harness.clock.timers).toBe(0);
  });

  it("retries failures before the first content, like those of a plain call", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b"), streamTimeoutMs: 1_000 });
    harness.provider.script("*", streams(["never"], { firstTokenMs: 5_000 }), streams(["good"]));
    const answer = await harness.clock.until(stream(harness));
    expect(await read(answer)).toBe("good");
    expect(answer.routing.retries).toBe(1);
  });

  it("retries a stream that ends before any content", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a", "b") });
    harness.provider.script("*", streams([], { finish: false, done: false }), streams(["good"]));
    expect(await read(await stream(harness))).toBe("good");
  });

  it("throws when a stream breaks, and reports the usage so far", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    harness.provider.script("a", streams(["half"], { finish: false, done: false }));
    const error = await failure(read(await stream(harness)));
    expect(error.kind).toBe("stream_interrupted");
    expect(harness.router.inFlight).toBe(0);
  });

  it("accepts a finish reason without an end mark as the end, even if the vendor keeps the connection open", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    harness.provider.script("a", streams(["whole"], { done: false }));
    expect(await read(await stream(harness))).toBe("whole");
  });

  it("ends a stream whose gap is longer than the idle limit", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a"), streamTimeoutMs: 1_000 });
    harness.provider.script("a", streams(["one", "two", "three"], { gapMs: 800, hangAfter: 2 }));
    const answer = await harness.clock.until(stream(harness));
    const error = await harness.clock.until(failure(read(answer)));
    expect(error.kind).toBe("timeout");
    expect(harness.clock.timers).toBe(0);
  });

  it("aborts the vendor's call when the reader leaves", async () => {
    const harness = setup({ modelList: deployments("gpt-4", "a") });
    harness.provider.script("a", streams(["one", "two"], { gapMs: 1_000 }));
    for await (const chunk of await stream(harness)) {
      expect(chunk.choices[0]?.delta.content).toBe("one");
      break;
    }
    expect(harness.router.inFlight).toBe(0);
    expect(harness.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
  });
});
