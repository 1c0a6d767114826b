import type {
  Callback,
  CallOptions,
  DeploymentOptions,
  EmbeddingResponse,
  RouterError,
  RouterEvent,
} from "@modelyard/core";
import { seededRandom } from "@modelyard/core";
import { memoryCache } from "@modelyard/cache-memory";
import { answers, fails, hangs, scriptedProvider, streams, VirtualClock } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRouter } from "./create-router.js";
import type { CreateRouterOptions } from "./options.js";
import type { Router } from "./router.js";

const one = (id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions => ({
  id,
  modelName: "gpt-4",
  model: `openai/${id}`,
  ...more,
});

function setup(options: Partial<CreateRouterOptions> & { readonly modelList: readonly DeploymentOptions[] }) {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const events: RouterEvent[] = [];
  const all: Callback = {
    name: "all",
    events: [
      "request_started",
      "cache_hit",
      "cache_miss",
      "attempt_started",
      "attempt_succeeded",
      "attempt_failed",
      "attempt_aborted",
      "fallback",
      "request_succeeded",
      "request_failed",
      "deployment_benched",
      "deployment_probing",
      "deployment_recovered",
      "limit_reached",
      "configuration_changed",
      "callback_failed",
      "strategy_failed",
    ],
    on: (event) => {
      events.push(event);
    },
  };
  const router: Router = createRouter({
    providers: [provider],
    clock,
    random: seededRandom(1),
    retryBudget: false,
    callbacks: [all],
    ...options,
  });
  const ask = (body: object = {}, callOptions: CallOptions = {}) =>
    clock.until(
      router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }], ...body }, callOptions),
    );
  return {
    clock,
    provider,
    router,
    events,
    ask,
    types: () => events.map((event) => event.type),
    served: () => provider.calls.map((call) => call.deploymentId),
  };
}

async function failure(promise: Promise<unknown>): Promise<RouterError> {
  try {
    await promise;
  } catch (error) {
    return error as RouterError;
  }
  throw new Error("it should have failed");
}

describe("cooldowns", () => {
  it("makes no pick while a deployment cools, then sends one probe, then lets it back slowly", async () => {
    const house = setup({ modelList: [one("a"), one("b")], allowedFails: 0, cooldownMs: 60_000, slowStartMs: 0 });
    house.provider.script("a", fails("internal_server"), answers());
    while (!house.served().includes("a")) await house.ask();
    const before = house.served().filter((id) => id === "a").length;
    for (let count = 0; count < 2_000; count += 1) await house.ask();
    expect(house.served().filter((id) => id === "a")).toHaveLength(before);
    expect(house.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "cooling",
      reason: "internal_server",
    });
    await house.clock.advance(60_000);
    while (house.served().filter((id) => id === "a").length === before) await house.ask();
    expect(house.types()).toContain("deployment_probing");
    expect(house.types()).toContain("deployment_recovered");
    expect(house.router.state().groups[0]?.deployments[0]?.health).toBe("healthy");
  });

  it("leaves a lone deployment alone, and benches it when a fallback exists", async () => {
    const alone = setup({ modelList: [one("a")], allowedFails: 0, numRetries: 0 });
    alone.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) expect((await failure(alone.ask())).kind).toBe("internal_server");
    expect(alone.provider.calls).toHaveLength(5);
    const helped = setup({
      modelList: [one("a"), one("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      allowedFails: 0,
      numRetries: 0,
    });
    helped.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) await helped.ask();
    expect(helped.served()).toEqual(["a", "b", "b", "b", "b", "b"]);
  });

  it("leaves at most half of a group out for failures alone, and any number for limits", async () => {
    const list = ["a", "b", "c", "d"].map((id) => one(id));
    const failing = setup({ modelList: list, allowedFails: 0, numRetries: 0, cooldownMs: 60_000 });
    failing.provider.script("*", fails("internal_server"));
    for (let count = 0; count < 40; count += 1) await failure(failing.ask());
    expect(failing.router.state().groups[0]?.deployments.filter((entry) => entry.health === "cooling")).toHaveLength(2);
    const limited = setup({ modelList: list, numRetries: 0, cooldownMs: 60_000 });
    limited.provider.script("*", fails("rate_limit"));
    for (let count = 0; count < 40; count += 1) await failure(limited.ask());
    expect(limited.provider.calls).toHaveLength(4);
    const error = await failure(limited.ask());
    expect(error).toMatchObject({ kind: "no_deployment_available", status: 429 });
    expect(error.retryAfterMs).toBe(60_000);
  });

  it("quarantines a bad key apart from load, also when a count is set", async () => {
    const house = setup({ modelList: [one("a"), one("b")], allowedFails: 100 });
    house.provider.script("a", fails("authentication"));
    while (!house.served().includes("a")) await house.ask();
    expect(house.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "quarantined",
      reason: "authentication",
    });
  });
});

