import { answers, deploymentOptions } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("router.close()", () => {
  it("waits for callbacks that are still flushing, also when it is called again meanwhile", async () => {
    let flushes = 0;
    let flushed: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      flushed = resolve;
    });
    const flush = (): Promise<void> => {
      flushes += 1;
      return held;
    };
    const { router } = setup({
      modelList: [deploymentOptions("a")],
      callbacks: [{ name: "holds-back", events: [], on: () => undefined, flush }],
    });
    const order: string[] = [];
    const first = router.close().then(() => order.push("first"));
    const second = router.close().then(() => order.push("second"));
    await Promise.resolve();
    order.push("flushed");
    flushed();
    await Promise.all([first, second]);
    await router.close();
    expect([order, flushes]).toEqual([["flushed", "first", "second"], 1]);
  });

  it("refuses new calls at once, and lets those in progress end", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", answers("Hello", { delayMs: 300 }));
    const call = harness.router.completion({ model: "gpt-4", messages: [] });
    const closing = harness.router.close();
    await expect(harness.router.completion({ model: "gpt-4", messages: [] })).rejects.toMatchObject({
      kind: "service_unavailable",
    });
    await harness.clock.until(closing);
    expect((await harness.clock.until(call)).choices[0]?.message.content).toBe("Hello");
  });
});
