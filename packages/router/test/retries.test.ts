import type { CallOptions, DeploymentOptions, RetryPolicy } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, hangs, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

/** The number of calls and virtual milliseconds that a request took before it failed. */
async function spent(
  harness: Harness,
  body: object = {},
  options: CallOptions = {},
): Promise<readonly [number, number]> {
  const began = harness.clock.now();
  await failure(harness.ask(body, options));
  return [harness.provider.calls.length, harness.clock.now() - began];
}

const still = { next: () => 0, id: () => "id" };

function failing(
  kind: Parameters<typeof fails>[0],
  options: Partial<HarnessOptions> & { readonly size?: number } = {},
): Harness {
  const { size = 1, ...more } = options;
  const modelList = Array.from({ length: size }, (_, index) => deploymentOptions(`d${String(index)}`));
  const harness = setup({ modelList, random: still, ...more });
  harness.provider.script("*", fails(kind));
  return harness;
}

describe("retries", () => {
  it.each([
    ["a group of 1, always 500", 3, failing("internal_server")],
    ["a group of 1, 401", 1, failing("authentication")],
    ["a group of 1, 400", 1, failing("bad_request")],
    ["a group of 2, 400", 1, failing("bad_request", { size: 2 })],
    ["a group of 2, always 401", 2, failing("authentication", { size: 2 })],
    ["a group of 2, always 404", 2, failing("not_found", { size: 2 })],
    ["a group of 3, always 500", 3, failing("internal_server", { size: 3 })],
    ["no retries", 1, failing("internal_server", { numRetries: 0 })],
    ["a connection that is refused", 3, failing("api_connection")],
    ["409", 3, failing("conflict")],
    ["413 and 422 alike", 1, failing("payload_too_large", { size: 2 })],
  ])("of %s make %i calls", async (_, calls, harness) => {
    expect((await spent(harness))[0]).toBe(calls);
  });

  it("use increasing waits for the same deployment, and no wait for another one", async () => {
    expect(await spent(failing("internal_server", { numRetries: 6 }))).toEqual([
      7,
      500 + 1_000 + 2_000 + 4_000 + 8_000 + 8_000,
    ]);
    expect(await spent(failing("internal_server", { size: 3 }))).toEqual([3, 0]);
    expect(await spent(failing("internal_server", { numRetries: 2, retryAfterMs: 5_000 }))).toEqual([3, 10_000]);
    expect(await spent(failing("internal_server", { numRetries: 2, retryAfterMs: 120_000 }))).toEqual([3, 16_000]);
  });

  it("wait for the first deployment that its vendor allows again when the whole group is rate limited", async () => {
    expect(await spent(failing("rate_limit", { size: 2 }))).toEqual([3, 1_000]);
    const harness = failing("rate_limit", { size: 2, numRetries: 3 });
    harness.provider.script("d0", fails("rate_limit", { retryAfterMs: 9_000 }));
    harness.provider.script("d1", fails("rate_limit", { retryAfterMs: 30_000 }));
    expect(await spent(harness)).toEqual([4, 18_000]);
  });

  it("go to untried deployments before they return to a tried one", async () => {
    const harness = failing("internal_server", { size: 3, numRetries: 5, disableCooldowns: true });
    await failure(harness.ask());
    expect(new Set(harness.served().slice(0, 3)).size).toBe(3);
    expect(harness.served()).toHaveLength(6);
  });

  it("do not count a deployment that the request may not use as an alternative", async () => {
    const modelList = [deploymentOptions("eu", { regionName: "eu" }), deploymentOptions("us", { regionName: "us" })];
    const harness = setup({ modelList, numRetries: 2 });
    harness.provider.script("eu", fails("internal_server"), answers("good"));
    await harness.ask({ allowed_model_region: "eu" });
    expect(harness.served()).toEqual(["eu", "eu"]);
    const full = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b", { rpm: 1 })], numRetries: 2 });
    full.provider.script("a", fails("internal_server"), answers("good"));
    while (!full.served().includes("b")) await full.ask();
    full.provider.script("a", fails("internal_server"), answers("good"));
    expect(await full.ask()).toMatchObject({ choices: [{ message: { content: "good" } }] });
  });

  it.each([
    ["the request's", { numRetries: 1 }, {}, 2],
    ["the body's", {}, { num_retries: 1 }, 2],
    ["the body's max_retries", {}, { max_retries: 1 }, 2],
    ["the body's num_retries, not its max_retries,", {}, { max_retries: 5, num_retries: 1 }, 2],
    ["the calling code's, not the body's,", { numRetries: 0 }, { num_retries: 4 }, 1],
    ["the policy's", {}, {}, 4],
  ])("take their number from %s setting", async (_, options, body, calls) => {
    const harness = failing("internal_server", {
      numRetries: 5,
      retryPolicy: { InternalServerError: { maxRetries: 3 } },
    });
    expect((await spent(harness, body, options))[0]).toBe(calls);
  });

  it.each([
    ["the deployment's", { numRetries: 1 }, { groups: { "gpt-4": { numRetries: 3 } } }, 2],
    ["the group's", {}, { groups: { "gpt-4": { numRetries: 3 } } }, 4],
    ["the router's", {}, {}, 6],
  ] as const)(
    "take their number from %s setting if no policy applies",
    async (_, deployment: Partial<DeploymentOptions>, more, calls) => {
      const harness = failing("internal_server", {
        modelList: [deploymentOptions("a", deployment)],
        numRetries: 5,
        ...more,
      });
      expect((await spent(harness))[0]).toBe(calls);
    },
  );

  it("follow a group's policy instead of the router's, as a whole", async () => {
    const policy: HarnessOptions["modelGroupRetryPolicy"] = { "gpt-4": { RateLimitError: 0 } };
    const harness = failing("internal_server", {
      retryPolicy: { InternalServerError: 4 },
      modelGroupRetryPolicy: policy,
    });
    expect((await spent(harness))[0]).toBe(3);
    expect((await spent(failing("rate_limit", { modelGroupRetryPolicy: policy })))[0]).toBe(1);
  });

  it("follow a policy for failures that are not retried by default", async () => {
    const again = async (kind: Parameters<typeof fails>[0], retryPolicy: RetryPolicy) =>
      (await spent(failing(kind, { retryPolicy })))[0];
    expect(await again("bad_request", { BadRequestError: 2 })).toBe(3);
    expect(await again("content_policy_violation", { ContentPolicyViolationError: 3 })).toBe(4);
    expect(await again("context_window_exceeded", { BadRequestError: 1 })).toBe(2);
    expect(await again("authentication", { AuthenticationError: 2 })).toBe(3);
    expect(await again("rate_limit", { RateLimitError: 0 })).toBe(1);
  });

  it("are counted by the kind of each failure", async () => {
    const harness = failing("internal_server", {
      retryPolicy: { RateLimitError: 4, InternalServerError: 1 },
      numRetries: 0,
    });
    harness.provider.script("d0", fails("rate_limit"), fails("internal_server"));
    expect((await spent(harness))[0]).toBe(2);
    harness.provider.script("d0", fails("internal_server"), fails("rate_limit"));
    expect((await spent(harness))[0] - 2).toBe(5);
  });
});

