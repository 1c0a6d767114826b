import { answers, deploymentOptions, fails, hangs, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("usage limits", () => {
  it("cap parallel calls, and free the slots however calls end", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { maxParallelRequests: 2 })], numRetries: 0 });
    harness.provider.script(
      "a",
      answers("slow", { delayMs: 1_000 }),
      fails("internal_server", { delayMs: 1_000 }),
      answers(),
    );
    const results = await Promise.allSettled([harness.ask(), harness.ask(), harness.ask()]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(harness.provider.calls).toHaveLength(2);
    await harness.ask();
    expect(harness.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
  });

  it("never reserve more than tpm, and are settled to the actual usage", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { tpm: 100 })] });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => harness.router.completion({ model: "gpt-4", max_tokens: 30, messages: [] })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(3);
    expect(harness.router.state().groups[0]?.deployments[0]?.used).toEqual({ requests: 3, tokens: 30 });
  });

  it("keep the in-flight counts right after any mix of endings", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      numRetries: 1,
      timeoutMs: 500,
    });
    harness.provider.script(
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
      failureOrValue(harness.router.completion({ model: "gpt-4", messages: [] }, { signal: controller.signal }), index),
    );
    controllers
      .filter((_, index) => index % 7 === 0)
      .forEach((controller) => {
        controller.abort();
      });
    await harness.clock.until(Promise.all(running));
    expect(harness.router.state().groups[0]?.deployments.map((entry) => entry.inFlight)).toEqual([0, 0]);
    expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
  });
});

async function failureOrValue(promise: Promise<unknown>, index: number): Promise<number> {
  await promise.catch(() => undefined);
  return index;
}
