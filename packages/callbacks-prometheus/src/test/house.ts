import { type Cache, seededRandom } from "@modelyard/core";
import { readScrape, type Scrape } from "@modelyard/repo-tests/metrics";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import { scriptedProvider, type ScriptedProvider, VirtualClock } from "@modelyard/testing";
import { type PrometheusCallback, prometheusCallback, type PrometheusOptions } from "../prometheus-callback.js";

const priced = { inputCostPerToken: 0.5, outputCostPerToken: 0.25 };

export interface House {
  readonly clock: VirtualClock;
  readonly callback: PrometheusCallback;
  readonly provider: ScriptedProvider;
  readonly router: Router;
  readonly ask: (model?: string) => Promise<unknown>;
  readonly scrape: () => Promise<Scrape>;
}

/** A router over a scripted vendor on a virtual clock, and what a scrape of its metrics says. */
export function setup(options: Partial<CreateRouterOptions> = {}, how: PrometheusOptions = {}): House {
  const clock = new VirtualClock();
  const callback = prometheusCallback({ clock, ...how });
  const provider = scriptedProvider({ clock });
  const router: Router = createRouter({
    providers: [provider],
    clock,
    random: seededRandom(1),
    numRetries: 0,
    slowStartMs: 0,
    fallbacks: { "gpt-4": ["spare"] },
    modelList: [
      {
        id: "a",
        modelName: "gpt-4",
        model: "openai/m",
        apiKey: "sk-canary-canary",
        apiBase: "https://user:canary@east.example.com/v1?key=canary",
        rpm: 500,
        ...priced,
      },
      { id: "b", modelName: "spare", model: "openai/n", ...priced },
    ],
    ...options,
    callbacks: [callback, ...(options.callbacks ?? [])],
  });
  return {
    clock,
    callback,
    provider,
    router,
    ask: (model = "gpt-4") => router.completion({ model, messages: [{ role: "user", content: "canary question" }] }),
    scrape: async (): Promise<Scrape> => readScrape((await callback.render()).body),
  };
}

/** A cache without an end. */
export function mapCache(): Cache {
  const kept = new Map<string, string>();
  return {
    name: "map",
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => {
      kept.set(key, value);
      return Promise.resolve();
    },
    delete: (key) => {
      kept.delete(key);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
