import type { CallOptions } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, hangs, streams } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

const groups = (...names: readonly string[]) => names.map((name) => deploymentOptions(name, { modelName: name }));
const walk = async (options: HarnessOptions, body: object = {}, callOptions: CallOptions = {}) => {
  const harness = setup({ numRetries: 0, ...options });
  harness.provider.script("*", fails("internal_server"));
  const error = await failure(harness.ask({ model: "a", ...body }, callOptions));
  return { ...harness, error };
};

describe("fallback lists", () => {
  const modelList = [
    ...groups("a", "b", "c", "z"),
    deploymentOptions("w", { modelName: "openai/*", model: "openai/*" }),
  ];

  it.each([
    [
      "the group's own list, then the star for its group",
      { fallbacks: [{ a: ["b"] }, { "*": ["z"] }] },
      "a",
      ["a", "b", "z"],
    ],
    [
      "the list of the wildcard * if the group has none",
      { fallbacks: [{ b: ["c"] }, { "*": ["z"] }] },
      "a",
      ["a", "z"],
    ],
    ["default_fallbacks as the star", { fallbacks: { b: ["c"] }, defaultFallbacks: ["z"] }, "a", ["a", "z"]],
    ["the first of two lists", { fallbacks: [{ a: ["b"] }, { a: ["c"] }] }, "a", ["a", "b"]],
    ["a list for the name without its provider", { fallbacks: { x: ["z"] } }, "openai/x", ["w", "z"]],
    ["other names of the same wildcard", { fallbacks: { "openai/x": ["openai/y"] } }, "openai/x", ["w", "w"]],
    ["a deployment's id", { fallbacks: { a: ["c"] } }, "a", ["a", "c"]],
    ["no group that does not exist", { fallbacks: { a: ["gone", "b"] } }, "a", ["a", "b"]],
    ["the lists of the groups that are visited", { fallbacks: { a: ["b"], b: ["c"] } }, "a", ["a", "b", "c"]],
    ["the nearest groups first", { fallbacks: { a: ["b", "z"], b: ["c"] } }, "a", ["a", "b", "c", "z"]],
    [
      "the listed groups before those of the wildcard *",
      { fallbacks: [{ a: ["b", "c"] }, { "*": ["z"] }] },
      "a",
      ["a", "b", "c", "z"],
    ],
    [
      "no group twice",
      { fallbacks: { a: ["a", "b", "b"], b: ["a", "c"], "*": ["a"] } },
      "a",
      ["a", "b", "c", "a"].slice(0, 3),
    ],
    ["no more than max_fallbacks", { fallbacks: { a: ["b", "c", "z"] }, maxFallbacks: 2 }, "a", ["a", "b", "c"]],
    ["none where max_fallbacks is 0", { fallbacks: { a: ["b"] }, maxFallbacks: 0 }, "a", ["a"]],
  ])("lead to %s", async (_, options, model, served) => {
    const harness = await walk({ modelList, ...options }, { model });
    expect(harness.served()).toEqual(served);
  });

  it("are cut after five groups by default", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const harness = await walk({ modelList: groups(...names), fallbacks: { a: names.slice(1) } });
    expect(harness.served()).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  it("of an alias are those of its group, unless the alias has its own", async () => {
    const options = { modelList, modelGroupAlias: { x: "a", y: "a" }, fallbacks: { a: ["b"], y: ["c"] } };
    expect((await walk(options, { model: "x" })).served()).toEqual(["a", "b"]);
    expect((await walk(options, { model: "y" })).served()).toEqual(["a", "c"]);
  });

  it("may name a single deployment, also of the group that failed", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a1", { order: 1 }), deploymentOptions("a2", { order: 2 })],
      fallbacks: { "gpt-4": ["a2"] },
      numRetries: 0,
    });
    harness.provider.script("a1", fails("bad_request"));
    await harness.ask();
    expect(harness.served()).toEqual(["a1", "a2"]);
  });

  it("end in the first group's error, with every attempt", async () => {
    const harness = setup({ modelList, fallbacks: { a: ["b", "c"] }, numRetries: 1 });
    harness.provider.script("a", fails("service_unavailable"));
    harness.provider.script("b", fails("rate_limit"));
    harness.provider.script("c", fails("authentication"));
    const error = await failure(harness.ask({ model: "a" }));
    expect(error).toMatchObject({ kind: "service_unavailable", deploymentId: "a", status: 503 });
    expect(error.attempts.map((attempt) => attempt.deploymentId)).toEqual(["a", "a", "b", "b", "c"]);
    expect(error.trail).toMatchObject({ fallbacks: 2, modelGroup: "c" });
  });

  it.each([
    ["the first vendor's refusal", "bad_request", 400, "bad_request"],
    ["the first vendor's refusal of its length", "context_window_exceeded", 400, "context_window_exceeded"],
    ["what is wrong with it, if the first vendor failed", "overloaded", 529, "invalid_request"],
  ] as const)("say of a request that a fallback cannot send: %s", async (_, kind, status, expected) => {
    const harness = setup({ modelList, fallbacks: { a: ["b", "c"] }, numRetries: 0 });
    harness.provider.script("a", fails(kind, { vendorAnswer: { status, headers: {}, body: "{}" } }));
    harness.provider.script("b", fails("invalid_request"));
    expect(await failure(harness.ask({ model: "a" }))).toMatchObject({ kind: expected });
    expect(harness.served()).toEqual(["a", "b"]);
  });

  it("emit one event for each step", async () => {
    const harness = setup({ modelList, fallbacks: { a: ["b", "c"] }, numRetries: 0 });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("b", fails("internal_server"));
    await harness.ask({ model: "a" });
    expect(harness.events.filter((event) => event.type === "fallback")).toMatchObject([
      { fromGroup: "a", toGroup: "b", succeeded: false },
      { fromGroup: "b", toGroup: "c", succeeded: true },
    ]);
  });

  it.each([
    "bad_request",
    "authentication",
    "not_found",
    "permission_denied",
    "unprocessable_entity",
    "timeout",
  ] as const)("are used after the failure %s", async (kind) => {
    const harness = setup({ modelList, fallbacks: { a: ["b"] }, numRetries: 0 });
    harness.provider.script("a", fails(kind));
    await harness.ask({ model: "a" });
    expect(harness.served()).toEqual(["a", "b"]);
  });

  it("are not used after the caller aborted", async () => {
    const harness = setup({ modelList, fallbacks: { a: ["b"] } });
    harness.provider.script("a", hangs());
    const controller = new AbortController();
    const call = failure(harness.router.completion({ model: "a", messages: [] }, { signal: controller.signal }));
    await harness.clock.advance(5);
    controller.abort();
    expect((await call).kind).toBe("aborted");
    expect(harness.served()).toEqual(["a"]);
  });
});

