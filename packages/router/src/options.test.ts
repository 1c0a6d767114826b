import type { Provider } from "@modelyard/core";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "./create-router.js";
import type { CreateRouterOptions } from "./options.js";

const openai: Provider = scriptedProvider({ clock: new VirtualClock() });
const good = { providers: [openai], modelList: [{ modelName: "gpt-4", model: "openai/gpt-4" }] };

describe("createRouter", () => {
  it.each([
    ["a misspelt option", { ...good, numRetires: 3 }, 'numRetires: there is no such option. Did you mean "numRetries"'],
    [
      "a misspelt setting of a deployment",
      { ...good, modelList: [{ ...good.modelList[0], apiBse: "x" }] },
      'modelList[0].apiBse: there is no such option. Did you mean "apiBase"',
    ],
    ["an empty model list", { ...good, modelList: [] }, "modelList: it is empty."],
    ["no provider", { ...good, providers: [] }, "providers: there is none."],
    [
      "a provider that is not registered",
      { ...good, modelList: [{ modelName: "a", model: "opnai/x" }] },
      'the provider "opnai" is not registered. Did you mean "openai"',
    ],
    [
      "a model whose provider nobody knows",
      { ...good, modelList: [{ modelName: "a", model: "some-model" }] },
      "nothing says which provider serves",
    ],
    ["a provider twice", { ...good, providers: [openai, openai] }, 'providers[1]: "openai" is registered twice'],
    [
      "a weight below 0",
      { ...good, modelList: [{ ...good.modelList[0], weight: -1 }] },
      "modelList[0].weight: -1 is not a number of at least 0",
    ],
    [
      "an rpm below 0",
      { ...good, modelList: [{ ...good.modelList[0], rpm: -1 }] },
      "modelList[0].rpm: -1 is not a number of at least 0",
    ],
    ["a misspelt cache option", { ...good, cache: { ttl: 5 } }, "cache.ttl: there is no such option"],
    ["a cache that keeps for no time", { ...good, cache: { ttlMs: 0 } }, "cache.ttlMs: 0 is not a number above 0"],
    ["retries that are no whole number", { ...good, numRetries: 1.5 }, "numRetries: 1.5 is not a whole number"],
    [
      "an address that is none",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "localhost:4000" }] },
      "modelList[0].apiBase",
    ],
    [
      "the same id twice",
      {
        ...good,
        modelList: [
          { ...good.modelList[0], id: "a" },
          { ...good.modelList[0], id: "a" },
        ],
      },
      'modelList[1].id: "a" was used before',
    ],
    [
      "a strategy for a missing group",
      { ...good, groupStrategies: { nobody: { name: "x", pick: () => undefined } } },
      "groupStrategies.nobody",
    ],
  ])("explains %s", (_, options, message) => {
    expect(() => createRouter(options as unknown as CreateRouterOptions)).toThrow(message);
  });

  it("gives equal entries ids of their own, stable and without a secret", () => {
    const list = [
      { modelName: "a", model: "openai/x", apiKey: "secret-key" },
      { modelName: "a", model: "openai/x", apiKey: "secret-key" },
      { modelName: "a", model: "openai/x", apiKey: "other" },
    ];
    const ids = (): readonly string[] =>
      createRouter({ providers: [openai], modelList: list })
        .state()
        .groups[0]!.deployments.map((deployment) => deployment.id);
    expect(new Set(ids()).size).toBe(3);
    expect(ids()).toEqual(ids());
    expect(ids()[1]).toBe(`${ids()[0]!}-2`);
    expect(ids().join()).not.toContain("secret");
  });
});