describe("Retry-After", () => {
  const limited = (retryAfterMs: number, more: Partial<HarnessOptions> = {}): Harness => {
    const harness = failing("rate_limit", more);
    harness.provider.script("*", fails("rate_limit", { retryAfterMs }), answers("at last"));
    return harness;
  };

  it.each([1_500, 7_000, 60_000])("of %i ms is honored when no other deployment can serve", async (retryAfterMs) => {
    const harness = limited(retryAfterMs);
    const began = harness.clock.now();
    await harness.ask();
    expect(harness.clock.now() - began).toBe(retryAfterMs);
  });

  it("of more than a minute is not waited for: the error is returned at once and states it", async () => {
    const harness = limited(60_001);
    const began = harness.clock.now();
    expect(await failure(harness.ask())).toMatchObject({ kind: "rate_limit", retryAfterMs: 60_001 });
    expect([harness.clock.now() - began, harness.clock.timers]).toEqual([0, 0]);
  });

  it("is not waited for beyond the deadline, or where a fallback or another deployment can serve", async () => {
    const late = limited(7_000);
    const began = late.clock.now();
    expect((await failure(late.ask({}, { deadlineMs: 7_000 }))).kind).toBe("rate_limit");
    expect(late.clock.now()).toBe(began);
    for (const more of [
      // A wait of seven seconds is longer than `maxRetryWaitMs`.
      {
        modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
        fallbacks: { "gpt-4": ["other"] },
      },
      { size: 2 },
    ]) {
      const helped = limited(7_000, more);
      const start = helped.clock.now();
      await helped.ask();
      expect(helped.clock.now()).toBe(start);
    }
  });

  it("of one deployment does not delay a retry on another that failed otherwise", async () => {
    const harness = failing("rate_limit", { size: 2, disableCooldowns: true, numRetries: 2 });
    harness.provider.script("d0", fails("internal_server"), answers("good"));
    harness.provider.script("d1", fails("rate_limit", { retryAfterMs: 50_000 }), fails("internal_server"));
    const began = harness.clock.now();
    await harness.ask().catch(() => undefined);
    expect(harness.clock.now() - began).toBeLessThan(50_000);
  });
});

