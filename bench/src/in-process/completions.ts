import { memoryCache } from "@modelyard/cache-memory";
import { prometheusCallback } from "@modelyard/callbacks-prometheus";
import { type Provider, systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { chatAnswer } from "../servers/canned-answers.js";
import { best, type Results } from "./timing.js";

const answer = Promise.resolve({ kind: "answer" as const, value: JSON.parse(chatAnswer(1_024).toString()) as never });
/** Answers at once: what is left is the engine. */
const instant: Provider = { name: "openai", specVersion: 1, operations: ["chat"], call: () => answer };
const request = { model: "g0", messages: [{ role: "user" as const, content: "hello" }] };

type Extra = Partial<Parameters<typeof createRouter>[0]>;

function routerOf(deployments: number, groups: number, extra: Extra = {}) {
  return createRouter({
    providers: [instant],
    clock: systemClock,
    modelList: Array.from({ length: deployments * groups }, (_, index) => ({
      modelName: `g${String(index % groups)}`,
      model: "openai/m",
      apiKey: String(index),
    })),
    ...extra,
  });
}

/** `router.completion()`, in microseconds. */
export async function completions(): Promise<Results> {
  const results: Results = {};
  const measure = async (name: string, run: () => Promise<unknown>): Promise<void> => {
    results[`completion, ${name}, us`] = await best(run, 5_000);
  };
  for (const [deployments, groups] of [
    [3, 1],
    [10, 1],
    [1_000, 1],
    [3, 1_000],
  ] as const) {
    const router = routerOf(deployments, groups);
    await measure(`${String(deployments)} deployments in each of ${String(groups)} groups`, () =>
      router.completion(request),
    );
  }
  const counted = routerOf(3, 1, { callbacks: [prometheusCallback()] });
  await measure("Prometheus on", () => counted.completion(request));
  const cached = routerOf(3, 1, { responseCache: memoryCache() });
  await measure("cache hit", () => cached.completion(request));
  let calls = 0;
  await measure("cache miss", () => {
    calls += 1;
    return cached.completion({ ...request, seed: calls });
  });
  return results;
}