describe("the response cache", () => {
  const cached = (more: Partial<CreateRouterOptions> = {}) => {
    const clock = new VirtualClock();
    return setup({ modelList: [one("a")], responseCache: memoryCache({ clock }), ...more });
  };

  it("asks once for the same request, whatever the order of its fields", async () => {
    const house = cached();
    await house.ask({ temperature: 0.5, top_p: 1 });
    const again = (await house.ask({ top_p: 1, temperature: 0.5 })) as unknown as {
      routing: { cache: string; cacheKey: string };
    };
    expect(house.provider.calls).toHaveLength(1);
    expect(again.routing).toMatchObject({ cache: "hit" });
    expect(house.types()).toEqual(expect.arrayContaining(["cache_miss", "cache_hit"]));
    expect(house.router.state().groups[0]?.deployments[0]?.used.requests).toBe(1);
  });

  it.each([{ temperature: 0.6 }, { top_k: 4 }, { user: "u" }, { tools: [{}] }, { seed: 1 }])(
    "asks again for %j",
    async (field) => {
      const house = cached();
      await house.ask();
      await house.ask(field);
      expect(house.provider.calls).toHaveLength(2);
    },
  );

  it("keeps callers apart where it is told to", async () => {
    const house = cached({ cache: { shared: false } });
    for (const caller of ["x", "y", "x"]) await house.ask({}, { caller });
    expect(house.provider.calls).toHaveLength(2);
  });

  it("obeys the request's controls", async () => {
    const house = cached();
    await house.ask({ cache: { "no-store": true } });
    await house.ask();
    await house.ask({ cache: { "no-cache": true } });
    await house.ask({ cache: { namespace: "other" } });
    expect(house.provider.calls).toHaveLength(4);
    await house.ask();
    expect(house.provider.calls).toHaveLength(4);
    await house.clock.advance(10_000);
    await house.ask({ cache: { "s-maxage": 5 } });
    expect(house.provider.calls).toHaveLength(5);
  });

  it.each([
    ["a failure", fails("internal_server")],
    ["an empty answer", answers("")],
  ] as const)("never keeps %s", async (_, behaviour) => {
    const house = cached({ numRetries: 0 });
    house.provider.script("a", behaviour, answers("good"));
    await house.ask().catch(() => undefined);
    const answer = await house.ask();
    expect(answer).toMatchObject({ choices: [{ message: { content: "good" } }] });
  });

  it("records whole streams and plays them again; broken ones are forgotten", async () => {
    const house = cached({ numRetries: 0 });
    house.provider.script("a", streams(["half"], { finish: false, done: false }), streams(["one ", "two"]));
    const read = async (): Promise<string> => {
      let text = "";
      for await (const chunk of await house.router.completion({ model: "gpt-4", messages: [], stream: true }))
        text += chunk.choices[0]?.delta.content ?? "";
      return text;
    };
    await read().catch(() => undefined);
    expect(await read()).toBe("one two");
    await house.clock.advance(0);
    expect(await read()).toBe("one two");
    expect(house.provider.calls).toHaveLength(2);
  });

  it("keeps embeddings one by one", async () => {
    const house = cached();
    const embed = async (input: readonly string[]): Promise<EmbeddingResponse> =>
      house.router.embedding({ model: "gpt-4", input });
    await embed(["a", "b"]);
    const answer = await embed(["c", "b", "a"]);
    expect(house.provider.calls.at(-1)?.call.request).toMatchObject({ input: ["c"] });
    expect(answer.data.map((item) => item.index)).toEqual([0, 1, 2]);
    await embed(["b", "c"]);
    expect(house.provider.calls).toHaveLength(2);
  });

  it("lets identical calls in the air share one, without a cache", async () => {
    const house = setup({ modelList: [one("a")], cache: { singleFlight: true } });
    house.provider.script("a", answers("shared", { delayMs: 100 }));
    const all = await Promise.all(Array.from({ length: 10 }, () => house.ask()));
    expect(house.provider.calls).toHaveLength(1);
    expect(new Set(all).size).toBe(10);
  });
});

