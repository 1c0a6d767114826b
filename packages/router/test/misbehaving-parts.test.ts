import { setImmediate } from "node:timers/promises";
import type { Candidate, ModelCatalog, Strategy } from "@modelyard/core";
import { createProviderError } from "@modelyard/core/kit";
import { deploymentOptions, failure, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

describe("parts that misbehave:", () => {
  it("a callback that throws does not affect the call", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    const router = createRouter({
      providers: [harness.provider],
      clock: harness.clock,
      modelList: [deploymentOptions("a")],
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
    ["picks nothing", () => ({}) as never],
    ["rejects", () => Promise.reject(new Error("no"))],
    [
      "is late",
      () =>
        new Promise<never>(() => {
          // Never settles.
        }),
    ],
  ] as const)("simple-shuffle replaces a strategy that %s", async (_, pick) => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      strategy: { name: "bad", pick },
    });
    await harness.ask();
    expect(harness.types()).toContain("strategy_failed");
    expect(harness.clock.timers).toBe(0);
  });

  it("simple-shuffle replaces a strategy that picks a deployment of another group", async () => {
    let stranger: Candidate | undefined;
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("b"),
        deploymentOptions("c", { modelName: "other" }),
        deploymentOptions("d", { modelName: "other" }),
      ],
      strategy: {
        name: "remembers",
        pick: (candidates) => {
          stranger ??= candidates[0];
          return stranger;
        },
      },
    });
    await harness.ask();
    expect(harness.types()).not.toContain("strategy_failed");
    await harness.router.completion({ model: "other", messages: [] });
    expect(harness.types()).toContain("strategy_failed");
    expect(["c", "d"]).toContain(harness.provider.calls.at(-1)?.deploymentId);
  });
});

/** A logger that records warnings. */
const listening = () => {
  const warnings: string[] = [];
  const nothing = (): void => undefined;
  const warn = (_: object, message: string): void => void warnings.push(message);
  return { warnings, logger: { debug: nothing, info: nothing, error: nothing, warn } };
};

describe("asynchronous functions where synchronous ones are expected:", () => {
  it("a strategy whose `observe` rejects is logged and does not end the process", async () => {
    const rejections: unknown[] = [];
    const onRejection = (cause: unknown): void => void rejections.push(cause);
    process.on("unhandledRejection", onRejection);
    const { warnings, logger } = listening();
    const observe = (() => Promise.reject(new Error("no"))) as unknown as () => void;
    const harness = setup({
      modelList: [deploymentOptions("a")],
      logger,
      strategy: { name: "s", pick: ([only]) => only, observe },
    });
    await harness.ask();
    await setImmediate();
    process.off("unhandledRejection", onRejection);
    expect(rejections).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("the strategy threw in observe()")]);
  });

  it("a filter that returns a promise is logged, and removes the deployment", async () => {
    const { warnings, logger } = listening();
    const reject = (() => Promise.reject(new Error("no"))) as unknown as () => undefined;
    const harness = setup({ modelList: [deploymentOptions("a")], logger, filters: [{ name: "mine", reject }] });
    const error = await failure(harness.ask());
    await setImmediate();
    expect(error.message).toContain("mine: it returned an invalid value");
    expect(warnings).toEqual([
      expect.stringContaining(
        "a filter returned a promise instead of a string or undefined, so the deployment is rejected",
      ),
    ]);
  });

  it.each([null, false])("a filter that returns %j keeps the deployment", async (answer) => {
    const { warnings, logger } = listening();
    const reject = (() => answer) as unknown as () => undefined;
    const harness = setup({ modelList: [deploymentOptions("a")], logger, filters: [{ name: "mine", reject }] });
    await harness.ask();
    expect([harness.served(), warnings]).toEqual([["a"], []]);
  });
});

it("a strategy that fails to take over its predecessor's knowledge does not prevent a configuration change", async () => {
  const { warnings, logger } = listening();
  const made = (): Strategy => ({
    name: "s",
    pick: ([first]) => first,
    snapshot: () => ({}),
    restore: () => {
      throw new TypeError("no x of undefined");
    },
  });
  const harness = setup({ modelList: [deploymentOptions("a")], strategy: made(), logger });
  harness.router.update({ config: { modelList: [deploymentOptions("b")] }, strategy: made() });
  await harness.ask();
  expect(harness.served()).toEqual(["b"]);
  expect(warnings).toEqual([expect.stringContaining("the strategy failed to restore its state")]);
});

