import { systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { prometheusCallback } from "./prometheus-callback.js";

function setup() {
  const callback = prometheusCallback();
  const provider = scriptedProvider({ clock: systemClock });
  const priced = { inputCostPerToken: 0.5, outputCostPerToken: 0.25 };
  const router = createRouter({
    providers: [provider],
    callbacks: [callback],
    numRetries: 0,
    fallbacks: { "gpt-4": ["spare"] },
    modelList: [
      { id: "a", modelName: "gpt-4", model: "openai/m", ...priced },
      { id: "b", modelName: "spare", model: "openai/n", ...priced },
    ],
  });
  return {
    callback,
    provider,
    ask: (model = "gpt-4") => router.completion({ model: model as "gpt-4", messages: [] }),
    router,
  };
}

describe("prometheusCallback", () => {
  it("counts calls, tokens, money and fallbacks under LiteLLM's names", async () => {
    const { callback, provider, ask } = setup();
    provider.script("a", answers(), fails("rate_limit"));
    await ask();
    await ask();
    const { body, contentType } = await callback.render();
    expect(contentType).toContain("text/plain");
    const value = (pattern: RegExp): number => Number(pattern.exec(body)?.[1]);
    expect(value(/^litellm_deployment_success_responses\{.*model_id="a".*\} (.*)$/mu)).toBe(1);
    expect(
      value(
        /^litellm_deployment_failure_responses\{.*model_id="a".*exception_status="429",exception_class="RateLimitError"\} (.*)$/mu,
      ),
    ).toBe(1);
    expect(
      value(/^litellm_deployment_successful_fallbacks\{requested_model="gpt-4",fallback_model="spare".*\} (.*)$/mu),
    ).toBe(1);
    expect(value(/^litellm_total_tokens_metric\{.*model_id="a"\} (.*)$/mu)).toBe(10);
    expect(value(/^litellm_spend_metric\{.*model_id="a"\} (.*)$/mu)).toBeCloseTo(3.5);
    expect(value(/^litellm_deployment_state\{.*model_id="a".*\} (.*)$/mu)).toBe(2);
  });

  it("measures the first token of streams", async () => {
    const { callback, provider, router } = setup();
    provider.script("a", streams(["x"]));
    for await (const chunk of await router.completion({ model: "gpt-4", messages: [], stream: true }))
      expect(chunk.object).toBe("chat.completion.chunk");
    expect((await callback.render()).body).toMatch(/^litellm_llm_api_time_to_first_token_metric_count\{.*\} 1$/mu);
  });

  it("folds names of callers' invention into one", async () => {
    const { callback, ask } = setup();
    for (const name of ["made-up-1", "made-up-2"]) await ask(name).catch(() => undefined);
    const { body } = await callback.render();
    expect(body).toMatch(
      /^litellm_proxy_failed_requests_metric\{requested_model="unknown",exception_status="404".*\} 2$/mu,
    );
    expect(body).not.toContain("made-up");
  });
});