describe("a prompt that is too long", () => {
  const lists = { fallbacks: { a: ["b"] }, contextWindowFallbacks: { a: ["c"] } };
  const modelList = groups("a", "b", "c");
  const served = async (options: Partial<HarnessOptions>, body: object = {}, callOptions: CallOptions = {}) => {
    const harness = setup({ modelList, numRetries: 2, ...options });
    harness.provider.script("a", fails("context_window_exceeded"));
    await harness.ask({ model: "a", ...body }, callOptions).catch(() => undefined);
    return harness.served();
  };

  it("falls back to the context window list, else to the general list, without a retry", async () => {
    expect(await served(lists)).toEqual(["a", "c"]);
    expect(await served({ ...lists, contextWindowFallbacks: { b: ["c"] } })).toEqual(["a", "b"]);
    expect(await served({ fallbacks: { "*": ["b"] }, contextWindowFallbacks: {} })).toEqual(["a", "b"]);
  });

  it("skips groups whose context windows are too small, on every list", async () => {
    const small = [
      deploymentOptions("a", { modelName: "a" }),
      deploymentOptions("b", { modelName: "b", maxInputTokens: 10 }),
      ...groups("c"),
    ];
    const long = { messages: [{ role: "user", content: "x".repeat(4_000) }] };
    expect(await served({ modelList: small, contextWindowFallbacks: { a: ["b", "c"] } }, long)).toEqual(["a", "c"]);
    expect(await served({ modelList: small, fallbacks: { a: ["b", "c"] } }, long)).toEqual(["a", "c"]);
    const harness = setup({ modelList: small, fallbacks: { a: ["c", "b"] }, numRetries: 0 });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("c", fails("context_window_exceeded"));
    await failure(harness.ask({ model: "a", ...long }));
    expect(harness.served()).toEqual(["a", "c"]);
  });
});

