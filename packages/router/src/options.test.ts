import type { Provider } from "@modelyard/core";
import { leastBusy } from "@modelyard/strategies";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "./create-router.js";
import type { CreateRouterOptions } from "./options.js";

const openai: Provider = scriptedProvider({ clock: new VirtualClock() });
class OwnStrategy {
  readonly name = "own";
}
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
    ["a cache that is wanted and not given", { ...good, cacheResponses: true }, "cacheResponses: there is no cache."],
    ["a misspelt cache option", { ...good, cache: { ttl: 5 } }, "cache.ttl: there is no such option"],
    ["a cache that keeps for no time", { ...good, cache: { ttlMs: 0 } }, "cache.ttlMs: 0 is not a number above 0"],
    ["retries that are no whole number", { ...good, numRetries: 1.5 }, "numRetries: 1.5 is not a whole number"],
    [
      "an address that is none",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "localhost:4000" }] },
      "modelList[0].apiBase",
    ],
    [
      "an address without a host",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "https://" }] },
      'modelList[0].apiBase: "https://" is no http(s) address.',
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
    [
      "a misspelt limit of a phase",
      { ...good, timeouts: { conectMs: 5 } },
      'timeouts.conectMs: there is no such option. Did you mean "connectMs"',
    ],
    [
      "a limit of a phase that is none",
      { ...good, timeouts: { idleMs: Number.NaN } },
      "timeouts.idleMs: NaN is not a number above 0",
    ],
    [
      "a limit of a deployment's phase",
      { ...good, modelList: [{ ...good.modelList[0], timeouts: { totalMs: "5s" } }] },
      'modelList[0].timeouts.totalMs: "5s" is not a number above 0',
    ],
    [
      "a misspelt setting of a group",
      { ...good, groups: { "gpt-4": { cooldown: 5 } } },
      'groups.gpt-4.cooldown: there is no such option. Did you mean "cooldownMs"',
    ],
    [
      "a group's number",
      { ...good, groups: { "gpt-4": { numRetries: -1 } } },
      "groups.gpt-4.numRetries: -1 is not a whole number of at least 0",
    ],
    [
      "a misspelt class of failure",
      { ...good, retryPolicy: { RateLimitEror: 2 } },
      'retryPolicy.RateLimitEror: there is no such class of failure. Did you mean "RateLimitError"',
    ],
    [
      "a class of failure in a group's policy",
      { ...good, modelGroupRetryPolicy: { "gpt-4": { Timeoutt: 1 } } },
      'modelGroupRetryPolicy.gpt-4.Timeoutt: there is no such class of failure. Did you mean "Timeout"',
    ],
    [
      "a class' retries that are no number",
      { ...good, retryPolicy: { Timeout: "two" } },
      'retryPolicy.Timeout: "two" is not a whole number',
    ],
    [
      "a class' retries under another name",
      { ...good, retryPolicy: { Timeout: { max_retries: 2 } } },
      'retryPolicy.Timeout.max_retries: there is no such option. Did you mean "maxRetries"',
    ],
    [
      "a class' retries without a number",
      { ...good, retryPolicy: { Timeout: {} } },
      "retryPolicy.Timeout.maxRetries: undefined is not a whole number",
    ],
    [
      "allowed fails of a class that is none",
      { ...good, allowedFailsPolicy: { BadRequest: 2 } },
      'allowedFailsPolicy.BadRequest: there is no such class of failure. Did you mean "BadRequestError"',
    ],
    [
      "a budget above all",
      { ...good, retryBudget: { share: 20 } },
      "retryBudget.share: 20 is not a number of at least 0 and at most 1",
    ],
    [
      "a misspelt budget",
      { ...good, retryBudget: { floor: 2 } },
      'retryBudget.floor: there is no such option. Did you mean "floorPerSecond"',
    ],
    ["a budget of no size", { ...good, retryBudget: true }, "retryBudget: true says nothing of its size"],
    [
      "an algorithm that is none",
      { ...good, limitAlgorithm: "buckets" },
      'limitAlgorithm: "buckets" is none of "window", "bucket". Did you mean "bucket"',
    ],
    [
      "a wish for broken streams",
      { ...good, midStreamFallback: "continued" },
      'midStreamFallback: "continued" is none of "error", "continue". Did you mean "continue"',
    ],
    ["a mode of the cache", { ...good, cache: { mode: "off" } }, 'cache.mode: "off" is none of'],
    [
      "an operation of the cache",
      { ...good, cache: { operations: ["chats"] } },
      'cache.operations[0]: "chats" is none of',
    ],
    ["a switch that is no boolean", { ...good, dropParams: "true" }, 'dropParams: "true" is not true or false'],
    [
      "fallbacks that are a text",
      { ...good, fallbacks: "claude-2" },
      'fallbacks: it is a text, not an object. Write { "gpt-4": ["claude-2"] }',
    ],
    [
      "fallbacks that name no group to fall back from",
      { ...good, fallbacks: ["claude-2"] },
      "fallbacks[0]: it is a text, not an object",
    ],
    [
      "a group's fallback outside a list",
      { ...good, fallbacks: { "gpt-4": "claude-2" } },
      'fallbacks.gpt-4: it is a text, not a list. Write ["claude-2"]',
    ],
    [
      "a fallback that is no name",
      { ...good, contextWindowFallbacks: [{ "gpt-4": [5] }] },
      "contextWindowFallbacks[0].gpt-4[0]: it is a number, not an object",
    ],
    [
      "a fallback without a name",
      { ...good, fallbacks: { "gpt-4": [{ set: {} }] } },
      "fallbacks.gpt-4[0].model: it is missing or empty",
    ],
    [
      "a field beside a fallback's name",
      { ...good, fallbacks: { "gpt-4": [{ model: "b", temperature: 0 }] } },
      "fallbacks.gpt-4[0].temperature: there is no such option. Fields of the request stand in set: { temperature: ... }",
    ],
    [
      "default fallbacks that are a text",
      { ...good, defaultFallbacks: "claude-2" },
      'defaultFallbacks: it is a text, not a list. Write ["claude-2"]',
    ],
    ["an alias of a number", { ...good, modelGroupAlias: { four: 4 } }, "modelGroupAlias.four: it is a number"],
    [
      "a misspelt word of an alias",
      { ...good, modelGroupAlias: { four: { model: "gpt-4", hiden: true } } },
      'modelGroupAlias.four.hiden: there is no such option. Did you mean "hidden"',
    ],
    [
      "a routing group of one name",
      { ...good, routingGroups: { any: "gpt-4" } },
      "routingGroups.any: it is a text, not a list",
    ],
    [
      "tags that are a text",
      { ...good, modelList: [{ ...good.modelList[0], tags: "fast" }] },
      "modelList[0].tags: it is a text, not a list",
    ],
    [
      "a capability that is none",
      { ...good, modelList: [{ ...good.modelList[0], capabilities: { tool: true } }] },
      'modelList[0].capabilities.tool: there is no such option. Did you mean "tools"',
    ],
    [
      "a path of a field that is none",
      { ...good, additionalDropParams: ["tools[*]"] },
      'additionalDropParams: "tools[*]" is no path of a field',
    ],
    ["an entry that is a name", { ...good, modelList: ["gpt-4"] }, "modelList[0]: it is a text, not an object"],
    ["options that are none", undefined, "options: it is undefined, not an object"],
    [
      "a strategy's factory that was not called",
      { ...good, strategy: leastBusy },
      "strategy: it is a function, not what it makes. Call it: leastBusy()",
    ],
    [
      "a function written in place of a strategy",
      { ...good, strategy: () => leastBusy() },
      "Call it, as in leastBusy()",
    ],
    [
      "a class in place of a strategy",
      { ...good, strategy: OwnStrategy },
      "strategy: it is a class, not what it makes. Make one: new OwnStrategy()",
    ],
    [
      "a strategy by its name",
      { ...good, strategy: "least-busy" },
      'strategy: "least-busy" is a name, not a strategy. Give createStrategy("least-busy")',
    ],
    [
      "a strategy that is on its way",
      { ...good, strategy: Promise.resolve(leastBusy()) },
      "strategy: it is a promise. Await it",
    ],
    ["a strategy that picks nobody", { ...good, strategy: { name: "x" } }, 'strategy: it has no method "pick"'],
    [
      "a group's strategy that was not made",
      { ...good, groupStrategies: { "gpt-4": leastBusy } },
      "groupStrategies.gpt-4: it is a function, not what it makes. Call it: leastBusy()",
    ],
    [
      "a provider's factory that was not called",
      { ...good, providers: [scriptedProvider] },
      "providers[0]: it is a function, not what it makes. Call it: scriptedProvider()",
    ],
    ["one provider outside a list", { ...good, providers: openai }, "providers: it is an object, not a list"],
    [
      "a provider of another time",
      { ...good, providers: [{ ...openai, specVersion: 2 }] },
      "providers[0].specVersion: 2 is not known here",
    ],
    ["a provider without a name", { ...good, providers: [{ ...openai, name: "" }] }, "providers[0].name: it is empty"],
    [
      "a callback that hears nothing",
      { ...good, callbacks: [{ name: "x", on: () => undefined }] },
      "callbacks[0].events: it is undefined",
    ],
    ["a catalogue that is none", { ...good, catalogue: {} }, "catalogue: it is an object, not a function"],
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

  it("shows no key in what it explains", () => {
    const secrets = { apiKey: ["sk-secret"], headers: "Authorization: sk-secret" };
    for (const [key, value] of Object.entries(secrets)) {
      const options = { ...good, modelList: [{ ...good.modelList[0], [key]: value }] };
      expect(() => createRouter(options as unknown as CreateRouterOptions)).toThrow(
        expect.objectContaining({
          param: `modelList[0].${key}`,
          message: expect.not.stringContaining("sk-secret") as string,
        }),
      );
    }
  });

  it("takes every option in each of its forms", () => {
    const { warnings } = createRouter({
      ...good,
      modelList: [
        ...good.modelList,
        { modelName: "b", model: "openai/b", clientSideAuthParams: ["api_key", { apiBase: "https://x" }] },
      ],
      strategy: undefined as never,
      groupStrategies: { b: leastBusy() },
      retryPolicy: { Timeout: 1, RateLimitError: { maxRetries: 2 }, MidStreamFallbackError: 0 },
      retryBudget: { share: 1, floorPerSecond: 0 },
      fallbacks: [{ "gpt-4": ["b", { model: "b", set: { temperature: 0 }, unset: ["seed"] }] }],
      contextWindowFallbacks: { "*": ["b"] },
      modelGroupAlias: { four: "gpt-4", five: { model: "gpt-4" } },
      groups: { b: { timeouts: { idleMs: 1 }, retryPolicy: {} } },
      cache: { operations: ["chat"], groups: [["gpt-4", "b"]], mode: "default_off" },
    });
    expect(warnings).toEqual([]);
  });
});
