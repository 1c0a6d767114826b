import {
  type Callback,
  type CallOptions,
  type RouterError,
  type SharedState,
  type TokenEstimator,
  type Usage,
} from "@modelyard/core";
import type { ReserveReply, ReserveRequest, SettleRequest } from "@modelyard/core/kit";
import { memoryCache, memoryState } from "@modelyard/cache-memory";
import { createStrategy, strategyNames } from "@modelyard/strategies";
import { answers, deploymentOptions, fails, failure, hangs, type ProviderBehavior, streams } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Router } from "../src/router.js";
import { type HarnessOptions, setup as setupRouter } from "./support/harness.js";

const minuteMs = 60_000;
const hello = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;

/** The harness, and functions that look at the router's state after every event. */
function setup(options: HarnessOptions) {
  const watchers: (() => void)[] = [];
  const callback: Callback = {
    name: "watch",
    events: ["attempt_started", "attempt_succeeded", "attempt_failed", "attempt_aborted", "limit_reached"],
    on: () => {
      for (const watcher of watchers) watcher();
    },
  };
  const harness = setupRouter({ callbacks: [callback], ...options });
  const { clock, router } = harness;
  const states = () => router.state().groups.flatMap((group) => group.deployments);
  const ask = (body: object = {}, callOptions: CallOptions = {}) =>
    clock.until(consume(router, { ...hello, ...body }, callOptions));
  return { ...harness, states, ask, watchers };
}

/** Makes a call and, if it is a stream, reads it to its end. */
async function consume(router: Router, body: typeof hello, options: CallOptions = {}): Promise<unknown> {
  const answer: unknown = await router.completion(body as never, options);
  if ("stream" in body && body.stream === true) {
    let parts = 0;
    for await (const _ of answer as AsyncIterable<unknown>) parts += 1;
    return parts;
  }
  return answer;
}