it.each([
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["answers later", () => Promise.reject(new Error("no"))],
])("a catalog that %s fails no call, and leaks no parallel slot", async (_, catalog) => {
  const { warnings, logger } = listening();
  const modelList = [deploymentOptions("a", { modelName: "any/*", model: "openai/*", maxParallelRequests: 1 })];
  const harness = setup({ modelList, logger, catalog: catalog as unknown as ModelCatalog });
  for (const model of ["any/x", "any/y"]) expect(await harness.ask({ model })).toHaveProperty("choices");
  await setImmediate();
  expect(harness.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
  expect(warnings).toEqual([expect.stringContaining("the catalog failed, so the model counts as unknown")]);
});

/** A provider whose code throws `faults` for calls to `a`, then what is at the end of them. */
const broken = (clock: VirtualClock, thrown: () => unknown) => {
  const provider = scriptedProvider({ clock });
  const call: typeof provider.call = (operation, { deployment, ...more }) => {
    if (deployment.id === "a") throw thrown();
    return provider.call(operation, { deployment, ...more });
  };
  return { ...provider, call };
};

const overflow = (): unknown => {
  const dig = (): number => 1 + dig();
  try {
    return dig();
  } catch (error) {
    return error;
  }
};

describe("a bug in a provider", () => {
  const clock = new VirtualClock();
  const harness = (thrown: () => unknown, more: Partial<HarnessOptions> = {}) =>
    setup({
      clock,
      providers: [broken(clock, thrown)],
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      allowedFails: 0,
      ...more,
    });
  const cooledDown = ({ types }: Harness) => types().includes("deployment_cooldown");

  it.each([
    ["a stack that overflows", overflow],
    ["a TypeError", () => new TypeError("no x of undefined")],
    ["a ReferenceError", () => new ReferenceError("x is not defined")],
  ])("does not affect the health of its deployment: %s", async (_, thrown) => {
    const built = harness(thrown, { modelList: [deploymentOptions("a")], fallbacks: { "gpt-4": ["spare"] } });
    const error = await failure(built.ask());
    expect([error.kind, error.status, error.source, error.provider]).toEqual(["api_error", 500, "router", "openai"]);
    expect(error.attempts).toHaveLength(1);
    expect(error.cause).toBeInstanceOf(Error);
    expect(cooledDown(built)).toBe(false);
  });

  it("is retried on another deployment, then in another group, not on the same deployment", async () => {
    const siblings = harness(overflow, {
      modelList: [deploymentOptions("a", { order: 1 }), deploymentOptions("b", { order: 2 })],
    });
    expect(trailOf(await siblings.ask()).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["a", "b"]);
    const groups = harness(overflow, {
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "spare" })],
      fallbacks: { "gpt-4": ["spare"] },
    });
    expect(trailOf(await groups.ask()).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["a", "b"]);
    expect([cooledDown(siblings), cooledDown(groups)]).toEqual([false, false]);
  });

  it("frees the probe of a recovering deployment for the next call", async () => {
    const first = createProviderError({ kind: "internal_server", provider: "openai", message: "x" });
    const faults: unknown[] = [first];
    const built = harness(() => faults.shift() ?? overflow(), {
      modelList: [deploymentOptions("a", { order: 1 }), deploymentOptions("b", { order: 2 })],
      cooldownMs: 1_000,
    });
    await built.ask();
    expect(cooledDown(built)).toBe(true);
    await clock.advance(1_001);
    for (let count = 0; count < 2; count += 1)
      expect(trailOf(await built.ask()).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["a", "b"]);
  });

  it.each([
    ["fetch's TypeError, which has a cause", () => new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })],
    ["an answer that is not JSON", () => new SyntaxError("Unexpected token")],
    ["an error of a vendor's SDK", () => new Error("500 from the vendor")],
  ])("is not what these failures of the vendor are reported as: %s", async (_, thrown) => {
    const built = harness(thrown, {
      modelList: [deploymentOptions("a", { order: 1 }), deploymentOptions("b", { order: 2 })],
    });
    await built.ask();
    expect(cooledDown(built)).toBe(true);
  });
});
