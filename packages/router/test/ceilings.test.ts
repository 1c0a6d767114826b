import type { CallOptions } from "@modelyard/core";
import { deploymentOptions, fails, failure, hangs, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup } from "./support/harness.js";

const chain = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    deploymentOptions(`g${String(index)}`, { modelName: `g${String(index)}` }),
  );
const rest = (count: number) => Array.from({ length: count - 1 }, (_, index) => `g${String(index + 1)}`);

/** The number of calls for a request that fails everywhere, and those of its fields that were lowered. */
async function made(options: Partial<HarnessOptions>, body: object, callOptions: CallOptions = {}) {
  const harness = setup({ modelList: chain(1), disableCooldowns: true, ...options });
  harness.provider.script("*", fails("internal_server"));
  const error = await failure(harness.ask({ model: "g0", ...body }, callOptions));
  return { calls: harness.served().length, capped: error.trail?.cappedParams };
}

describe("a request's own num_retries", () => {
  it.each([
    ["lowers the router's", { numRetries: 4 }, 1, 1, []],
    ["does not raise the router's", { numRetries: 2 }, 5, 2, ["num_retries"]],
    ["does not raise 0", { numRetries: 0 }, 5, 0, ["num_retries"]],
    ["raises the default where nothing is configured", {}, 5, 5, []],
    ["ends at 10 where nothing is configured", {}, 9_999, 10, ["num_retries"]],
    ["does not raise a group's", { numRetries: 9, groups: { g0: { numRetries: 1 } } }, 5, 1, ["num_retries"]],
    [
      "does not raise a deployment's",
      { modelList: [deploymentOptions("g0", { modelName: "g0", numRetries: 1 })] },
      5,
      1,
      ["num_retries"],
    ],
    ["does not raise a policy's", { retryPolicy: { InternalServerError: { maxRetries: 3 } } }, 5, 3, ["num_retries"]],
    ["stays below a policy's", { numRetries: 0, retryPolicy: { InternalServerError: { maxRetries: 3 } } }, 2, 2, []],
  ] as const)("%s", async (_, options, wanted, retries, capped) => {
    expect(await made(options as Partial<HarnessOptions>, { num_retries: wanted })).toEqual({
      calls: 1 + retries,
      capped,
    });
  });

  it("may exceed the configured value when code sets it, since code is the operator's", async () => {
    expect(await made({ numRetries: 1 }, {}, { numRetries: 12 })).toEqual({ calls: 13, capped: [] });
    expect(await made({ numRetries: 1 }, { num_retries: 0 }, { numRetries: 3 })).toEqual({ calls: 4, capped: [] });
  });

  it("is capped in options that a server read from a client", async () => {
    expect(await made({ numRetries: 1 }, {}, { numRetries: 12, fromClient: true })).toEqual({
      calls: 2,
      capped: ["num_retries"],
    });
  });

  it("is capped in a request's own fallbacks, and not in the operator's", async () => {
    const modelList = chain(2);
    const entry = { model: "g1", num_retries: 5 };
    const options = { modelList, groups: { g0: { numRetries: 0 }, g1: { numRetries: 1 } } };
    expect(await made(options, { fallbacks: [entry] })).toEqual({ calls: 3, capped: ["num_retries"] });
    const fallbacks = { g0: [{ model: "g1", set: { num_retries: 5 } }] };
    expect(await made({ ...options, fallbacks }, { num_retries: 0 })).toEqual({ calls: 7, capped: [] });
  });
});

describe("a request's own limits on fallbacks and attempts", () => {
  const modelList = chain(15);
  const fallbacks = rest(15);

  it.each([
    ["max_fallbacks lowers the configured one", { maxFallbacks: 4 }, { max_fallbacks: 2 }, 3, []],
    [
      "max_fallbacks does not raise the configured one",
      { maxFallbacks: 1 },
      { max_fallbacks: 9 },
      2,
      ["max_fallbacks"],
    ],
    ["max_fallbacks raises the default of 5", {}, { max_fallbacks: 8 }, 9, []],
    ["max_fallbacks ends at 10 where nothing is configured", {}, { max_fallbacks: 9_999 }, 11, ["max_fallbacks"]],
    ["max_attempts lowers the configured one", { maxAttempts: 3 }, { max_attempts: 2 }, 2, []],
    ["max_attempts does not raise the configured one", { maxAttempts: 3 }, { max_attempts: 9 }, 3, ["max_attempts"]],
    ["max_attempts works where nothing is configured", {}, { max_attempts: 2 }, 2, []],
  ] as const)("%s", async (_, options, body, calls, capped) => {
    expect(await made({ modelList, numRetries: 0, ...options }, { fallbacks, ...body })).toEqual({ calls, capped });
  });
});

it("a request's own deadline does not outlast the configured one", async () => {
  const harness = setup({ modelList: chain(1), numRetries: 0, deadlineMs: 1_000 });
  harness.provider.script("*", hangs());
  const start = harness.clock.now();
  const error = await failure(harness.ask({ model: "g0", deadline: 60 }));
  expect([error.kind, harness.clock.now() - start]).toEqual(["timeout", 1_000]);
  expect(error.trail?.cappedParams).toEqual(["deadline"]);
});

it("a request's own hold_back_events does not exceed the configured one", async () => {
  const harness = setup({ modelList: chain(1), numRetries: 1, holdBackEvents: 1 });
  harness.provider.script("*", streams(["a", "b", "c"], { failAfter: 2 }), streams(["d"]));
  const stream = await harness.ask({ model: "g0", stream: true, hold_back_events: 3 });
  expect((stream as { routing: { cappedParams: unknown } }).routing.cappedParams).toEqual(["hold_back_events"]);
});

describe("lists in a request", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `n${String(index)}`);
  const refused = async (body: object) => {
    const harness = setup({ modelList: chain(1) });
    const { kind, param, message } = await failure(harness.ask({ model: "g0", ...body }));
    expect([kind, harness.served()]).toEqual(["bad_request", []]);
    return [param, message];
  };

  it.each(["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"])(
    "are refused when they have more than 50 entries: %s",
    async (field) => {
      expect(await refused({ [field]: names(51) })).toEqual([
        field,
        `${field} has 51 entries, more than the 50 that a request may have.`,
      ]);
      const [param] = await refused({ [field]: [{ g0: names(60), g1: names(60) }] });
      expect(param).toBe(field);
      expect((await refused({ [field]: names(100_000) }))[0]).toBe(field);
    },
  );

  it.each([
    ["tags", { tags: names(101) }],
    ["metadata.tags", { metadata: { tags: names(101) } }],
    ["allowed_model_region", { allowed_model_region: names(101) }],
  ])("are refused when they have more than 100 entries: %s", async (field, body) => {
    const [param, message] = await refused(body);
    expect([param, message]).toEqual([field, `${field} has 101 entries, more than the 100 that a request may have.`]);
  });

  it("are accepted up to the maximum length", async () => {
    const harness = setup({ modelList: chain(1) });
    await harness.ask({ model: "g0", fallbacks: names(50), tags: names(100), allowed_model_region: undefined });
    expect(harness.served()).toEqual(["g0"]);
  });
});