describe("filters", () => {
  it("keep to tags, to any or to all of them, and to the default ones without", async () => {
    const modelList = [
      one("free", { tags: ["free"] }),
      one("paid", { tags: ["paid", "eu"] }),
      one("plain", { tags: ["default"] }),
    ];
    const house = setup({ modelList, enableTagFiltering: true });
    for (const tags of [["paid"], ["free", "nothing"], ["nothing"], []]) await house.ask({ tags });
    expect(house.served()).toEqual(["paid", "free", "plain", "plain"]);
    const strict = setup({ modelList, enableTagFiltering: true, tagFilteringMatchAny: false });
    await strict.ask({ tags: ["paid", "eu"] });
    await strict.ask({ tags: ["paid", "free"] });
    expect(strict.served()).toEqual(["paid", "plain"]);
  });

  it("keep to regions", async () => {
    const house = setup({
      modelList: [one("eu", { regionName: "eu" }), one("us", { regionName: "us" }), one("somewhere")],
    });
    for (let count = 0; count < 5; count += 1) await house.ask({ allowed_model_region: "eu" });
    expect(new Set(house.served())).toEqual(new Set(["eu"]));
    expect((await failure(house.ask({ allowed_model_region: "mars" }))).code).toBe("no_deployment_fits");
  });

  it("skip windows that are too small, and say so when all are, without a call", async () => {
    const modelList = [one("small", { maxInputTokens: 10 }), one("large", { maxInputTokens: 1_000 })];
    const house = setup({ modelList, enablePreCallChecks: true });
    const long = { messages: [{ role: "user", content: "x".repeat(400) }] };
    for (let count = 0; count < 5; count += 1) await house.ask(long);
    expect(new Set(house.served())).toEqual(new Set(["large"]));
    const error = await failure(house.ask({ messages: [{ role: "user", content: "x".repeat(40_000) }] }));
    expect(error.kind).toBe("context_window_exceeded");
    expect(house.provider.calls).toHaveLength(5);
  });

  it("send a prompt that is too long for the group to its context window fallback", async () => {
    const modelList = [
      one("small", { maxInputTokens: 10 }),
      one("tiny", { modelName: "tiny", maxInputTokens: 5 }),
      one("large", { modelName: "long" }),
    ];
    const house = setup({
      modelList,
      enablePreCallChecks: true,
      contextWindowFallbacks: { "gpt-4": ["tiny", "long"] },
    });
    await house.ask({ messages: [{ role: "user", content: "x".repeat(400) }] });
    expect(house.served()).toEqual(["large"]);
  });

  it("skip models that lack what the request needs, and obey filters of the user's", async () => {
    const house = setup({
      modelList: [one("plain", { capabilities: { tools: false } }), one("able")],
      enablePreCallChecks: true,
    });
    for (let count = 0; count < 5; count += 1)
      await house.ask({ tools: [{ type: "function", function: { name: "f" } }] });
    expect(new Set(house.served())).toEqual(new Set(["able"]));
    const own = setup({
      modelList: [one("a"), one("b")],
      filters: [{ name: "no-a", reject: (candidate) => (candidate.deployment.id === "a" ? "not today" : undefined) }],
    });
    for (let count = 0; count < 5; count += 1) await own.ask();
    expect(new Set(own.served())).toEqual(new Set(["b"]));
  });
});