describe("a content-policy rejection", () => {
  const modelList = groups("a", "b", "c");
  const filtered = (reason: string) =>
    answers("", {
      value: {
        id: "v",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", content: "" }, finish_reason: reason }],
        usage: { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 },
      } as never,
    });
  const harness = (options: Partial<HarnessOptions>): Harness => setup({ modelList, ...options });
  const policy = { contentPolicyFallbacks: { a: ["c"] } };

  it("falls back only to a content policy list", async () => {
    for (const [options, body, served] of [
      [{ fallbacks: { a: ["b"] }, defaultFallbacks: ["b"] }, {}, ["a"]],
      [{ fallbacks: { a: ["b"] }, ...policy }, {}, ["a", "c"]],
      [{}, { fallbacks: ["b"] }, ["a"]],
      [policy, { fallbacks: ["b"] }, ["a", "c"]],
      [{}, { content_policy_fallbacks: ["b"] }, ["a", "b"]],
      [policy, { content_policy_fallbacks: [{ a: ["b"] }] }, ["a", "b"]],
      [policy, { disable_fallbacks: true }, ["a"]],
    ] as [Partial<HarnessOptions>, object, string[]][]) {
      const made = harness(options);
      made.provider.script("a", fails("content_policy_violation"));
      await made.ask({ model: "a", ...body }).catch(() => undefined);
      expect([options, body, made.served()]).toEqual([options, body, served]);
    }
  });

  it("may be a successful response with finish reason content_filter, plain or streamed, and never affects health", async () => {
    const made = harness(policy);
    made.provider.script("a", filtered("content_filter"));
    const answer = await made.ask({ model: "a" });
    expect(made.served()).toEqual(["a", "c"]);
    expect(trailOf(answer).attempts[0]).toMatchObject({
      outcome: "failure",
      error: { kind: "content_policy_violation" },
    });
    expect(made.router.state().groups[0]?.deployments[0]).toMatchObject({ failures: 0, used: { tokens: 3 } });
    const streamed = harness(policy);
    streamed.provider.script("a", streams([], { finishReason: "content_filter" }));
    const stream = await streamed.router.completion({ model: "a", messages: [], stream: true });
    for await (const _ of stream) void _;
    expect(streamed.served()).toEqual(["a", "c"]);
    expect([streamed.router.inFlight, streamed.clock.timers]).toEqual([0, 0]);
  });

  it("is a normal answer if no list would take it, or if content was already streamed", async () => {
    const plain = harness({ fallbacks: { a: ["b"] } });
    plain.provider.script("a", filtered("content_filter"));
    expect(await plain.ask({ model: "a" })).toMatchObject({ choices: [{ finish_reason: "content_filter" }] });
    expect(plain.served()).toEqual(["a"]);
    const streamed = harness(policy);
    streamed.provider.script("a", streams(["half of"], { finishReason: "content_filter" }));
    for await (const _ of await streamed.router.completion({ model: "a", messages: [], stream: true })) void _;
    expect(streamed.served()).toEqual(["a"]);
  });
});