describe("a deployment that stays silent", () => {
  it("is retried when no other deployment remains in any group", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], timeoutMs: 1_000, random: still });
    harness.provider.script("a", hangs());
    expect(await spent(harness)).toEqual([3, 3_000 + 500 + 1_000]);
  });

  it("is not retried while another deployment or a fallback exists, although others are retried", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a", { order: 1 }), deploymentOptions("b", { order: 2 })],
      timeoutMs: 1_000,
      numRetries: 4,
    });
    harness.provider.script("a", hangs());
    harness.provider.script("b", fails("internal_server"));
    await failure(harness.ask());
    expect(harness.served()).toEqual(["a", "b", "b", "b", "b"]);
    const chain = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      timeoutMs: 1_000,
    });
    chain.provider.script("a", hangs());
    await chain.ask();
    expect(chain.served()).toEqual(["a", "b"]);
  });

  it("is retried if a policy asks for it", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      timeoutMs: 1_000,
      retryPolicy: { Timeout: 3 },
    });
    harness.provider.script("*", hangs());
    expect((await spent(harness))[0]).toBe(4);
  });

  it("takes no longer than the deadline, whatever the policy", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a")],
      timeoutMs: 1_000,
      retryPolicy: { Timeout: 50 },
      deadlineMs: 4_200,
    });
    harness.provider.script("*", hangs());
    const [, ms] = await spent(harness);
    expect(ms).toBeLessThanOrEqual(4_200);
    expect([harness.clock.timers, harness.router.inFlight]).toEqual([0, 0]);
  });
});

describe("timeouts", () => {
  const levels = {
    router: { timeoutMs: 4_000, streamTimeoutMs: 40_000 },
    group: { timeoutMs: 3_000, streamTimeoutMs: 30_000 },
    deployment: { timeoutMs: 2_000, streamTimeoutMs: 20_000 },
    request: { timeoutMs: 1_000, streamTimeoutMs: 10_000 },
  };
  type Level = keyof typeof levels;
  const waits = async (said: readonly Level[], stream: boolean, only?: "timeoutMs"): Promise<number> => {
    const at = (level: Level) => {
      const both = said.includes(level) ? levels[level] : {};
      return only === undefined || !("timeoutMs" in both) ? both : { timeoutMs: both.timeoutMs };
    };
    const harness = setup({
      ...at("router"),
      groups: { "gpt-4": at("group") },
      modelList: [deploymentOptions("a", at("deployment"))],
      numRetries: 0,
    });
    harness.provider.script("a", hangs());
    const [, ms] = await spent(harness, { stream }, at("request"));
    return ms;
  };

  it.each([
    [["router"], 4_000],
    [["router", "group"], 3_000],
    [["router", "group", "deployment"], 2_000],
    [["router", "group", "deployment", "request"], 1_000],
    [["router", "request"], 1_000],
    [["deployment"], 2_000],
    [["request"], 1_000],
  ] as [Level[], number][])("of %j are %i ms for plain calls, and ten times that for streams", async (said, ms) => {
    expect(await waits(said, false)).toBe(ms);
    expect(await waits(said, true)).toBe(ms * 10);
    expect(await waits(said, true, "timeoutMs")).toBe(ms);
  });

  it.each([
    [{ timeout: 1 }, false, 1_000],
    [{ timeout: "1.5" }, false, 1_500],
    [{ request_timeout: 2 }, false, 2_000],
    [{ request_timeout: 2, timeout: 1 }, false, 1_000],
    [{ timeout: 1, request_timeout: 2 }, false, 1_000],
    [{ timeout: 0 }, false, 9_000],
    [{ stream_timeout: 3 }, false, 9_000],
    [{ stream_timeout: 3 }, true, 3_000],
    [{ timeout: 1 }, true, 1_000],
    [{ timeout: 1, stream_timeout: 3 }, true, 3_000],
  ])("are read from the body: %j, stream %s, %i ms", async (body, stream, ms) => {
    const harness = setup({ modelList: [deploymentOptions("a")], timeoutMs: 9_000, numRetries: 0 });
    harness.provider.script("a", hangs());
    expect((await spent(harness, { ...body, stream }))[1]).toBe(ms);
    expect(harness.provider.calls[0]?.call.request).not.toHaveProperty("timeout");
  });

  it("limit the gaps of a stream, not its length", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], streamTimeoutMs: 1_000, timeoutMs: 1_500 });
    harness.provider.script("a", streams(["a", "b", "c", "d"], { gapMs: 900 }));
    const stream = await harness.router.completion({ model: "gpt-4", messages: [], stream: true });
    let count = 0;
    await harness.clock.until(
      (async () => {
        for await (const _ of stream) count += 1;
      })(),
    );
    expect(count).toBe(5);
    expect(trailOf(stream).attempts).toHaveLength(1);
  });
});
