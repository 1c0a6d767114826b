import { memoryCache } from "@modelyard/cache-memory";
import { prometheusCallback } from "@modelyard/callbacks-prometheus";
import type { Provider } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { chatAnswer } from "../wires/chat.js";
import { bestOf, type Results } from "./timing.js";

const answer = Promise.resolve({ kind: "answer" as const, value: JSON.parse(chatAnswer(1_024).toString()) as never });
/** Answers at once, so that only the engine is measured. */
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

/** Time of `router.completion()` in microseconds, and how it grows with the number of deployments and groups. */
export async function completions(): Promise<Results> {
  const [few, ten, many, groups] = [routerOf(3, 1), routerOf(10, 1), routerOf(1_000, 1), routerOf(3, 1_000)];
  const counted = routerOf(3, 1, { callbacks: [prometheusCallback()] });
  const cached = routerOf(3, 1, { responseCache: memoryCache() });
  let calls = 0;
  const us = await bestOf(
    {
      "3 deployments": () => few.completion(request),
      "10 deployments": () => ten.completion(request),
      "1,000 deployments": () => many.completion(request),
      "3 deployments in each of 1,000 groups": () => groups.completion(request),
      "Prometheus on": () => counted.completion(request),
      "cache hit": () => cached.completion(request),
      "cache miss": () => {
        calls += 1;
        return cached.completion({ ...request, seed: calls });
      },
    },
    5_000,
  );
  const named = Object.entries(us).map(([name, value]) => [`completion, ${name}, us`, value]);
  return {
    ...(Object.fromEntries(named) as Results),
    "completion, 1,000 deployments over 3": us["1,000 deployments"] / us["3 deployments"],
    "completion, 1,000 groups over 1": us["3 deployments in each of 1,000 groups"] / us["3 deployments"],
  };
}
