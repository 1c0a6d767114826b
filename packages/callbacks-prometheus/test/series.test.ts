import { readScrape } from "@modelyard/repo-tests/metrics";
import { answers, fails } from "@modelyard/testing";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { mapCache, setup } from "./support/harness.js";

describe("series of prometheusCallback", () => {
  it("combine all unknown model names, so that 10,000 of them create no new series", async () => {
    const { ask, scrape, clock } = setup({ responseCache: mapCache() });
    await ask();
    await ask("made-up").catch(() => undefined);
    const before = await scrape();
    for (let index = 0; index < 10_000; index += 1) await ask(`made-up-${String(index)}`).catch(() => undefined);
    await clock.advance(0);
    const after = await scrape();
    expect(after.size).toBe(before.size);
    expect([...after.labelValues("requested_model")].toSorted()).toEqual(["gpt-4", "unknown"]);
    expect(
      after.value("litellm_proxy_failed_requests_metric_total", {
        requested_model: "unknown",
        exception_status: "404",
      }),
    ).toBe(10_001);
  });

  it("combine model names that match a pattern under the pattern", async () => {
    const { ask, scrape } = setup({
      fallbacks: [],
      responseCache: mapCache(),
      modelList: [{ id: "w", modelName: "openai/*", model: "openai/*" }],
    });
    for (let index = 0; index < 50; index += 1) await ask(`openai/gpt-${String(index)}`);
    const { labelValues, value } = await scrape();
    expect([...labelValues("requested_model")]).toEqual(["openai/*"]);
    expect([...labelValues("model")].toSorted()).toEqual(["*", "openai/*"]);
    expect(value("litellm_deployment_success_responses_total")).toBe(50);
  });

  it("are separate for each operation", async () => {
    const { router, provider, ask, scrape } = setup({ fallbacks: [] });
    await ask();
    await router.messages({ model: "gpt-4", max_tokens: 5, messages: [{ role: "user", content: "hi" }] });
    await router.responses({ model: "gpt-4", input: "hi" });
    provider.script("a", fails("bad_request"));
    await router.responses({ model: "gpt-4", input: "hi" }).catch(() => undefined);
    const { value } = await scrape();
    const requests = (operation: string, status: string) =>
      value("litellm_proxy_total_requests_metric_total", { operation, status_code: status, model_id: "a" });
    expect([requests("chat", "200"), requests("messages", "200"), requests("responses", "200")]).toEqual([1, 1, 1]);
    expect(requests("responses", "400")).toBe(1);
    expect(value("litellm_proxy_failed_requests_metric_total", { operation: "responses" })).toBe(1);
    expect(value("litellm_total_tokens_metric_total", { model_id: "a" })).toBe(30);
  });

  it("disappear with their deployment when the configuration changes", async () => {
    const { ask, scrape, router } = setup({ fallbacks: [] });
    await ask();
    expect((await scrape()).labelValues("model_id")).toEqual(new Set(["a"]));
    router.update({ config: { modelList: [{ id: "c", modelName: "gpt-4", model: "openai/m" }] } });
    expect((await scrape()).labelValues("model_id")).toEqual(new Set());
  });

  it("contain no key, prompt or answer", async () => {
    const { provider, ask, callback } = setup({ fallbacks: [] });
    provider.script("a", answers("canary answer"), fails("bad_request"));
    await ask();
    await ask().catch(() => undefined);
    expect((await callback.render()).body).not.toContain("canary");
  });

  it("are registered in the user's registry, with its default labels", async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ app: "mine" });
    const { ask } = setup({}, { registry });
    await ask();
    const { value } = readScrape(await registry.metrics());
    expect(value("litellm_request_total_latency_metric_count", { app: "mine", model_id: "a" })).toBe(1);
  });
});
