import {
  answers,
  deploymentOptions,
  fails,
  failure,
  hangs,
  scriptedProvider,
  streams,
  VirtualClock,
} from "@modelyard/testing";
import type { DeploymentOptions } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { setup, trailOf } from "./support/harness.js";

const chain = (...names: readonly string[]) => names.map((name) => deploymentOptions(name, { modelName: name }));

describe("the trail of a request", () => {
  it("counts the retries in every group and each fallback to another group", async () => {
    const harness = setup({ modelList: chain("a", "b"), fallbacks: { a: ["b"] }, numRetries: 2 });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("b", fails("internal_server"), answers("hi"));
    const trail = trailOf(await harness.ask({ model: "a" }));
    expect(harness.served()).toEqual(["a", "a", "a", "b", "b"]);
    expect(trail).toMatchObject({ retries: 3, fallbacks: 1 });
  });

  it("records when attempts began in whole milliseconds, even if the clock has fractions", async () => {
    const harness = setup({ modelList: chain("a") });
    await harness.clock.advance(0.75);
    const began = harness.clock.now();
    const [attempt] = trailOf(await harness.ask({ model: "a" })).attempts;
    expect(attempt?.startedAt).toBe(Math.floor(began));
    expect(began).not.toBe(Math.floor(began));
  });

  it("counts an attempt that continues a broken stream in the same group as a retry", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { capabilities: { prefix: true } })],
      strategy: { name: "first", pick: ([first]) => first },
      midStreamFallback: "continue",
    });
    harness.provider.script("a", streams(["once "], { failAfter: 1 }));
    harness.provider.script("b", streams(["more"]));
    const stream = await harness.router.completion({
      model: "gpt-4",
      stream: true,
      messages: [{ role: "user", content: "x" }],
    });
    for await (const _ of stream);
    expect(harness.served()).toEqual(["a", "b"]);
    expect(stream.routing).toMatchObject({ retries: 1, fallbacks: 0 });
  });
});

describe("max_attempts", () => {
  const modelList = chain("a", "b");

  it.each([
    ["a fallback", { maxAttempts: 1, numRetries: 0 }, ["a"], { retries: 0, fallbacks: 0 }],
    ["a retry", { maxAttempts: 2, numRetries: 5 }, ["a", "a"], { retries: 1, fallbacks: 0 }],
    ["a retry in the second group", { maxAttempts: 3, numRetries: 1 }, ["a", "a", "b"], { retries: 1, fallbacks: 1 }],
  ])("ends a request before %s that it does not allow", async (_, options, served, counts) => {
    const harness = setup({ modelList, fallbacks: { a: ["b"] }, ...options });
    harness.provider.script("*", fails("internal_server"));
    const error = await failure(harness.ask({ model: "a" }));
    expect(error.kind).toBe("internal_server");
    expect(harness.served()).toEqual(served);
    expect(error.trail).toMatchObject(counts);
    const steps = harness.events.filter(({ type }) => type === "fallback");
    expect(steps).toHaveLength(counts.fallbacks);
  });

  it("reserves no capacity for an attempt that it does not allow", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a", { modelName: "a" }), deploymentOptions("b", { modelName: "b", rpm: 1 })],
      fallbacks: { a: ["b"] },
      numRetries: 0,
      maxAttempts: 1,
    });
    harness.provider.script("a", fails("internal_server"));
    await failure(harness.ask({ model: "a" }));
    expect(harness.router.state().groups[1]?.deployments[0]?.used.requests).toBe(0);
    expect(harness.types()).not.toContain("limit_reached");
  });

  it("does not let one more attempt continue a broken stream", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { capabilities: { prefix: true } })],
      strategy: { name: "first", pick: ([first]) => first },
      midStreamFallback: "continue",
      maxAttempts: 1,
    });
    harness.provider.script("a", streams(["once "], { failAfter: 1 }));
    const stream = await harness.router.completion({
      model: "gpt-4",
      stream: true,
      messages: [{ role: "user", content: "x" }],
    });
    const error = await failure(
      (async () => {
        for await (const _ of stream);
      })(),
    );
    expect(error.kind).toBe("internal_server");
    expect(harness.served()).toEqual(["a"]);
  });
});

