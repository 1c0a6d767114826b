import type { Callback, SharedState } from "@modelyard/core";
import type { Scrape } from "@modelyard/repo-tests/metrics";
import { answers, deploymentOptions, fails, hangs, streams } from "@modelyard/testing";
import { describeCallback } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { prometheusCallback, type PrometheusOptions } from "./prometheus-callback.js";

import { mapCache, setup } from "../test/support/harness.js";

const left = (remaining: number) => ({ remaining, limit: undefined, resetMs: undefined });

describeCallback("prometheusCallback", { create: () => prometheusCallback() });

describe("prometheusCallback", () => {
  it("counts requests, calls, tokens, money and fallbacks under LiteLLM's names and labels", async () => {
    const { provider, ask, scrape } = setup();
    provider.script("a", answers(), fails("rate_limit"));
    await ask();
    await ask();
    const { value, samples } = await scrape();
    expect(samples.get("litellm_deployment_success_responses_total")?.[0]?.labels).toEqual({
      requested_model: "gpt-4",
      litellm_model_name: "m",
      model_id: "a",
      api_base: "https://east.example.com/v1",
      api_provider: "openai",
    });
    expect(value("litellm_proxy_total_requests_metric_total", { status_code: "200", model_id: "a" })).toBe(1);
    expect(value("litellm_proxy_total_requests_metric_total", { requested_model: "gpt-4", model_id: "b" })).toBe(1);
    expect(value("litellm_deployment_total_requests_total", { model_id: "a" })).toBe(2);
    expect(
      value("litellm_deployment_failure_responses_total", {
        model_id: "a",
        exception_status: "429",
        exception_class: "Openai.RateLimitError",
      }),
    ).toBe(1);
    expect(
      value("litellm_deployment_successful_fallbacks_total", { requested_model: "gpt-4", fallback_model: "spare" }),
    ).toBe(1);
    expect(value("litellm_total_tokens_metric_total", { model_id: "a" })).toBe(10);
    expect(value("litellm_input_tokens_metric_total", { model_id: "a" })).toBe(4);
    expect(value("litellm_output_tokens_metric_total", { model_id: "a" })).toBe(6);
    expect(value("litellm_spend_metric_total", { model_id: "a" })).toBeCloseTo(3.5);
    expect(value("litellm_deployment_rpm_limit", { model_id: "a" })).toBe(500);
  });

  it("counts where the requests of sessions went, and what prompt caches had", async () => {
    const { router, provider, scrape } = setup({ affinity: true });
    const usage = { prompt_tokens: 3_000, completion_tokens: 1, total_tokens: 3_001 };
    const cached = { ...usage, prompt_tokens_details: { cached_tokens: 2_000 } };
    provider.script("*", answers("hello", { usage }), answers("hello", { usage: cached }));
    const messages = [{ role: "user", content: "word ".repeat(2_400) }] as const;
    for (let turn = 0; turn < 2; turn += 1) await router.completion({ model: "gpt-4", messages }, { session: "one" });
    const { value } = await scrape();
    const model = { requested_model: "gpt-4" };
    const requests = "modelyard_affinity_requests_total";
    expect(value(requests, { ...model, key: "session", choice: "placed", reason: "None" })).toBe(1);
    expect(value(requests, { ...model, key: "session", choice: "kept", reason: "None" })).toBe(1);
    expect(value("modelyard_affinity_wanted_tokens_total", model)).toBeGreaterThan(2_900);
    expect(value("modelyard_affinity_cached_tokens_total", model)).toBe(2_000);
  });

  it("measures how long requests waited for limits, and whether a deployment admitted them", async () => {
    const modelList = [deploymentOptions("a", { maxParallelRequests: 1 })];
    const { router, provider, scrape, clock } = setup({ modelList, maxLimitWaitMs: 1_500 });
    provider.script("a", answers("slow", { delayMs: 1_000 }));
    const ask = (): Promise<unknown> => router.completion({ model: "gpt-4", messages: [] });
    await clock.until(Promise.allSettled([ask(), ask(), ask()]));
    const { value } = await scrape();
    const model = { requested_model: "gpt-4" };
    expect(value("modelyard_limit_waits_total", { ...model, admitted: "true" })).toBe(1);
    expect(value("modelyard_limit_wait_seconds_total", { ...model, admitted: "true" })).toBe(1);
    expect(value("modelyard_limit_wait_seconds_total", { ...model, admitted: "false" })).toBe(1.5);
  });

  it("measures answers, first tokens, time per token and the router's overhead in seconds", async () => {
    const { provider, ask, scrape, router, clock } = setup();
    provider.script("a", answers("hello", { delayMs: 600 }), streams(["x", "y"], { firstTokenMs: 70, gapMs: 30 }));
    const asked = ask();
    await clock.advance(600);
    await asked;
    const streaming = router.completion({ model: "gpt-4", messages: [], stream: true }).then(async (stream) => {
      for await (const chunk of stream) expect(chunk.object).toBe("chat.completion.chunk");
    });
    await clock.advance(200);
    await streaming;
    const { value, buckets } = await scrape();
    expect(value("litellm_request_total_latency_metric_count", { model_id: "a" })).toBe(2);
    expect(value("litellm_request_total_latency_metric_sum", { model_id: "a" })).toBeCloseTo(0.7);
    expect(buckets("litellm_llm_api_latency_metric")).toMatchObject({ "0.5": 1, "1": 2, "300": 2, "+Inf": 2 });
    expect(buckets("litellm_llm_api_time_to_first_token_metric")).toMatchObject({ "0.05": 0, "0.1": 1 });
    expect(buckets("litellm_deployment_latency_per_output_token")).toMatchObject({ "0.075": 1, "0.1": 2 });
    expect(buckets("litellm_overhead_latency_metric")).toMatchObject({ "0.0001": 2 });
    expect(Object.keys(buckets("litellm_request_total_latency_metric"))).toHaveLength(36);
  });

  it("shows the state 1 after a failure, 2 during a cooldown, and 0 after its end, even without calls", async () => {
    const { provider, ask, scrape, clock } = setup({ allowedFails: 1, cooldownMs: 120_000 });
    provider.script("a", fails("internal_server"), fails("internal_server"), answers());
    const state = async () => (await scrape()).value("litellm_deployment_state", { model_id: "a" });
    await ask();
    expect(await state()).toBe(1);
    await ask();
    expect(await state()).toBe(2);
    const { value } = await scrape();
    expect(value("litellm_deployment_cooled_down_total", { exception_status: "500", reason: "internal_server" })).toBe(
      1,
    );
    await clock.advance(119_999);
    expect(await state()).toBe(2);
    await clock.advance(1);
    expect(await state()).toBe(0);
  });

  it("counts the usage of a stream that broke and of one that its reader abandoned", async () => {
    const { provider, scrape, router } = setup({ fallbacks: [] });
    provider.script("a", streams(["one ", "two"], { failAfter: 1 }), streams(["one ", "two"]));
    const read = async (most: number): Promise<void> => {
      let count = 0;
      for await (const chunk of await router.completion({ model: "gpt-4", messages: [], stream: true })) {
        count += chunk.choices.length;
        if (count >= most) break;
      }
    };
    await read(10).catch(() => undefined);
    const broken = (await scrape()).value("litellm_total_tokens_metric_total", { model_id: "a" }) ?? 0;
    expect(broken).toBeGreaterThan(0);
    await read(1);
    const { value } = await scrape();
    expect(value("litellm_total_tokens_metric_total", { model_id: "a" })).toBeGreaterThan(broken);
    expect(value("litellm_spend_metric_total", { model_id: "a" })).toBeGreaterThan(0);
  });

  it("shows the remaining requests and tokens that vendors report", async () => {
    const { provider, ask, scrape } = setup();
    provider.script("a", answers("hi", { rateLimit: { requests: left(41), tokens: left(900) } }));
    await ask();
    const { value } = await scrape();
    expect(value("litellm_remaining_requests_metric", { model_group: "gpt-4", model_id: "a" })).toBe(41);
    expect(value("litellm_remaining_tokens_metric", { model_group: "gpt-4", model_id: "a" })).toBe(900);
  });

  it("returns to 0 calls in flight, however the calls end", async () => {
    const { provider, ask, scrape, router, clock } = setup({ timeoutMs: 50, fallbacks: [] });
    provider.script(
      "a",
      answers("x", { delayMs: 10 }),
      fails("internal_server"),
      hangs(),
      hangs(),
      streams(["x", "y"]),
    );
    const leaving = new AbortController();
    const asked = [ask(), ask(), ask()].map((answer) => answer.catch(() => undefined));
    asked.push(router.completion({ model: "gpt-4", messages: [] }, { signal: leaving.signal }).catch(() => undefined));
    await clock.advance(1);
    const inFlight = async () => (await scrape()).value("modelyard_deployment_in_flight", { model_id: "a" });
    expect(await inFlight()).toBe(3);
    leaving.abort();
    await clock.advance(100);
    await Promise.all(asked);
    const stream = await router.completion({ model: "gpt-4", messages: [], stream: true });
    expect(await inFlight()).toBe(1);
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      break;
    }
    expect(await inFlight()).toBe(0);
    const { value } = await scrape();
    expect(value("modelyard_deployment_aborted_calls_total", { model_id: "a" })).toBe(2);
    expect(value("litellm_proxy_total_requests_metric_total", { status_code: "499" })).toBe(2);
  });

  it("counts hits, misses and saved tokens of the cache, and no token twice", async () => {
    const { ask, scrape, clock } = setup({ responseCache: mapCache() });
    for (let count = 0; count < 3; count += 1) {
      await ask();
      await clock.advance(0);
    }
    const { value } = await scrape();
    expect(value("litellm_cache_hits_metric_total", { model: "gpt-4" })).toBe(2);
    expect(value("litellm_cache_misses_metric_total", { model: "gpt-4" })).toBe(1);
    expect(value("litellm_cached_tokens_metric_total", { model: "gpt-4" })).toBe(20);
    expect(value("litellm_total_tokens_metric_total")).toBe(10);
    expect(value("litellm_proxy_total_requests_metric_total", { status_code: "200" })).toBe(3);
  });

  it("counts limits reached, failures of other callbacks, and failures of the strategy", async () => {
    const bad: Callback = {
      name: "bad",
      events: ["request_succeeded"],
      on: () => {
        throw new Error("no");
      },
    };
    const { ask, scrape } = setup({
      callbacks: [bad],
      strategy: { name: "broken", pick: () => ({}) as never },
      modelList: ["a", "b"].map((id) => ({ id, modelName: "gpt-4", model: "openai/m", rpm: 1 })),
      fallbacks: [],
    });
    await ask();
    await ask();
    await ask().catch(() => undefined);
    const { value } = await scrape();
    expect(value("litellm_callback_logging_failures_metric_total", { callback_name: "bad" })).toBe(2);
    expect(value("modelyard_strategy_failures_total", { strategy: "broken" })).toBeGreaterThan(0);
    expect(value("modelyard_deployment_limit_reached_total", { limit: "rpm" })).toBeGreaterThan(0);
    expect(
      value("litellm_proxy_failed_requests_metric_total", { requested_model: "gpt-4", exception_status: "429" }),
    ).toBe(1);
  });

  it("shows whether limits are shared", async () => {
    let setAvailable: (available: boolean) => void = () => undefined;
    const unused = (): never => {
      throw new Error("no call is made");
    };
    const sharedState: SharedState = {
      name: "redis",
      available: true,
      onAvailability: (listener) => {
        setAvailable = listener;
        return () => undefined;
      },
      onCooldown: () => () => undefined,
      cooldowns: () => [],
      reserve: unused,
      settle: unused,
      extend: unused,
      used: unused,
      startCooldown: unused,
      endCooldown: unused,
      close: unused,
    };
    const { scrape } = setup({ sharedState });
    for (const available of [false, true]) {
      setAvailable(available);
      expect((await scrape()).value("modelyard_shared_state_available", { state: "redis" })).toBe(Number(available));
    }
  });

  it("counts only the outcomes named by `on`", async () => {
    const run = async (on: PrometheusOptions["on"] & object): Promise<Scrape> => {
      const { provider, ask, scrape } = setup({ fallbacks: [] }, { on });
      provider.script("a", answers(), fails("internal_server"));
      await ask();
      await ask().catch(() => undefined);
      return scrape();
    };
    const successes = await run(["success"]);
    expect(successes.value("litellm_deployment_success_responses_total")).toBe(1);
    expect(successes.value("litellm_deployment_failure_responses_total")).toBeUndefined();
    expect(successes.value("litellm_proxy_failed_requests_metric_total")).toBeUndefined();
    const failures = await run(["failure"]);
    expect(failures.value("litellm_deployment_success_responses_total")).toBe(0);
    expect(failures.value("litellm_deployment_failure_responses_total")).toBe(1);
    expect(failures.value("litellm_proxy_failed_requests_metric_total")).toBe(1);
    for (const one of [successes, failures])
      expect(one.value("modelyard_deployment_in_flight", { model_id: "a" })).toBe(0);
  });
});

it.each<readonly [object, string]>([
  [{ registery: {} }, 'prometheus.registery: unknown option. Did you mean "registry"?'],
  [{ registry: {} }, 'prometheus.registry: it has no method "registerMetric".'],
])("rejects options that cannot work: %j", (options, message) => {
  expect(() => prometheusCallback(options as never)).toThrow(message);
});
