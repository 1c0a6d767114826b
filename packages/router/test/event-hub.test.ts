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

/** As users write it: an async function passes for one that returns nothing. */
const asynchronous = (on: () => Promise<never>): Callback =>
  ({ name: "bad", events: ["request_succeeded"], on }) as unknown as Callback;
const rejecting = asynchronous(() => Promise.reject(new Error("no")));
const hanging = asynchronous(
  () =>
    new Promise<never>(() => {
      // Never settles.
    }),
);

describe("a callback that", () => {
  it.each([
    ["throws", throwing, 1],
    ["rejects", rejecting, 1],
    ["hangs", hanging, 0],
  ])("%s costs the caller nothing, and is told of", async (_, callback, told) => {
    const { ask, count, clock } = setup(callback);
    expect((await ask()).choices).toHaveLength(1);
    await clock.advance(0);
    expect(count("callback_failed")).toBe(told);
    expect(count("request_succeeded")).toBe(1);
  });

  it.each([
    ["an object without a prototype", Object.create(null)],
    ["an error whose stack cannot be read", Object.defineProperty(new Error("no"), "stack", { get: () => fail() })],
    ["a symbol", Symbol("no")],
    ["nothing", undefined],
  ])("throws %s costs the caller nothing, and is reported by one line", async (_, thrown) => {
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

  it("fails all the time is logged once a minute, and counted every time", async () => {
    const { ask, count, clock, warnings } = setup(throwing);
    for (let calls = 0; calls < 10; calls += 1) await ask();
    expect(warnings).toHaveLength(1);
    expect(count("callback_failed")).toBe(10);
    await clock.advance(60_000);
    await ask();
    expect(warnings[1]).toMatchObject({ callback: "bad", times: 10 });
  });

  it("loses events later tells of it by the report it was given", async () => {
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

  it("throws at the news of its own failures ends there", async () => {
    const { ask, count } = setup({ ...throwing, events: ["request_succeeded", "callback_failed"] });
    await ask();
    expect(count("callback_failed")).toBe(1);
  });

  it("never finishes its flush holds a shutdown up for 5 s, not longer, and nobody else's", async () => {
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

describe("every request that is begun", () => {
  it("is ended once: answered, failed, and left in the middle of a stream", async () => {
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