describe("a request's own fallbacks", () => {
  const modelList = groups("a", "b", "c", "z");
  const configured = { modelList, fallbacks: { a: ["z"], b: ["z"] } };

  it.each([
    ["names", { fallbacks: ["b", "c"] }, ["a", "b", "c"]],
    ["objects", { fallbacks: [{ model: "b" }, "c"] }, ["a", "b", "c"]],
    ["maps, for every group that is visited", { fallbacks: [{ a: ["b"] }, { b: ["c"] }] }, ["a", "b", "c"]],
    ["maps with a wildcard *", { fallbacks: [{ "*": ["b"] }] }, ["a", "b"]],
    ["maps for others", { fallbacks: [{ c: ["b"] }] }, ["a"]],
    ["an empty list", { fallbacks: [] }, ["a"]],
    ["null, which counts as not set", { fallbacks: null }, ["a", "z"]],
    ["none at all", { disable_fallbacks: true }, ["a"]],
    ["fewer", { fallbacks: ["b", "c"], max_fallbacks: 1 }, ["a", "b"]],
  ])("replace the configured fallbacks: %s", async (_, body, served) => {
    expect((await walk(configured, body)).served()).toEqual(served);
  });

  it("can be passed in code, where they override the body", async () => {
    for (const fallbacks of [["c"], { a: ["c"] }, [{ a: ["c"] }], [{ model: "c", set: { temperature: 0 } }]]) {
      const harness = await walk(configured, { fallbacks: ["b"] }, { fallbacks });
      expect(harness.served()).toEqual(["a", "c"]);
    }
    expect((await walk(configured, {}, { disableFallbacks: true })).served()).toEqual(["a"]);
    expect((await walk(configured, {}, { fallbacks: ["b", "c"], maxFallbacks: 1 })).served()).toEqual(["a", "b"]);
  });

  it("name groups also by alias and by wildcard, and maps are looked up by the group of an alias", async () => {
    const options = { ...configured, modelGroupAlias: { x: "a", y: "b" } };
    expect((await walk(options, { fallbacks: ["y"] })).served()).toEqual(["a", "b"]);
    expect((await walk(options, { model: "x", fallbacks: [{ a: ["b"] }] })).served()).toEqual(["a", "b"]);
  });

  it("keep context window lists in force if they are maps, and replace them if they are names", async () => {
    const options = { ...configured, contextWindowFallbacks: { a: ["c"] } };
    for (const [fallbacks, served] of [
      [[{ a: ["b"] }], ["a", "c"]],
      [["b"], ["a", "b"]],
    ] as const) {
      const harness = setup(options);
      harness.provider.script("a", fails("context_window_exceeded"));
      await harness.ask({ model: "a", fallbacks });
      expect(harness.served()).toEqual(served);
    }
  });

  it.each([
    ["not a list", { fallbacks: "b" }],
    ["an object without a model", { fallbacks: ["b", { temperature: 1 }] }],
    ["an invalid list", { fallbacks: [{ a: "b" }] }],
    ["a field that no fallback may set", { fallbacks: [{ model: "b", fallbacks: ["c"] }] }],
    ["a field that changes the format of the answer", { fallbacks: [{ model: "b", stream: true }] }],
    ["a field that cannot be read", { fallbacks: [{ model: "b", timeout: "soon" }] }],
  ])("are refused when they are %s, before any provider is called", async (_, body) => {
    const harness = setup(configured);
    expect((await failure(harness.ask({ model: "a", ...body }))).status).toBe(400);
    expect(harness.served()).toEqual([]);
  });
});