describe("rpm", () => {
  const cases = strategyNames.flatMap((name) => [[name, false, 1] as const, [name, true, 3] as const]);

  it.each(cases)(
    "lets exactly N of 10·N simultaneous calls through in a minute under %s (stream: %s, deployments: %i)",
    async (name, stream, count) => {
      const rpm = 5;
      const { clock, provider, router, states } = setup({
        strategy: createStrategy(name),
        modelList: Array.from({ length: count }, (_, index) => deploymentOptions(`d${String(index)}`, { rpm })),
      });
      for (let minute = 1; minute <= 2; minute += 1) {
        const results = await clock.until(
          Promise.allSettled(
            Array.from({ length: 10 * rpm * count }, () =>
              consume(router, { ...hello, ...(stream ? { stream: true } : {}) }),
            ),
          ),
        );
        const served = results.filter((result) => result.status === "fulfilled");
        expect(served).toHaveLength(rpm * count);
        for (let index = 0; index < count; index += 1) {
          const calls = provider.calls.filter((call) => call.deploymentId === `d${String(index)}`);
          expect(calls).toHaveLength(rpm * minute);
        }
        const refused = results.find((result) => result.status === "rejected")?.reason as RouterError;
        expect(refused).toMatchObject({ status: 429, kind: "no_deployment_available" });
        expect(refused.retryAfterMs).toBe(minuteMs - (clock.now() % minuteMs));
        await clock.advance(refused.retryAfterMs ?? 0);
      }
      expect(states().map((state) => state.inFlight)).toEqual(Array.from({ length: count }, () => 0));
    },
  );

  it("counts calls that failed, but not calls that were never sent", async () => {
    const { provider, ask, states } = setup({
      modelList: [deploymentOptions("a", { rpm: 3 })],
      numRetries: 0,
      disableCooldowns: true,
    });
    provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) await failure(ask());
    expect(provider.calls).toHaveLength(3);
    expect(states()[0]?.used.requests).toBe(3);
  });

  it("holds over a whole minute of any traffic, whatever fails and is retried", async () => {
    const traffic = fc.record({
      gaps: fc.array(fc.nat({ max: 4_000 }), { minLength: 10, maxLength: 60 }),
      kinds: fc.array(fc.constantFrom("internal_server", "timeout", "rate_limit", undefined), {
        minLength: 3,
        maxLength: 6,
      }),
      rpm: fc.integer({ min: 1, max: 6 }),
      name: fc.constantFrom(...strategyNames),
    });
    await fc.assert(
      fc.asyncProperty(traffic, async ({ gaps, kinds, rpm, name }) => {
        const { clock, provider, router } = setup({
          strategy: createStrategy(name),
          modelList: [deploymentOptions("a", { rpm }), deploymentOptions("b", { rpm: rpm * 2 })],
          cooldownMs: 500,
        });
        provider.script(
          "*",
          ...kinds.map((kind) => (kind === undefined ? answers("x", { delayMs: 50 }) : fails(kind))),
        );
        const running: Promise<unknown>[] = [];
        for (const gap of gaps) {
          await clock.advance(gap);
          running.push(consume(router, hello, { deadlineMs: 5_000 }).catch(() => undefined));
        }
        await clock.until(Promise.all(running));
        const perMinute = new Map<string, number>();
        for (const call of provider.calls) {
          const key = `${call.deploymentId} ${String(Math.floor(call.at / minuteMs))}`;
          perMinute.set(key, (perMinute.get(key) ?? 0) + 1);
        }
        for (const [key, count] of perMinute) expect(count).toBeLessThanOrEqual(key.startsWith("a") ? rpm : rpm * 2);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["rpm", "its rpm limit is 0"],
    ["tpm", "its tpm limit is 0"],
    ["maxParallelRequests", "its parallel limit is 0"],
  ] as const)("and the other limits of 0 admit no call, and the error says so: %s", async (name, words) => {
    for (const sharedState of [undefined, memoryState()]) {
      const { provider, ask } = setup({
        modelList: [deploymentOptions("a", { [name]: 0 })],
        ...(sharedState === undefined ? {} : { sharedState }),
      });
      const error = await failure(ask());
      expect(error).toMatchObject({ status: 429, kind: "no_deployment_available", retryAfterMs: undefined });
      expect(error.message).toContain(words);
      expect(error.trail?.rejections).toEqual([{ deploymentId: "a", provider: "openai", model: "a", reason: words }]);
      expect(provider.calls).toEqual([]);
    }
  });

  it("and tpm belong to a wildcard deployment, whatever names are called", async () => {
    const { provider, ask } = setup({
      strategy: createStrategy("usage-based-routing"),
      modelList: [
        { id: "wild", modelName: "openai/*", model: "openai/*", rpm: 2 },
        { id: "more", modelName: "openai/*", model: "openai/*", rpm: 1 },
      ],
    });
    for (const model of ["openai/a", "openai/b", "openai/c"]) await ask({ model });
    expect(await failure(ask({ model: "openai/d" }))).toMatchObject({ status: 429 });
    expect(provider.calls.map(({ call }) => call.model)).toEqual(["a", "b", "c"]);
  });
});

describe("tpm", () => {
  it.each(strategyNames)("never has more than N tokens reserved under %s", async (name) => {
    const tpm = 100;
    const { clock, router, states, watchers, provider } = setup({
      strategy: createStrategy(name),
      modelList: [deploymentOptions("a", { tpm }), deploymentOptions("b", { tpm })],
    });
    provider.script(
      "*",
      answers("x", { delayMs: 1_000, usage: { prompt_tokens: 5, completion_tokens: 15, total_tokens: 20 } }),
    );
    let most = 0;
    watchers.push(() => {
      for (const state of states()) most = Math.max(most, state.used.tokens);
    });
    const results = await clock.until(
      Promise.allSettled(
        Array.from({ length: 50 }, () => consume(router, { ...hello, max_tokens: 27 } as typeof hello)),
      ),
    );
    // With a prompt of 8 tokens and an answer of at most 27, two calls fit.
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(4);
    expect(most).toBeLessThanOrEqual(tpm);
    expect(states().map((state) => state.used.tokens)).toEqual([40, 40]);
  });

  it("lets one call above the limit through in an empty minute, which is then full", async () => {
    const { clock, provider, ask, states } = setup({ modelList: [deploymentOptions("a", { tpm: 10 })] });
    provider.script("a", answers("x", { usage: { prompt_tokens: 900, completion_tokens: 100, total_tokens: 1_000 } }));
    await ask({ max_tokens: 5_000 });
    expect(states()[0]?.used.tokens).toBe(10);
    const error = await failure(ask({ max_tokens: 1 }));
    expect(error).toMatchObject({ status: 429, retryAfterMs: minuteMs - (clock.now() % minuteMs) });
    await clock.advance(minuteMs);
    await ask({ max_tokens: 5_000 });
    expect(provider.calls).toHaveLength(2);
  });

  const usage: Usage = { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 };
  const long = "word ".repeat(40);
  const texts = ["word ".repeat(4), "word ".repeat(4), "word ".repeat(4)];
  /** 3 for the request, 4 for the message, 1 for "hi". */
  const prompt = 8;
  const endings: readonly (readonly [string, ProviderBehavior, number])[] = [
    ["usage that was reported", answers("x", { usage }), 42],
    ["usage without a total", answers("x", { usage: { ...usage, total_tokens: undefined as never } }), 42],
    [
      "usage that is not a number",
      answers(long, { usage: { ...usage, total_tokens: Number.NaN, prompt_tokens: "x" as never } }),
      prompt + 50,
    ],
    [
      "an estimate of the answer's text if no usage was reported",
      answers(long, { usage: undefined as never }),
      prompt + 50,
    ],
    ["a stream's usage", streams(["a", "b"], { usage }), 42],
    ["a stream without usage: what went by", streams(texts, { usage: undefined }), prompt + 15],
    ["a stream that broke off: what went by", streams(texts, { failAfter: 2, usage: undefined }), prompt + 10],
    ["a failure of the vendor's: nothing", fails("internal_server"), 0],
    ["a call that may have been worked on: the prompt", fails("timeout"), prompt],
  ];

  it.each(endings)("is settled to %s", async (_, behavior, tokens) => {
    const { provider, ask, states } = setup({ modelList: [deploymentOptions("a", { tpm: 100_000 })], numRetries: 0 });
    provider.script("a", behavior);
    await ask({ max_tokens: 1_000, ...(behavior.type === "stream" ? { stream: true } : {}) }).catch(() => undefined);
    expect(states()[0]?.used).toEqual({ requests: 1, tokens });
    expect(states()[0]?.inFlight).toBe(0);
  });

  it("is settled to the streamed tokens when the caller leaves a stream", async () => {
    const { clock, provider, router, states } = setup({ modelList: [deploymentOptions("a", { tpm: 100_000 })] });
    provider.script("a", streams(texts, { gapMs: 100, usage: undefined }));
    await clock.until(
      (async () => {
        const stream = await router.completion({ ...hello, stream: true, max_tokens: 1_000 });
        let parts = 0;
        for await (const _ of stream) {
          parts += 1;
          if (parts === 2) break;
        }
      })(),
    );
    expect(states()[0]?.used).toEqual({ requests: 1, tokens: prompt + 10 });
  });
});

describe("parallel calls", () => {
  it("are limited by the deployment's number, else by the router's", async () => {
    const { clock, provider, router, states, watchers } = setup({
      defaultMaxParallelRequests: 3,
      numRetries: 0,
      modelList: [deploymentOptions("a"), deploymentOptions("b", { maxParallelRequests: 1 })],
    });
    provider.script("*", answers("x", { delayMs: 1_000 }));
    const most = [0, 0];
    watchers.push(() => {
      for (const [index, state] of states().entries()) most[index] = Math.max(most[index] ?? 0, state.inFlight);
    });
    const results = await clock.until(Promise.allSettled(Array.from({ length: 20 }, () => consume(router, hello))));
    expect(most).toEqual([3, 1]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(4);
  });

  it("are never below 0, and 0 after any mix of success, error, abort, timeout and cache hit", async () => {
    const behavior = fc.oneof(
      fc.nat({ max: 300 }).map((delayMs) => answers("x", { delayMs })),
      fc
        .constantFrom("internal_server", "rate_limit", "bad_request", "authentication")
        .map((kind) => fails(kind as "bad_request")),
      fc.constant(hangs()),
      fc
        .record({ gapMs: fc.nat({ max: 200 }), failAfter: fc.option(fc.nat({ max: 3 }), { nil: undefined }) })
        .map((how) => streams(["a", "b", "c"], how)),
      fc.nat({ max: 2 }).map((hangAfter) => streams(["a", "b"], { hangAfter })),
    );
    const call = fc.record({
      stream: fc.boolean(),
      afterMs: fc.nat({ max: 100 }),
      abortMs: fc.option(fc.nat({ max: 600 }), { nil: undefined }),
      leaveAfter: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      text: fc.constantFrom("one", "two"),
    });
    const world = fc.record({
      behaviors: fc.array(behavior, { minLength: 1, maxLength: 6 }),
      calls: fc.array(call, { minLength: 1, maxLength: 25 }),
      name: fc.constantFrom(...strategyNames),
      shared: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ behaviors, calls, name, shared }) => {
        const { clock, provider, router, states, watchers } = setup({
          ...(shared ? { sharedState: memoryState() } : {}),
          strategy: createStrategy(name),
          responseCache: memoryCache(),
          timeoutMs: 400,
          numRetries: 1,
          modelList: [deploymentOptions("a", { maxParallelRequests: 8, tpm: 5_000 }), deploymentOptions("b")],
        });
        provider.script("*", ...behaviors);
        let least = 0;
        watchers.push(() => {
          for (const state of states()) least = Math.min(least, state.inFlight, state.used.tokens, state.used.requests);
        });
        const running: Promise<unknown>[] = [];
        for (const { stream, afterMs, abortMs, leaveAfter, text } of calls) {
          await clock.advance(afterMs);
          const controller = new AbortController();
          if (abortMs !== undefined)
            clock.setTimer(() => {
              controller.abort();
            }, abortMs);
          running.push(leaving(router, { text, stream, leaveAfter, signal: controller.signal }));
        }
        await clock.until(Promise.all(running));
        expect(least).toBe(0);
        expect(states().map((state) => state.inFlight)).toEqual([0, 0]);
        expect(router.inFlight).toBe(0);
      }),
      { numRuns: 80 },
    );
  });
});

interface Leaving {
  readonly text: string;
  readonly stream: boolean;
  readonly leaveAfter: number | undefined;
  readonly signal: AbortSignal;
}

async function leaving(router: Router, { text, stream, leaveAfter, signal }: Leaving): Promise<void> {
  const body = { model: "gpt-4", messages: [{ role: "user" as const, content: text }] };
  try {
    if (!stream) {
      await router.completion(body, { signal });
      return;
    }
    let parts = 0;
    for await (const _ of await router.completion({ ...body, stream: true }, { signal })) {
      parts += 1;
      if (parts === leaveAfter) break;
    }
  } catch {
    // However it ends.
  }
}

/** Shared state whose answers wait until the test releases them. */
function slowState() {
  const inner = memoryState();
  const waiting: (() => void)[] = [];
  const settled: SettleRequest[] = [];
  const overrides: Partial<SharedState> = {
    reserve: async (request: ReserveRequest): Promise<ReserveReply> => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
      return inner.reserve(request);
    },
    settle: (request: SettleRequest) => {
      settled.push(request);
      return inner.settle(request);
    },
  };
  const state = new Proxy(inner, {
    get: (target, key: keyof SharedState) => {
      if (key in overrides) return overrides[key];
      const value: unknown = target[key];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { state, waiting, settled };
}

describe("a caller that aborts while the store is asked", () => {
  it("returns at once, and a reservation that the store grants later is given back", async () => {
    const { state, waiting, settled } = slowState();
    const { clock, provider, router, states } = setup({
      sharedState: state,
      modelList: [deploymentOptions("a", { rpm: 5, tpm: 1_000, maxParallelRequests: 1 })],
    });
    const controller = new AbortController();
    const asked = failure(router.completion(hello, { signal: controller.signal }));
    await clock.advance(0);
    expect(states()[0]).toMatchObject({ inFlight: 1 });
    controller.abort();
    expect(await asked).toMatchObject({ kind: "aborted" });
    for (const answer of waiting) answer();
    await clock.advance(0);
    expect(settled.map(({ amounts }) => amounts)).toEqual([[0, 0, 1]]);
    expect(states()[0]).toMatchObject({ inFlight: 0, used: { requests: 0, tokens: 0 } });
    expect(provider.calls).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

describe("a limit that other processes have used up", () => {
  it("is reported as a local one: 429, with the time until capacity is free", async () => {
    const state: SharedState = Object.assign(memoryState(), {
      reserve: async (): Promise<ReserveReply> => ({ granted: false, limit: "rpm", retryAfterMs: 42_000 }),
    });
    const { clock, provider, ask } = setup({ sharedState: state, modelList: [deploymentOptions("a", { rpm: 5 })] });
    const refused = failure(ask());
    await clock.advance(0);
    expect(await refused).toMatchObject({
      status: 429,
      code: "rate_limit_exceeded",
      retryAfterMs: 42_000,
      message: 'No deployment of "gpt-4" is available now (openai/a "a": its rpm is used up). Try again in 42 s.',
    });
    expect(provider.calls).toEqual([]);
  });
});

describe("while the store is unavailable", () => {
  it("a process is limited to its share, and reports its whole usage", async () => {
    const settled: SettleRequest[] = [];
    const inner = memoryState();
    const state: SharedState = {
      name: "away",
      available: false,
      processes: 4,
      reserve: (request) => inner.reserve(request),
      settle: (request) => {
        settled.push(request);
        return true;
      },
      extend: () => true,
      used: () => [],
      startCooldown: (mark) => mark.until,
      endCooldown: () => undefined,
      cooldowns: () => [],
      onCooldown: () => () => undefined,
      onAvailability: () => () => undefined,
      close: async () => undefined,
    };
    const { provider, ask, states } = setup({
      sharedState: state,
      modelList: [deploymentOptions("a", { tpm: 1_000 })],
    });
    provider.script("a", answers("x", { usage: { prompt_tokens: 500, completion_tokens: 100, total_tokens: 600 } }));
    await ask();
    expect(settled.map(({ amounts, unreserved }) => ({ amounts, unreserved }))).toEqual([
      { amounts: [600], unreserved: true },
    ]);
    expect(states()[0]?.used.tokens).toBe(250);
    expect(await failure(ask())).toMatchObject({ status: 429 });
  });
});

describe("token estimators", () => {
  const counts = (tokenEstimator: TokenEstimator) => {
    const harness = setup({ tokenEstimator, modelList: [deploymentOptions("a", { tpm: 100_000 })], numRetries: 0 });
    harness.provider.script("a", fails("timeout"));
    return harness;
  };

  const estimators: readonly (readonly [string, TokenEstimator, number])[] = [
    ["at once", () => 123, 123],
    ["later", async () => 123.4, 124],
    [
      "with an error: the built-in one counts",
      () => {
        throw new Error("no vocabulary");
      },
      8,
    ],
    [
      "with a promise that fails: the built-in one counts",
      async () => {
        throw new Error("no worker");
      },
      8,
    ],
    ["without a number as the result: the built-in one counts", () => Number.NaN, 8],
  ];

  it.each(estimators)("supplied by the user count %s", async (_, estimator, tokens) => {
    const { ask, states } = counts(estimator);
    await failure(ask());
    expect(states()[0]?.used.tokens).toBe(tokens);
  });

  it("that do not return are waited for at most one second, once", async () => {
    let asked = 0;
    const harness = counts(() => {
      asked += 1;
      return new Promise<number>(() => {
        // It never answers.
      });
    });
    const began = harness.clock.now();
    await failure(harness.ask());
    expect([harness.clock.now() - began, asked, harness.states()[0]?.used.tokens]).toEqual([1_000, 1, 8]);
    const controller = new AbortController();
    const left = failure(harness.router.completion(hello, { signal: controller.signal }));
    controller.abort();
    expect(await left).toMatchObject({ kind: "aborted" });
    expect(harness.clock.timers).toBe(0);
  });

  it("count again for a fallback with another prompt", async () => {
    const seen: unknown[] = [];
    const harness = setup({
      tokenEstimator: (request) => {
        seen.push(request["messages"]);
        return 10;
      },
      numRetries: 0,
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: [{ "gpt-4": [{ model: "other", set: { messages: [] } }] }],
    });
    harness.provider.script("a", fails("internal_server"));
    await harness.ask();
    expect(seen).toEqual([hello.messages, []]);
  });
});
