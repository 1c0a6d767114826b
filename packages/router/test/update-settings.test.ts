import type { DeploymentOptions } from "@modelyard/core";
import {
  answers,
  deploymentOptions,
  failure,
  hangs,
  scriptedProvider,
  streams,
  VirtualClock,
} from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

/** Updates the running router. Its only deployment changes only in the settings of `more`. */
function changed(more: Partial<DeploymentOptions>) {
  const harness = setup({ modelList: [deploymentOptions("a")], numRetries: 0 });
  harness.router.update({ config: { modelList: [deploymentOptions("a", more)], numRetries: 0 } });
  return harness;
}

describe("a configuration change for an existing deployment takes over", () => {
  it("default fields", async () => {
    const { ask, provider } = changed({ defaults: { temperature: 0.5 } });
    await ask();
    expect(provider.calls[0]?.call.request).toMatchObject({ temperature: 0.5 });
  });

  it("dropped fields", async () => {
    const { ask, provider } = changed({ additionalDropParams: ["seed"], dropParams: true });
    await ask({ seed: 1 });
    expect(provider.calls[0]?.call.request).not.toHaveProperty("seed");
    expect(provider.calls[0]?.call.dropParams).toBe(true);
  });

  it("time limits of plain calls and of streams, as explain() shows them", async () => {
    const { ask, provider, clock, router } = changed({ timeoutMs: 300, streamTimeoutMs: 200 });
    provider.script("a", hangs());
    const start = clock.now();
    expect((await failure(ask())).kind).toBe("timeout");
    expect(clock.now() - start).toBe(300);
    expect((await failure(ask({ stream: true }))).kind).toBe("timeout");
    expect(clock.now() - start).toBe(500);
    // In addition to the fields of the request.
    expect((await failure(ask({}, { timeouts: { headersMs: 900_000 } }))).kind).toBe("timeout");
    expect(clock.now() - start).toBe(800);
    expect(router.explain("gpt-4").deployments[0]).toMatchObject({
      plainTimeouts: { totalMs: 300 },
      streamTimeouts: { firstTokenMs: 200 },
    });
  });

  it("the provider", async () => {
    const clock = new VirtualClock();
    const providers = [scriptedProvider({ clock }), scriptedProvider({ clock, name: "azure" })] as const;
    const harness = setup({ clock, providers, modelList: [deploymentOptions("a")] });
    harness.router.update({
      config: { modelList: [deploymentOptions("a", { model: "azure/a", apiBase: "https://azure.example" })] },
    });
    await clock.until(harness.router.completion({ model: "gpt-4", messages: [] }));
    expect(providers.map(({ calls }) => calls.length)).toEqual([0, 1]);
  });
});

describe("tokens that are reserved for an answer", () => {
  it("follow the recent answers, plain and streamed, when the request sets no maximum", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { tpm: 100_000 })], numRetries: 0 });
    const usage = (completion: number) => ({
      prompt_tokens: 0,
      completion_tokens: completion,
      total_tokens: completion,
    });
    const { clock, provider, router, ask } = harness;
    /** The tokens that are reserved during a call, beyond those of the prompt. */
    const held = async (): Promise<number> => {
      await clock.advance(60_000);
      provider.script("a", hangs());
      const stop = new AbortController();
      const running = router.completion({ model: "gpt-4", messages: [] }, { signal: stop.signal });
      await clock.advance(0);
      const tokens = router.state().groups[0]?.deployments[0]?.used.tokens ?? 0;
      stop.abort();
      await running.catch(() => undefined);
      return tokens;
    };
    const prompt = await held();
    const after = async (behavior: ReturnType<typeof answers>, body: object = {}) => {
      provider.script("a", behavior);
      const answer = await ask(body);
      if (Symbol.asyncIterator in answer) for await (const _ of answer as AsyncIterable<unknown>);
      return (await held()) - prompt;
    };
    expect(await after(answers("x", { usage: usage(100) }))).toBe(20);
    expect(await after(answers("x", { usage: usage(101) }))).toBe(37);
    expect(await after(answers("x", { usage: usage(0) }))).toBe(29);
    expect(await after(streams(["x"], { usage: usage(129) }), { stream: true })).toBe(49);
  });
});