describe("a fallback entry with request fields", () => {
  const modelList = [
    ...groups("a", "b"),
    deploymentOptions("c", { modelName: "c", tags: ["x"] }),
    deploymentOptions("d", { modelName: "c" }),
  ];
  const bodies = (harness: Harness) => harness.provider.calls.map(({ call }) => call.request);
  const first = { model: "b", temperature: 0, top_p: null, messages: [{ role: "user", content: "other" }] };

  it("sends them to its own group and not to later ones", async () => {
    const body = { temperature: 1, top_p: 0.5, fallbacks: [first, "c"] };
    const harness = await walk({ modelList }, body);
    const sent = bodies(harness);
    expect(
      sent.map((entry) => [
        (entry as Record<string, unknown>)["temperature"],
        (entry as Record<string, unknown>)["top_p"],
      ]),
    ).toEqual([
      [1, 0.5],
      [0, undefined],
      [1, 0.5],
    ]);
    expect(sent[1]).toMatchObject({ messages: [{ content: "other" }] });
    expect(sent[2]).toMatchObject({ messages: [{ content: "hi" }] });
    expect(body.fallbacks[0]).toBe(first);
  });

  it("may set and remove fields that the router reads, for its own group only", async () => {
    const harness = setup({ modelList, numRetries: 0, enableTagFiltering: true, timeoutMs: 1_000 });
    harness.provider.script("*", hangs());
    const began = harness.clock.now();
    const fallbacks = [
      { model: "b", timeout: 5, num_retries: 0, metadata: { team: "y" } },
      { model: "c", tags: ["x"], timeout: null },
    ];
    await failure(harness.ask({ model: "a", timeout: 2, fallbacks }));
    expect(harness.served()).toEqual(["a", "b", "c"]);
    expect(harness.provider.calls.map((call) => call.at - began)).toEqual([0, 2_000, 7_000]);
    expect(harness.clock.now() - began).toBe(8_000);
    for (const sent of bodies(harness)) expect(Object.keys(sent).toSorted()).toEqual(["messages", "model"]);
  });

  it("does not send a client's API key or base URL to a deployment that does not allow it", async () => {
    const harness = setup({ modelList, numRetries: 0 });
    harness.provider.script("a", fails("internal_server"));
    const fallbacks = [{ model: "b", api_base: "https://elsewhere.example" }];
    expect((await failure(harness.ask({ model: "a", fallbacks }))).kind).toBe("internal_server");
    expect(harness.served()).toEqual(["a"]);
    const open = setup({
      modelList: [
        ...groups("a"),
        deploymentOptions("b", { modelName: "b", apiKey: "ours", clientSideAuthParams: ["api_base"] }),
      ],
      numRetries: 0,
    });
    open.provider.script("a", fails("internal_server"));
    await open.ask({ model: "a", fallbacks });
    const { connection } = open.provider.calls[1]!.call.deployment;
    expect([connection.baseUrl, connection.apiKey?.reveal()]).toEqual(["https://elsewhere.example", ""]);
  });

  it("is checked when it is configured", () => {
    for (const set of [{ timeout: "soon" }, { api_key: "sk" }, { fallbacks: ["c"] }])
      expect(() => setup({ modelList, fallbacks: { a: [{ model: "b", set }] } })).toThrow("fallbacks.a[0]");
  });
});

describe("fallback graphs", () => {
  it("of any shape are walked within bounds: each group at most once, never more calls than max_attempts", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })),
        fc.integer({ min: 0, max: 2 }),
        async (fallbacks, numRetries) => {
          const harness = setup({
            modelList: names.map((name) => deploymentOptions(name, { modelName: name })),
            fallbacks,
            numRetries,
            maxFallbacks: 3,
          });
          harness.provider.script("*", fails("internal_server"));
          await harness.clock.until(failure(harness.router.completion({ model: "a", messages: [] })));
          const runs = harness.served().filter((id, index, all) => id !== all[index - 1]);
          expect(new Set(runs).size).toBe(runs.length);
          expect(runs.length).toBeLessThanOrEqual(4);
          expect(harness.served().length).toBeLessThanOrEqual(runs.length * (1 + numRetries));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("stay within max_attempts in total", async () => {
    const harness = setup({
      modelList: ["a", "b", "c"].map((name) => deploymentOptions(name, { modelName: name })),
      fallbacks: { a: ["b", "c"] },
      numRetries: 3,
      maxAttempts: 5,
    });
    harness.provider.script("*", fails("internal_server"));
    await harness.clock.until(failure(harness.router.completion({ model: "a", messages: [] })));
    expect(harness.provider.calls).toHaveLength(5);
  });
});