describe("limits", () => {
  it("hold parallel calls to their number, and give the slots back however calls end", async () => {
    const house = setup({ modelList: [one("a", { maxParallelRequests: 2 })], numRetries: 0 });
    house.provider.script(
      "a",
      answers("slow", { delayMs: 1_000 }),
      fails("internal_server", { delayMs: 1_000 }),
      answers(),
    );
    const results = await Promise.allSettled([house.ask(), house.ask(), house.ask()]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(house.provider.calls).toHaveLength(2);
    await house.ask();
    expect(house.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
  });

  it("never reserve more than tpm, and settle to what was used", async () => {
    const house = setup({ modelList: [one("a", { tpm: 100 })] });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => house.router.completion({ model: "gpt-4", max_tokens: 30, messages: [] })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(3);
    expect(house.router.state().groups[0]?.deployments[0]?.used).toEqual({ requests: 3, tokens: 30 });
  });

  it("keep in-flight counts true after any mix of endings", async () => {
    const house = setup({ modelList: [one("a"), one("b")], numRetries: 1, timeoutMs: 500 });
    house.provider.script(
      "*",
      answers(),
      fails("internal_server"),
      hangs(),
      answers("x", { delayMs: 100 }),
      fails("bad_request"),
      streams(["a"]),
    );
    const controllers = Array.from({ length: 60 }, () => new AbortController());
    const running = controllers.map((controller, index) =>
      failureOrValue(house.router.completion({ model: "gpt-4", messages: [] }, { signal: controller.signal }), index),
    );
    controllers
      .filter((_, index) => index % 7 === 0)
      .forEach((controller) => {
        controller.abort();
      });
    await house.clock.until(Promise.all(running));
    expect(house.router.state().groups[0]?.deployments.map((entry) => entry.inFlight)).toEqual([0, 0]);
    expect([house.router.inFlight, house.clock.timers]).toEqual([0, 0]);
  });
});

async function failureOrValue(promise: Promise<unknown>, index: number): Promise<number> {
  await promise.catch(() => undefined);
  return index;
}

describe("fallback graphs", () => {
  it("of any shape are walked within bounds: each group at most once, never more calls than attempts allow", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })),
        fc.integer({ min: 0, max: 2 }),
        async (fallbacks, numRetries) => {
          const house = setup({
            modelList: names.map((name) => one(name, { modelName: name })),
            fallbacks,
            numRetries,
            maxFallbacks: 3,
          });
          house.provider.script("*", fails("internal_server"));
          await house.clock.until(failure(house.router.completion({ model: "a", messages: [] })));
          const runs = house.served().filter((id, index, all) => id !== all[index - 1]);
          expect(new Set(runs).size).toBe(runs.length);
          expect(runs.length).toBeLessThanOrEqual(4);
          expect(house.served().length).toBeLessThanOrEqual(runs.length * (1 + numRetries));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keep to max_attempts in all", async () => {
    const house = setup({
      modelList: ["a", "b", "c"].map((name) => one(name, { modelName: name })),
      fallbacks: { a: ["b", "c"] },
      numRetries: 3,
      maxAttempts: 5,
    });
    house.provider.script("*", fails("internal_server"));
    await house.clock.until(failure(house.router.completion({ model: "a", messages: [] })));
    expect(house.provider.calls).toHaveLength(5);
  });
});

