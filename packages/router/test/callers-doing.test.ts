import { memoryState } from "@modelyard/cache-memory";
import {
  type CallOptions,
  type Clock,
  type Provider,
  type RouterEvent,
  seededRandom,
  type SharedState,
  type Strategy,
  type StrategyEvent,
} from "@modelyard/core";
import { createProviderError, sleep, TransportError } from "@modelyard/core/kit";
import {
  answers,
  deploymentOptions,
  fails,
  failure,
  hangs,
  type ProviderBehavior,
  scriptedProvider,
  streams,
  VirtualClock,
} from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";
import { setup } from "./support/harness.js";

/** A provider whose transport respects the time limits, and whose vendor never sends headers. */
function silentVendor(clock: Clock): Provider {
  return {
    specVersion: 1,
    name: "silent",
    operations: ["chat", "text_completion", "embeddings"],
    call: async (_operation, { connectMs, headersMs, cancellation }) => {
      await sleep(clock, Math.min(connectMs ?? Number.POSITIVE_INFINITY, headersMs ?? 60_000), cancellation);
      throw createProviderError({
        kind: "timeout",
        provider: "silent",
        message: "silent did not answer in time.",
        cause: new TransportError("timeout", "no headers in time"),
      });
    },
  };
}

/** A strategy that picks the first candidate and records its events. */
function watching() {
  const seen: StrategyEvent["type"][] = [];
  const strategy: Strategy = {
    name: "watching",
    pick: ([first]) => first,
    observe: ({ type }) => {
      seen.push(type);
    },
  };
  return { strategy, seen };
}

/** Two routers that share their state, on one clock. */
function world(behavior: ProviderBehavior, more: Partial<CreateRouterOptions> = {}) {
  const clock = new VirtualClock();
  const sharedState: SharedState = memoryState();
  const scripted = scriptedProvider({ clock });
  scripted.script("*", behavior);
  const { strategy, seen } = watching();
  const events: RouterEvent[] = [];
  const router = () =>
    createRouter({
      providers: [scripted, silentVendor(clock)],
      clock,
      random: seededRandom(1),
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("b"),
        deploymentOptions("s", { modelName: "silent", model: "silent/s" }),
        deploymentOptions("t", { modelName: "silent", model: "silent/t" }),
      ],
      allowedFails: 0,
      numRetries: 0,
      retryBudget: false,
      sharedState,
      strategy,
      callbacks: [{ name: "events", events: ["deployment_cooldown"], on: (event) => void events.push(event) }],
      ...more,
    });
  const [first, second] = [router(), router()];
  const ask = (body: object, options: CallOptions = {}) =>
    clock.until(
      first.execute("chat", { model: "gpt-4", messages: [], ...body }, options).then(async (outcome) => {
        if (outcome.kind === "stream") for await (const part of outcome.parts) void part;
      }),
    );
  const health = () =>
    [first, second].flatMap((each) =>
      each.state().groups.flatMap((group) => group.deployments.map((deployment) => deployment.health)),
    );
  return { clock, first, second, ask, health, seen, events, scripted };
}

const slow = answers("late", { delayMs: 300 });
const slowStream = streams(["late"], { firstTokenMs: 300 });
const stalled = streams(["one ", "two"], { hangAfter: 1 });

type Case = readonly [how: string, behavior: ProviderBehavior, body: object, options: CallOptions];
const cases: readonly Case[] = [
  ["timeout", slow, { timeout: 0.02 }, {}],
  ["request_timeout", slow, { request_timeout: 0.02 }, {}],
  ["total_timeout", slow, { total_timeout: 0.02 }, {}],
  ["deadline", slow, { deadline: 0.02 }, {}],
  ["headers_timeout", slow, { headers_timeout: 0.02, model: "silent" }, {}],
  ["connect_timeout", slow, { connect_timeout: 0.02, model: "silent" }, {}],
  ["timeout of a stream", slowStream, { timeout: 0.02, stream: true }, {}],
  ["stream_timeout", slowStream, { stream_timeout: 0.02, stream: true }, {}],
  ["first_token_timeout", slowStream, { first_token_timeout: 0.02, stream: true }, {}],
  ["total_timeout of a stream", slowStream, { total_timeout: 0.02, stream: true }, {}],
  ["total_timeout within a stream", stalled, { total_timeout: 0.5, stream: true }, {}],
  ["stream_timeout within a stream", stalled, { stream_timeout: 0.5, stream: true }, {}],
  ["idle_timeout", stalled, { idle_timeout: 0.5, stream: true }, {}],
  ["deadline of a stream", slowStream, { deadline: 0.02, stream: true }, {}],
  ["headers_timeout of a stream", slowStream, { headers_timeout: 0.02, model: "silent", stream: true }, {}],
  ["timeoutMs in code", slow, {}, { timeoutMs: 20 }],
  ["streamTimeoutMs in code", slowStream, { stream: true }, { streamTimeoutMs: 20 }],
  ["timeouts.totalMs in code", slow, {}, { timeouts: { totalMs: 20 } }],
  ["deadlineMs in code", slow, {}, { deadlineMs: 20 }],
];

