// The guide's sections "Basic Router Setup" and "Routing Strategies": what each example promises, in both languages.
import { costBased, latencyBased, leastBusy, simpleShuffle, usageBased } from "@modelyard/strategies";
import { answers } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { both, tally } from "../support/guide-harness.js";

const twice = [
  { modelName: "gpt-4", model: "gpt-4", apiKey: "key1" },
  { modelName: "gpt-4", model: "azure/gpt-4", apiKey: "key2", apiBase: "https://east.openai.azure.com" },
] as const;

const twiceYaml = (settings: string): string => `
model_list:
  - model_name: gpt-4
    litellm_params:
      model: gpt-4
      api_key: key1
  - model_name: gpt-4
    litellm_params:
      model: azure/gpt-4
      api_key: key2
      api_base: https://east.openai.azure.com
router_settings:
  ${settings}
`;

describe.each(
  both(
    {
      modelList: [
        {
          modelName: "gpt-4",
          model: "azure/gpt-4",
          apiKey: "your-key",
          apiBase: "https://your-endpoint.openai.azure.com/",
          tpm: 100_000,
          rpm: 1_000,
        },
        { modelName: "gpt-4", model: "gpt-4", apiKey: "your-openai-key", tpm: 90_000, rpm: 900 },
      ],
      strategy: usageBased(),
      numRetries: 3,
      timeoutMs: 30_000,
      fallbacks: [{ "gpt-4": ["gpt-3.5-turbo"] }],
    },
    `
model_list:
  - model_name: gpt-4
    litellm_params:
      model: azure/gpt-4
      api_key: os.environ/AZURE_API_KEY
      api_base: https://your-endpoint.openai.azure.com/
    tpm: 100000
    rpm: 1000
  - model_name: gpt-4
    litellm_params:
      model: gpt-4
      api_key: os.environ/OPENAI_API_KEY
    tpm: 90000
    rpm: 900
router_settings:
  routing_strategy: usage-based-routing
  num_retries: 3
  timeout: 30
  fallbacks:
    - gpt-4: ["gpt-3.5-turbo"]
`,
  ),
)("the basic setup in %s", (_, start) => {
  it("answers from both deployments, and warns of the fallback that is not in the list", async () => {
    const { ask, calls, warnings } = await start();
    expect((await ask("gpt-4")).choices[0]?.message.content).toBe("hello");
    for (let count = 0; count < 20; count += 1) await ask("gpt-4");
    expect(Object.keys(tally(calls())).toSorted()).toEqual(["azure/gpt-4", "openai/gpt-4"]);
    expect(warnings.filter((warning) => warning.includes("gpt-3.5-turbo"))).toHaveLength(1);
  });

  it("keeps within 1000 and 900 requests a minute, and reports when capacity is free again", async () => {
    const { ask, refusal, calls, clock } = await start({
      "azure/gpt-4": [answers("x")],
      "openai/gpt-4": [answers("x")],
    });
    for (let count = 0; count < 1_900; count += 1) await ask("gpt-4");
    expect(tally(calls())).toEqual({ "azure/gpt-4": 1_000, "openai/gpt-4": 900 });
    const error = await refusal("gpt-4", { numRetries: 0 });
    expect(error).toMatchObject({ status: 429, kind: "no_deployment_available" });
    expect(calls()).toHaveLength(1_900);
    await clock.advance(error.retryAfterMs ?? 0);
    await ask("gpt-4");
    expect(calls()).toHaveLength(1_901);
  });
});

describe.each(both({ modelList: twice, strategy: simpleShuffle() }, twiceYaml("routing_strategy: simple-shuffle")))(
  "simple-shuffle in %s",
  (_, start) => {
    it("spreads calls over the deployments at random", async () => {
      const { ask, calls } = await start();
      for (let count = 0; count < 2_000; count += 1) await ask("gpt-4");
      const shares = tally(calls());
      for (const name of ["openai/gpt-4", "azure/gpt-4"]) {
        expect(shares[name]).toBeGreaterThan(900);
        expect(shares[name]).toBeLessThan(1_100);
      }
    });
  },
);

