import type { Usage } from "@modelyard/core";
import { answers, deploymentOptions, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup, trailOf } from "./support/harness.js";

const harness = () => {
  const entry = deploymentOptions("a", { modelName: "gpt-4", inputCostPerToken: 1, outputCostPerToken: 10 });
  return setup({ modelList: [entry], numRetries: 0 });
};
const counts = ({ prompt_tokens, completion_tokens, total_tokens }: Usage) => ({
  prompt_tokens,
  completion_tokens,
  total_tokens,
});
const all = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const reports: readonly (readonly [string, object, object | undefined, number | undefined])[] = [
  ["a whole report", all, all, 23],
  [
    "embeddings', as OpenAI reports them",
    { prompt_tokens: 3, total_tokens: 3 },
    { ...all, completion_tokens: 0, total_tokens: 3 },
    3,
  ],
  ["a report without a total", { prompt_tokens: 3, completion_tokens: 2 }, all, 23],
  ["a report without the prompt", { completion_tokens: 2, total_tokens: 5 }, all, 23],
  ["a total alone", { total_tokens: 5 }, { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 }, 5],
  ["a report with a null", { ...all, completion_tokens: null }, all, 23],
  ["a report with a string", { ...all, total_tokens: "5" }, all, 23],
  ["a report with invalid details", { ...all, prompt_tokens_details: { cached_tokens: "x" } }, all, 23],
  ["a report of the answer alone", { completion_tokens: 2 }, undefined, undefined],
  ["a report without tokens", { credits: 4 }, undefined, undefined],
];

describe("usage that a vendor reports", () => {
  it.each(reports)("is read into numbers, costs and limits: %s", async (_, reported, usage, costUsd) => {
    for (const behavior of [answers, (_text: string, more: object) => streams(["hi"], more)]) {
      const { ask, provider, events, router } = harness();
      provider.script("a", behavior("hi", { usage: reported as Usage }));
      const answer = await ask({ stream: behavior !== answers });
      if (Symbol.asyncIterator in answer) for await (const _chunk of answer as AsyncIterable<unknown>);
      const trail = trailOf(answer);
      expect(trail.usage && counts(trail.usage)).toEqual(usage);
      expect(trail.costUsd).toBe(costUsd);
      const succeeded = events.find((event) => event.type === "attempt_succeeded");
      expect(succeeded).toMatchObject({ usage: trail.usage, costUsd });
      expect(router.state().groups[0]?.deployments[0]?.used.tokens).toBeGreaterThan(0);
    }
  });
});
