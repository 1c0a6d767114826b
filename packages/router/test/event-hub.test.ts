import { type Callback, type Logger, type RouterEvent, silentLogger } from "@modelyard/core";
import { streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup as setupRouter } from "./support/harness.js";

const messages = [{ role: "user" as const, content: "hi" }];

function setup(...callbacks: readonly Callback[]) {
  const warnings: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (facts) => {
      warnings.push(facts);
    },
  };
  const seen: RouterEvent[] = [];
  const watching: Callback = {
    name: "watching",
    events: ["request_started", "request_succeeded", "request_failed", "callback_failed", "cache_miss"],
    on: (event) => {
      seen.push(event);
    },
  };
  const harness = setupRouter({
    logger,
    callbacks: [...callbacks, watching],
    modelList: [{ id: "a", modelName: "m", model: "openai/m" }],
  });
  const count = (type: RouterEvent["type"]): number => seen.filter((event) => event.type === type).length;
  return { ...harness, warnings, seen, count, ask: () => harness.router.completion({ model: "m", messages }) };
}

const throwing: Callback = {
  name: "bad",
  events: ["request_succeeded"],
  on: () => {
    throw new Error("no");
  },
};
function fail(): never {
  throw new Error("this cannot be read");
}

/** TypeScript accepts an async function as a callback that returns nothing, and users write such callbacks. */
const asynchronous = (on: () => Promise<never>): Callback =>
  ({ name: "bad", events: ["request_succeeded"], on }) as unknown as Callback;
const rejecting = asynchronous(() => Promise.reject(new Error("no")));
const hanging = asynchronous(
  () =>
    new Promise<never>(() => {
      // Never settles.
    }),
);

describe("a callback", () => {
  it.each([
    ["throws", throwing, 1],
    ["rejects", rejecting, 1],
    ["hangs", hanging, 0],
  ])("that %s does not affect the call, and its failure is reported", async (_, callback, reported) => {
    const { ask, count, clock } = setup(callback);
    expect((await ask()).choices).toHaveLength(1);
    await clock.advance(0);
    expect(count("callback_failed")).toBe(reported);
    expect(count("request_succeeded")).toBe(1);
  });

  it.each([
    ["an object without a prototype", Object.create(null)],
    ["an error whose stack cannot be read", Object.defineProperty(new Error("no"), "stack", { get: () => fail() })],
    ["a symbol", Symbol("no")],
    ["nothing", undefined],
  ])("that throws %s does not affect the call, and its failure is logged in one line", async (_, thrown) => {
    const odd: Callback = {
      name: "odd",
      events: ["request_succeeded"],
      on: () => {
        throw thrown;
      },
    };
    const { ask, count, warnings } = setup(odd);
    expect((await ask()).choices).toHaveLength(1);
    expect([count("callback_failed"), count("request_succeeded")]).toEqual([1, 1]);
    expect(warnings).toMatchObject([{ callback: "odd", times: 1 }]);
  });

  it("that always fails is logged once a minute, and counted every time", async () => {
    const { ask, count, clock, warnings } = setup(throwing);
    for (let calls = 0; calls < 10; calls += 1) await ask();
    expect(warnings).toHaveLength(1);
    expect(count("callback_failed")).toBe(10);
    await clock.advance(60_000);
    await ask();
    expect(warnings[1]).toMatchObject({ callback: "bad", times: 10 });
  });

  it("that loses events later can report it with the function it was given", async () => {
    let report: ((cause: unknown) => void) | undefined;
    const { count } = setup({
      name: "later",
      events: [],
      start: (given) => {
        report = given;
      },
      on: () => undefined,
    });
    report?.(new Error("refused"));
    expect(count("callback_failed")).toBe(1);
  });

  it("that throws on the report of its own failure causes no further reports", async () => {
    const { ask, count } = setup({ ...throwing, events: ["request_succeeded", "callback_failed"] });
    await ask();
    expect(count("callback_failed")).toBe(1);
  });

  it("that never finishes its flush delays close by 5 s at most, and no other callback", async () => {
    const closed: string[] = [];
    const never = (): Promise<never> =>
      new Promise<never>(() => {
        // Never settles.
      });
    const { router, clock } = setup(
      { name: "stuck", events: [], on: () => undefined, flush: never },
      {
        name: "fine",
        events: [],
        on: () => undefined,
        close: () => {
          closed.push("fine");
          return Promise.resolve();
        },
      },
    );
    let done = false;
    const closing = router.close().then(() => {
      done = true;
    });
    await clock.advance(4_999);
    expect([done, closed]).toEqual([false, ["fine"]]);
    await clock.advance(1);
    await closing;
    expect(clock.timers).toBe(0);
  });
});

describe("every request that starts", () => {
  it("ends with exactly one event: when answered, when failed, and when its stream is abandoned", async () => {
    const { router, provider, count, seen, ask } = setup();
    await ask();
    await router.completion({ model: "nobody", messages }).catch(() => undefined);
    provider.script("*", streams(["one ", "two ", "three"]));
    for await (const chunk of await router.completion({ model: "m", messages, stream: true })) {
      expect(chunk.object).toBe("chat.completion.chunk");
      break;
    }
    expect(count("request_started")).toBe(3);
    expect(count("request_succeeded")).toBe(1);
    const failed = seen.filter((event) => event.type === "request_failed").map((event) => event.error.kind);
    expect(failed).toEqual(["model_not_found", "aborted"]);
  });
});