describe("test switches", () => {
  it("answer without calling anybody, plain and streamed", async () => {
    const house = setup({
      modelList: [one("a"), one("canned", { modelName: "canned", mockResponse: "from the file" })],
    });
    expect(await house.ask({ mock_response: "mocked" })).toMatchObject({
      choices: [{ message: { content: "mocked" } }],
    });
    expect(await house.ask({ model: "canned" })).toMatchObject({
      choices: [{ message: { content: "from the file" } }],
    });
    let text = "";
    for await (const chunk of await house.router.completion({
      model: "gpt-4",
      messages: [],
      stream: true,
      mock_response: "mocked",
    }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect([text, house.provider.calls.length]).toEqual(["mocked", 0]);
  });

  it.each([
    ["mock_testing_fallbacks", "general"],
    ["mock_testing_context_fallbacks", "context"],
    ["mock_testing_content_policy_fallbacks", "policy"],
  ])("%s shows the fallback", async (field, group) => {
    const house = setup({
      modelList: [one("a"), ...["general", "context", "policy"].map((name) => one(name, { modelName: name }))],
      fallbacks: { "gpt-4": ["general"] },
      contextWindowFallbacks: { "gpt-4": ["context"] },
      contentPolicyFallbacks: { "gpt-4": ["policy"] },
    });
    await house.ask({ [field]: true });
    expect(house.served()).toEqual([group]);
  });
});

describe("a change of configuration", () => {
  it("keeps the state of what stays, takes in what is new, and refuses what cannot work", async () => {
    const modelList = [one("a", { rpm: 500 }), one("b", { rpm: 500 })];
    const house = setup({ modelList });
    house.provider.script("b", fails("authentication"));
    while (!house.served().includes("b")) await house.ask();
    const used = house.router.state().groups[0]!.deployments[0]!.used.requests;
    house.router.update({ config: { modelList: [...modelList, one("c", { modelName: "new" })] } });
    const [a, b] = house.router.state().groups[0]!.deployments;
    expect([a!.used.requests, b!.health]).toEqual([used, "quarantined"]);
    await house.ask({ model: "new" });
    expect(() => {
      house.router.update({ config: { modelList: [{ modelName: "x", model: "nobody/x" }] } });
    }).toThrow("nobody");
    await house.ask({ model: "new" });
    expect(house.events.find((event) => event.type === "configuration_changed")).toMatchObject({
      added: ["c"],
      removed: [],
      kept: ["a", "b"],
    });
  });
});

describe("a stream that breaks in the middle", () => {
  const read = async (
    stream: AsyncIterable<{ id: string; choices: readonly { delta: { content?: string | null } }[] }>,
  ): Promise<string> => {
    let text = "";
    const ids = new Set<string>();
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      ids.add(chunk.id);
    }
    expect(ids.size).toBe(1);
    return text;
  };
  const broken = (more: Partial<CreateRouterOptions> = {}) => {
    const modelList = [one("a"), one("b", { modelName: "other", capabilities: { prefix: true } })];
    const house = setup({
      modelList,
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      midStreamFallback: "continue",
      ...more,
    });
    house.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    house.provider.script("b", streams(["a ", "time"]));
    return house;
  };
  const stream = (house: ReturnType<typeof broken>, body: object = {}) =>
    house.router.completion({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "tell" }], ...body });

  it("is carried on by a deployment that can, from what was said, and both are paid for", async () => {
    const house = broken();
    const answer = await stream(house);
    expect(await read(answer)).toBe("once upon a time");
    expect(house.provider.calls[1]?.call.request).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "once upon " }],
    });
    expect(answer.routing.attempts.map((attempt) => attempt.outcome)).toEqual(["failure", "success"]);
    expect(house.types().filter((type) => type.startsWith("request_"))).toEqual([
      "request_started",
      "request_succeeded",
    ]);
    expect([house.router.inFlight, house.clock.timers]).toEqual([0, 0]);
  });

  it.each([
    ["nobody asked for it", { midStreamFallback: "error" }, {}],
    ["nobody can", { modelList: [one("a"), one("b", { modelName: "other" })] }, {}],
    ["the answer may call tools", {}, { tools: [{ type: "function", function: { name: "f" } }] }],
    ["the answer is JSON", {}, { response_format: { type: "json_object" } }],
  ] as const)("fails as it broke when %s", async (_, options, body) => {
    const house = broken(options);
    const error = await failure(read(await stream(house, body)));
    expect(error.kind).toBe("internal_server");
    expect(house.router.inFlight).toBe(0);
  });

  it("is hidden when events are held back", async () => {
    const house = setup({ modelList: [one("a"), one("b")], numRetries: 1, holdBackEvents: 3 });
    house.provider.script("*", streams(["x", "y"], { failAfter: 2 }), streams(["whole ", "and ", "good"]));
    expect(await read(await stream(house))).toBe("whole and good");
  });
});

describe("parts that misbehave", () => {
  it("a callback that throws costs the caller nothing", async () => {
    const house = setup({ modelList: [one("a")] });
    const router = createRouter({
      providers: [house.provider],
      clock: house.clock,
      modelList: [one("a")],
      callbacks: [
        {
          name: "bad",
          events: ["request_started", "request_succeeded"],
          on: () => {
            throw new Error("no");
          },
        },
      ],
    });
    expect((await router.completion({ model: "gpt-4", messages: [] })).choices).toHaveLength(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["names nobody", () => ({}) as never],
    ["rejects", () => Promise.reject(new Error("no"))],
    [
      "is late",
      () =>
        new Promise<never>(() => {
          // Never settles.
        }),
    ],
  ] as const)("simple-shuffle picks when a strategy %s", async (_, pick) => {
    const house = setup({ modelList: [one("a"), one("b")], strategy: { name: "bad", pick } });
    await house.ask();
    expect(house.types()).toContain("strategy_failed");
    expect(house.clock.timers).toBe(0);
  });
});