describe.each(
  both(
    {
      modelList: [
        { ...twice[0], tpm: 100_000, rpm: 1_000 },
        { ...twice[1], tpm: 200_000, rpm: 2_000 },
      ],
      strategy: usageBased(),
    },
    `
model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4, api_key: key1 }
    tpm: 100000 # 100K tokens per minute
    rpm: 1000 # 1K requests per minute
  - model_name: gpt-4
    litellm_params: { model: azure/gpt-4, api_key: key2, api_base: https://east.openai.azure.com }
    tpm: 200000
    rpm: 2000
router_settings:
  routing_strategy: usage-based-routing
`,
  ),
)("usage-based-routing in %s", (_, start) => {
  it("keeps each deployment within its requests a minute", async () => {
    const { ask, refusal, calls } = await start();
    for (let count = 0; count < 3_000; count += 1) await ask("gpt-4");
    expect((await refusal("gpt-4", { numRetries: 0 })).status).toBe(429);
    expect(tally(calls())).toEqual({ "openai/gpt-4": 1_000, "azure/gpt-4": 2_000 });
  });

  it("keeps each deployment within its tokens a minute", async () => {
    const usage = { prompt_tokens: 10_000, completion_tokens: 10_000, total_tokens: 20_000 };
    const script = [answers("x", { usage })];
    const { ask, refusal, calls } = await start({ "openai/gpt-4": script, "azure/gpt-4": script });
    for (let count = 0; count < 15; count += 1) await ask("gpt-4");
    expect((await refusal("gpt-4", { numRetries: 0 })).status).toBe(429);
    expect(tally(calls())).toEqual({ "openai/gpt-4": 5, "azure/gpt-4": 10 });
  });
});

describe.each(
  both(
    { modelList: twice, strategy: latencyBased({ ttlMs: 60_000 }) },
    twiceYaml("routing_strategy: latency-based-routing\n  routing_strategy_args:\n    ttl: 60"),
  ),
)("latency-based-routing in %s", (_, start) => {
  it("prefers the faster deployment, and follows when that changes", async () => {
    const { ask, calls, forget, openai, azure, clock } = await start({
      "openai/gpt-4": [answers("x", { delayMs: 900 })],
      "azure/gpt-4": [answers("x", { delayMs: 100 })],
    });
    for (let count = 0; count < 10; count += 1) await ask("gpt-4");
    forget();
    for (let count = 0; count < 50; count += 1) await ask("gpt-4");
    expect(tally(calls())["azure/gpt-4"]).toBeGreaterThanOrEqual(45);
    openai.script("gpt-4", answers("x", { delayMs: 100 }));
    azure.script("gpt-4", answers("x", { delayMs: 900 }));
    // Measurements are kept for a minute; then both are measured again.
    await clock.advance(60_000);
    for (let count = 0; count < 10; count += 1) await ask("gpt-4");
    forget();
    for (let count = 0; count < 50; count += 1) await ask("gpt-4");
    expect(tally(calls())["openai/gpt-4"]).toBeGreaterThanOrEqual(45);
  });
});

describe.each(both({ modelList: twice, strategy: leastBusy() }, twiceYaml("routing_strategy: least-busy")))(
  "least-busy in %s",
  (_, start) => {
    it("picks the idle deployment", async () => {
      const { router, calls, clock } = await start({
        "openai/gpt-4": [answers("x", { delayMs: 1_000 })],
        "azure/gpt-4": [answers("x", { delayMs: 1_000 })],
      });
      const question = { model: "gpt-4", messages: [{ role: "user" as const, content: "Hello" }] };
      const asked = [];
      for (let count = 0; count < 5; count += 1) {
        asked.push(router.completion(question), router.completion(question));
        await clock.advance(1);
        expect(calls().slice(-2).toSorted()).toEqual(["azure/gpt-4", "openai/gpt-4"]);
      }
      expect(tally(calls())).toEqual({ "openai/gpt-4": 5, "azure/gpt-4": 5 });
      await clock.until(Promise.all(asked));
    });
  },
);

describe.each(
  both(
    {
      modelList: [
        { ...twice[0], inputCostPerToken: 0.000_03, outputCostPerToken: 0.000_06 },
        { ...twice[1], inputCostPerToken: 0.000_025, outputCostPerToken: 0.000_05 },
      ],
      strategy: costBased(),
    },
    `
model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4, api_key: key }
    model_info:
      input_cost_per_token: 0.00003
      output_cost_per_token: 0.00006
  - model_name: gpt-4
    litellm_params: { model: azure/gpt-4, api_key: key, api_base: https://east.openai.azure.com }
    model_info:
      input_cost_per_token: 0.000025
      output_cost_per_token: 0.00005
router_settings:
  routing_strategy: cost-based-routing
`,
  ),
)("cost-based-routing in %s", (_, start) => {
  it("picks the cheaper deployment by its prices in model_info, and reports the cost", async () => {
    const { ask, calls } = await start();
    for (let count = 0; count < 20; count += 1) {
      const { routing } = await ask("gpt-4");
      expect(routing.costUsd).toBeCloseTo(4 * 0.000_025 + 6 * 0.000_05, 10);
    }
    expect(tally(calls())).toEqual({ "azure/gpt-4": 20 });
  });
});