describe("the error after all fallbacks failed", () => {
  it("begins with the vendor's message and ends with the attempts in each group", async () => {
    const harness = setup({ modelList: chain("a", "b"), fallbacks: { a: ["b"] }, numRetries: 2 });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("b", fails("authentication"));
    const error = await failure(harness.ask({ model: "a" }));
    const reason = error.attempts[0]?.error?.message;
    const summary = "4 attempts: a x3, b x1; from openai/a";
    expect(error.message).toBe(`${String(reason)} (${summary})`);
    expect(error.stack).toContain(`(${summary})`);
    // Over HTTP, the message is the vendor's alone.
    expect(error.toBody().error).toMatchObject({ message: reason, attempts: summary });
  });

  it("names the vendor's status and the requested model, also for a wildcard deployment", async () => {
    const upstream = { status: 529 };
    const broken = createError({ kind: "overloaded", message: "Overloaded", provider: "openai", upstream });
    const clock = new VirtualClock();
    const provider = { ...scriptedProvider({ clock }), call: () => Promise.reject(broken) };
    const modelList = [{ modelName: "x/*", model: "openai/*" }];
    const harness = setup({ clock, providers: [provider], modelList, numRetries: 1, disableCooldowns: true });
    const error = await failure(clock.until(harness.router.completion({ model: "x/gpt-4o", messages: [] })));
    expect(error).toMatchObject({ provider: "openai", model: "gpt-4o", status: 503, upstream });
    expect(error.message).toBe("Overloaded (2 attempts: x/* x2; from openai/gpt-4o, status 529)");
    const attempt = {
      provider: "openai",
      model: "gpt-4o",
      error: { status: 503, upstreamStatus: 529, message: "Overloaded" },
    };
    expect(error.attempts).toMatchObject([attempt, attempt]);
  });

  it("has no list of attempts if only one attempt, or none, was made", async () => {
    const harness = setup({ modelList: chain("a"), numRetries: 0 });
    harness.provider.script("a", fails("internal_server"));
    const single = await failure(harness.ask({ model: "a" }));
    expect(single.message).toBe(single.attempts[0]?.error?.message);
    expect((await failure(harness.ask({ model: "none" }))).message).not.toContain("attempts");
  });

  it("counts the attempts of each request separately when a provider throws the same error object every time", async () => {
    const same = createError({ kind: "internal_server", message: "same" });
    const clock = new VirtualClock();
    const provider = { ...scriptedProvider({ clock }), call: () => Promise.reject(same) };
    const harness = setup({
      clock,
      providers: [provider],
      modelList: chain("a"),
      numRetries: 1,
      disableCooldowns: true,
    });
    for (let turn = 0; turn < 3; turn += 1)
      expect((await failure(clock.until(harness.router.completion({ model: "a", messages: [] })))).message).toBe(
        "same (2 attempts: a x2)",
      );
  });

  it("names the provider and model of a silent deployment, not its generated id", async () => {
    const modelList = [{ modelName: "a", model: "openai/gpt-4o" }];
    const harness = setup({ modelList, numRetries: 0, timeoutMs: 100 });
    harness.provider.script("*", hangs());
    const { message } = await failure(harness.ask({ model: "a" }));
    expect(message).toMatch(/^openai \(gpt-4o\) sent no answer within 100 ms/u);
  });
});

describe("the error when no deployment can be tried", () => {
  const ask = async (modelList: readonly DeploymentOptions[], model = "a") => {
    const harness = setup({ modelList, numRetries: 0 });
    return (await failure(harness.ask({ model }))).message;
  };

  it("names the provider and model of each deployment, and ids that the operator chose", async () => {
    const modelList = [
      { modelName: "a", model: "openai/gpt-4o", rpm: 0 },
      // Deployments with the same settings get a number at the end of their ids.
      { modelName: "a", model: "openai/gpt-4o", rpm: 0 },
      { modelName: "a", model: "openai/gpt-4o-mini", rpm: 0, id: "east" },
    ];
    expect(await ask(modelList)).toBe(
      'No deployment of "a" is available now (openai/gpt-4o: its rpm limit is 0; openai/gpt-4o: its rpm limit is 0; openai/gpt-4o-mini "east": its rpm limit is 0).',
    );
  });

  it("names the concrete model of a wildcard deployment", async () => {
    const message = await ask([{ modelName: "x/*", model: "openai/*", rpm: 0 }], "x/gpt-4o");
    expect(message).toContain("(openai/gpt-4o: its rpm limit is 0)");
  });

  it("names the deployments when the prompt fits no context window", async () => {
    const modelList = [{ modelName: "a", model: "openai/gpt-4o", maxInputTokens: 1 }];
    const harness = setup({ modelList, enablePreCallChecks: true });
    const messages = [{ role: "user", content: "a prompt of more than one token" }];
    expect((await failure(harness.ask({ model: "a", messages }))).message).toContain("(openai/gpt-4o: about ");
  });
});
