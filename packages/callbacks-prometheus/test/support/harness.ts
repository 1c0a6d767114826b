import type { Cache } from "@modelyard/core";
import { readScrape, type Scrape } from "@modelyard/repo-tests/metrics";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import { deploymentOptions, routerHarness, type ScriptedProvider, type VirtualClock } from "@modelyard/testing";
import { type PrometheusCallback, prometheusCallback, type PrometheusOptions } from "../../src/prometheus-callback.js";

const priced = { inputCostPerToken: 0.5, outputCostPerToken: 0.25 };
const east = { apiKey: "sk-canary-canary", apiBase: "https://user:canary@east.example.com/v1?key=canary", rpm: 500 };

export interface PrometheusHarness {
  readonly clock: VirtualClock;
  readonly callback: PrometheusCallback;
  readonly provider: ScriptedProvider;
  readonly router: Router;
  readonly ask: (model?: string) => Promise<unknown>;
  readonly scrape: () => Promise<Scrape>;
}

/** A router with a scripted provider and `prometheusCallback` on a virtual clock. `scrape` parses the metrics. */
export function setup(options: Partial<CreateRouterOptions> = {}, metrics: PrometheusOptions = {}): PrometheusHarness {
  let callback = prometheusCallback();
  const { clock, provider, router } = routerHarness<Router>((defaults) => {
    callback = prometheusCallback({ clock: defaults.clock, ...metrics });
    return createRouter({
      ...defaults,
      numRetries: 0,
      slowStartMs: 0,
      fallbacks: { "gpt-4": ["spare"] },
      modelList: [
        deploymentOptions("a", { model: "openai/m", ...east, ...priced }),
        deploymentOptions("b", { modelName: "spare", model: "openai/n", ...priced }),
      ],
      ...options,
      callbacks: [callback, ...(options.callbacks ?? [])],
    });
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

/** An unbounded cache whose entries never expire. */
export function mapCache(): Cache {
  const values = new Map<string, string>();
  return {
    name: "map",
    get: (key) => Promise.resolve(values.get(key)),
    set: (key, value) => {
      values.set(key, value);
      return Promise.resolve();
    },
    delete: (key) => {
      values.delete(key);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
