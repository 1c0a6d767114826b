import { type Callback, defineCallback, type RouterEventType } from "@modelyard/core";
import { answers, deploymentOptions, fails, scriptedProvider } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

const config = { modelList: [deploymentOptions("a")], numRetries: 0 };

/** A callback that records what happens to it. */
function recorder(name: string, seen: string[], events: readonly RouterEventType[] = ["request_succeeded"]): Callback {
  return {
    name,
    events,
    start: () => {
      seen.push(`${name} starts`);
    },
    on: ({ type }) => {
      seen.push(`${name}: ${type}`);
    },
    flush: async () => {
      seen.push(`${name} flushes`);
    },
    close: async () => {
      seen.push(`${name} closes`);
    },
  };
}

describe("an update with providers", () => {
  it("calls the new provider for the deployments that stay, which keep their state", async () => {
    const harness = setup({ ...config, allowedFails: 100 });
    harness.provider.script("a", fails("internal_server"));
    await harness.ask().catch(() => undefined);
    const other = scriptedProvider({ clock: harness.clock });
    other.script("a", answers("from the other one"));
    harness.router.update({ config: { ...config, allowedFails: 100 }, providers: [other] });
    expect(await harness.ask()).toMatchObject({ choices: [{ message: { content: "from the other one" } }] });
    expect([harness.provider.calls.length, other.calls.length]).toEqual([1, 1]);
    expect(harness.router.state().groups[0]?.deployments[0]?.used.requests).toBe(2);
  });

  it("lets running calls finish with the old one, and does not close it", async () => {
    const harness = setup(config);
    harness.provider.script("a", answers("old", { delayMs: 100 }));
    const running = harness.ask();
    let closed = 0;
    const other = scriptedProvider({ clock: harness.clock });
    harness.router.update({
      config,
      providers: [{ ...other, call: other.call.bind(other), close: async () => void (closed += 1) }],
    });
    expect(await running).toMatchObject({ choices: [{ message: { content: "old" } }] });
    await harness.router.close();
    expect(closed).toBe(1);
  });

  it("serves deployments of a provider that is new, and refuses those of one that is gone", async () => {
    const harness = setup(config);
    const acme = scriptedProvider({ name: "acme", clock: harness.clock });
    const modelList = [...config.modelList, deploymentOptions("b", { model: "acme/x", modelName: "acme" })];
    harness.router.update({ config: { ...config, modelList }, providers: [harness.provider, acme] });
    await harness.ask({ model: "acme" });
    expect(acme.calls).toHaveLength(1);
    expect(() => {
      harness.router.update({ config: { ...config, modelList }, providers: [harness.provider] });
    }).toThrow(/acme/u);
    await harness.ask({ model: "acme" });
    expect(acme.calls).toHaveLength(2);
  });

  it("checks them", () => {
    const { router, provider } = setup(config);
    expect(() => {
      router.update({ config, providers: [provider, provider] });
    }).toThrow('providers[1]: "openai" is registered twice.');
    expect(() => {
      router.update({ config: { ...config, providers: [] } as never });
    }).toThrow("providers: it is not part of config. Pass it separately");
  });
});

describe("an update with callbacks", () => {
  it("starts those that are new, keeps those that stay, and flushes and closes the others", async () => {
    const seen: string[] = [];
    const [first, second, third] = ["first", "second", "third"].map((name) => recorder(name, seen));
    const harness = setup({ ...config, callbacks: [first!, second!] });
    await harness.ask();
    harness.router.update({ config, callbacks: [second!, third!] });
    await harness.ask();
    await harness.router.close();
    expect(seen).toEqual(
      [
        ["first starts", "second starts", "first: request_succeeded", "second: request_succeeded"],
        ["third starts", "first flushes", "first closes", "second: request_succeeded", "third: request_succeeded"],
        ["second flushes", "third flushes", "second closes", "third closes"],
      ].flat(),
    );
  });

  it("creates events that only the new ones want, and none that nobody wants any more", async () => {
    const seen: string[] = [];
    const harness = setup({ ...config, callbacks: [recorder("old", seen, ["request_started", "request_succeeded"])] });
    harness.router.update({ config, callbacks: [recorder("new", seen, ["attempt_started", "configuration_changed"])] });
    await harness.ask();
    expect(seen.filter((one) => one.includes(":"))).toEqual(["new: configuration_changed", "new: attempt_started"]);
  });

  it("assembles answers for a new one that reads them", async () => {
    const harness = setup({ ...config, callbacks: [] });
    const payloads: unknown[] = [];
    const reader = defineCallback({
      name: "reader",
      events: ["request_succeeded"],
      payload: true,
      on: ({ payload }) => {
        payloads.push(payload?.answer);
      },
    });
    harness.router.update({ config, callbacks: [reader] });
    await harness.ask();
    expect(payloads).toMatchObject([{ object: "chat.completion" }]);
  });

  it("survives one that throws when it starts, and reports it", async () => {
    const failed: string[] = [];
    const watching = defineCallback({
      name: "watching",
      events: ["callback_failed"],
      on: ({ callback }) => {
        failed.push(callback);
      },
    });
    const broken: Callback = {
      name: "broken",
      events: ["request_succeeded"],
      start: () => {
        throw new Error("no");
      },
      on: () => undefined,
    };
    const harness = setup({ ...config, callbacks: [] });
    harness.router.update({ config, callbacks: [watching, broken] });
    await harness.ask();
    expect(failed).toEqual(["broken"]);
  });

  it("checks them", () => {
    const { router } = setup(config);
    expect(() => {
      router.update({ config, callbacks: [{ name: "x", events: ["fallbak"], on: () => undefined }] as never });
    }).toThrow("callbacks[0].events[0]");
  });
});