describe("a time limit set by a request", () => {
  it.each(cases)(
    "does not count against the deployment, here or in another process: %s",
    async (_, behavior, body, options) => {
      const { ask, health, seen, events } = world(behavior);
      for (let asked = 0; asked < 14; asked += 1) expect((await failure(ask(body, options))).kind).toBe("timeout");
      expect(new Set(health())).toEqual(new Set(["healthy"]));
      expect(events).toEqual([]);
      expect(seen).toContain("attempt_aborted");
      expect(seen).not.toContain("attempt_failed");
    },
  );

  it.each(cases.filter(([how]) => !how.startsWith("deadline")))(
    "counts against the deployment if the configured limit has passed too: %s",
    async (_, behavior, body, options) => {
      const short = { connectMs: 1, headersMs: 1, firstTokenMs: 1, idleMs: 1 };
      const { ask, health, seen } = world(behavior, { timeouts: short, timeoutMs: 1 });
      await failure(ask(body, options));
      expect(health()).toContain("cooling");
      expect(seen).toContain("attempt_failed");
    },
  );

  it("still leads to the retries and the fallback that the request is entitled to", async () => {
    const { first, clock, scripted } = world(slow, { numRetries: 1, fallbacks: { "gpt-4": ["silent"] } });
    const asking = first.execute("chat", { model: "gpt-4", messages: [], timeout: 0.02 });
    const error = await failure(clock.until(asking));
    expect(scripted.calls.map(({ deploymentId }) => deploymentId).toSorted()).toEqual(["a", "b"]);
    expect(error.attempts.map(({ group }) => group)).toContain("silent");
  });

  it("frees the probe for the next call when it ends the probing call", async () => {
    for (const stream of [false, true]) {
      const harness = setup({
        modelList: [deploymentOptions("a"), deploymentOptions("b")],
        allowedFails: 0,
        cooldownMs: 5_000,
        numRetries: 0,
      });
      harness.provider.script("*", fails("internal_server"));
      for (let asked = 0; asked < 3; asked += 1) await failure(harness.ask());
      await harness.clock.advance(5_000);
      harness.provider.script("*", stream ? slowStream : slow);
      for (let asked = 0; asked < 20; asked += 1)
        expect((await failure(harness.ask({ timeout: 0.02, stream }))).kind).toBe("timeout");
      expect(harness.router.state().groups[0]?.deployments.map(({ health }) => health)).toEqual(["probing", "probing"]);
      const answer = await harness.ask({ stream });
      if (Symbol.asyncIterator in answer)
        await harness.clock.until(
          (async () => {
            for await (const _ of answer as AsyncIterable<unknown>);
          })(),
        );
      expect(harness.types().filter((type) => type === "deployment_recovered")).toHaveLength(1);
    }
  });

  it("uses up none of the retry budget that other callers need", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      disableCooldowns: true,
      numRetries: 1,
      retryBudget: { share: 0, floorPerSecond: 0.1 },
    });
    harness.provider.script("*", slow);
    for (let asked = 0; asked < 20; asked += 1) await failure(harness.ask({ timeout: 0.02 }));
    expect(harness.served()).toHaveLength(40);
    harness.provider.script("*", fails("internal_server"));
    await failure(harness.ask());
    expect(harness.served()).toHaveLength(42);
  });

  it("counts against the deployment if the operator wrote the limit, also in a fallback entry", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("b", { modelName: "spare" }),
        deploymentOptions("c", { modelName: "spare" }),
      ],
      fallbacks: { "gpt-4": [{ model: "spare", set: { timeout: 0.02 } }] },
      allowedFails: 0,
      numRetries: 0,
    });
    harness.provider.script("*", slow);
    harness.provider.script("a", fails("internal_server"));
    await failure(harness.ask());
    expect(harness.events.flatMap((event) => (event.type === "deployment_cooldown" ? [event.reason] : []))).toContain(
      "timeout",
    );
  });
});

describe("an API key or base URL of the client's own", () => {
  const open = { clientSideAuthParams: ["api_key", "api_base"] as const };
  const bring = [{ api_key: "the client's" }, { api_base: "https://client.example" }];

  it.each(bring)("uses no limit of the deployment and is not reported to strategies: %j", async (own) => {
    for (const stream of [false, true]) {
      const { strategy, seen } = watching();
      const harness = setup({
        modelList: [deploymentOptions("a", { ...open, rpm: 1, tpm: 100, maxParallelRequests: 1 })],
        strategy,
        numRetries: 0,
        sharedState: memoryState(),
      });
      harness.provider.script("a", stream ? streams(["hi"]) : answers("hi"));
      for (let asked = 0; asked < 5; asked += 1) {
        const answer = await harness.ask({ ...own, stream });
        if (Symbol.asyncIterator in answer) for await (const _ of answer as AsyncIterable<unknown>);
      }
      const hanging = new AbortController();
      harness.provider.script("a", hangs());
      void harness.router
        .completion({ model: "gpt-4", messages: [], ...own } as never, { signal: hanging.signal })
        .catch(() => undefined);
      await harness.clock.advance(0);
      expect(new Set(seen)).toEqual(new Set(["attempt_started", "attempt_aborted"]));
      expect(harness.router.state().groups[0]?.deployments[0]).toMatchObject({
        used: { requests: 0, tokens: 0 },
        inFlight: 0,
      });
      harness.provider.script("a", answers("hi"));
      await harness.ask();
      hanging.abort();
    }
  });

  it.each(bring)("never occupies the probe of a deployment: %j", async (own) => {
    const harness = setup({
      modelList: [deploymentOptions("a", open), deploymentOptions("b", { modelName: "spare" })],
      fallbacks: { "gpt-4": ["spare"] },
      allowedFails: 0,
      numRetries: 0,
    });
    harness.provider.script("a", fails("internal_server"), hangs());
    await harness.ask();
    await harness.clock.advance(5_000);
    const left = new AbortController();
    void harness.router
      .completion({ model: "gpt-4", messages: [], ...own } as never, { signal: left.signal })
      .catch(() => undefined);
    await harness.clock.advance(0);
    harness.provider.script("a", answers());
    await harness.ask();
    expect(harness.types()).toContain("deployment_recovered");
    left.abort();
  });
});

describe("a model that a caller names within a wildcard group", () => {
  const behind = (id: string) => deploymentOptions(id, { modelName: "openai/*", model: "openai/*" });

  it.each(["not_found", "permission_denied"] as const)(
    "does not start a cooldown for other callers when the vendor refuses the model: %s",
    async (kind) => {
      const harness = setup({ modelList: [behind("a"), behind("b")], allowedFails: 0, numRetries: 0 });
      harness.provider.script("*", fails(kind));
      for (let asked = 0; asked < 20; asked += 1) await failure(harness.ask({ model: "openai/made-up" }));
      expect(harness.types()).not.toContain("deployment_cooldown");
      const named = setup({
        modelList: [deploymentOptions("a"), deploymentOptions("b")],
        allowedFails: 0,
        numRetries: 0,
      });
      named.provider.script("*", fails(kind));
      await failure(named.ask());
      expect(named.types()).toContain("deployment_cooldown");
    },
  );

  it("still lets a rejected API key quarantine the deployment", async () => {
    const harness = setup({ modelList: [behind("a"), behind("b")], numRetries: 0 });
    harness.provider.script("*", fails("authentication"));
    await failure(harness.ask({ model: "openai/gpt-4" }));
    expect(harness.types()).toContain("deployment_cooldown");
  });
});
