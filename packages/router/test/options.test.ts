import type { Provider } from "@modelyard/core";
import { leastBusy } from "@modelyard/strategies";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";

const openai: Provider = scriptedProvider({ clock: new VirtualClock() });
class OwnStrategy {
  readonly name = "own";
}
const good = { providers: [openai], modelList: [{ modelName: "gpt-4", model: "openai/gpt-4" }] };

describe("createRouter", () => {
  it.each([
    ["a misspelled option", { ...good, numRetires: 3 }, 'numRetires: unknown option. Did you mean "numRetries"'],
    [
      "a misspelled setting of a deployment",
      { ...good, modelList: [{ ...good.modelList[0], apiBse: "x" }] },
      'modelList[0].apiBse: unknown option. Did you mean "apiBase"',
    ],
    ["an empty model list", { ...good, modelList: [] }, "modelList: at least one deployment is required."],
    ["no provider", { ...good, providers: [] }, "providers: at least one provider is required."],
    [
      "a provider that is not registered",
      { ...good, modelList: [{ modelName: "a", model: "opnai/x" }] },
      'the provider "opnai" is not registered. Did you mean "openai"',
    ],
    [
      "a model without a known provider",
      { ...good, modelList: [{ modelName: "a", model: "some-model" }] },
      "cannot tell which provider serves",
    ],
    ["a duplicate provider", { ...good, providers: [openai, openai] }, 'providers[1]: "openai" is registered twice'],
    [
      "a weight below 0",
      { ...good, modelList: [{ ...good.modelList[0], weight: -1 }] },
      "modelList[0].weight: it must be a number, 0 or more (got -1)",
    ],
    [
      "an rpm below 0",
      { ...good, modelList: [{ ...good.modelList[0], rpm: -1 }] },
      "modelList[0].rpm: it must be a number, 0 or more (got -1)",
    ],
    ["an enabled cache without an instance", { ...good, cacheResponses: true }, "cacheResponses: it needs a cache."],
    ["a misspelled cache option", { ...good, cache: { ttl: 5 } }, "cache.ttl: unknown option"],
    [
      "a cache with a time to live of 0",
      { ...good, cache: { ttlMs: 0 } },
      "cache.ttlMs: it must be a number above 0 (got 0)",
    ],
    [
      "retries that are not a whole number",
      { ...good, numRetries: 1.5 },
      "numRetries: it must be a whole number, 0 or more (got 1.5)",
    ],
    [
      "an invalid base URL",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "localhost:4000" }] },
      "modelList[0].apiBase",
    ],
    [
      "a base URL without a host",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "https://" }] },
      'modelList[0].apiBase: "https://" is not a valid URL.',
    ],
    [
      "an address on this machine without a scheme",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "localhost:8000/v1" }] },
      'It must start with http:// or https://. Did you mean "http://localhost:8000/v1"?',
    ],
    [
      "an IP address without a scheme",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "10.0.0.7:8000" }] },
      'Did you mean "http://10.0.0.7:8000"?',
    ],
    [
      "a domain without a scheme",
      { ...good, modelList: [{ ...good.modelList[0], apiBase: "api.example.com/v1" }] },
      'Did you mean "https://api.example.com/v1"?',
    ],
    [
      "a duplicate id",
      {
        ...good,
        modelList: [
          { ...good.modelList[0], id: "a" },
          { ...good.modelList[0], id: "a" },
        ],
      },
      'modelList[1].id: duplicate id "a"',
    ],
    [
      "a strategy for a missing group",
      { ...good, groupStrategies: { nobody: { name: "x", pick: () => undefined } } },
      "groupStrategies.nobody",
    ],
    [
      "a misspelled phase timeout",
      { ...good, timeouts: { conectMs: 5 } },
      'timeouts.conectMs: unknown option. Did you mean "connectMs"',
    ],
    [
      "an invalid phase timeout",
      { ...good, timeouts: { idleMs: Number.NaN } },
      "timeouts.idleMs: it must be a number above 0 (got NaN)",
    ],
    [
      "an invalid phase timeout of a deployment",
      { ...good, modelList: [{ ...good.modelList[0], timeouts: { totalMs: "5s" } }] },
      'modelList[0].timeouts.totalMs: it must be a number above 0 (got "5s")',
    ],
    [
      "a misspelled setting of a group",
      { ...good, groups: { "gpt-4": { cooldown: 5 } } },
      'groups.gpt-4.cooldown: unknown option. Did you mean "cooldownMs"',
    ],
    [
      "an invalid number of a group",
      { ...good, groups: { "gpt-4": { numRetries: -1 } } },
      "groups.gpt-4.numRetries: it must be a whole number, 0 or more (got -1)",
    ],
    [
      "a misspelled class of failure",
      { ...good, retryPolicy: { RateLimitEror: 2 } },
      'retryPolicy.RateLimitEror: unknown error class. Did you mean "RateLimitError"',
    ],
    [
      "a class of failure in a group's policy",
      { ...good, modelGroupRetryPolicy: { "gpt-4": { Timeoutt: 1 } } },
      'modelGroupRetryPolicy.gpt-4.Timeoutt: unknown error class. Did you mean "Timeout"',
    ],
    [
      "a retry policy with retries that are not a number",
      { ...good, retryPolicy: { Timeout: "two" } },
      'retryPolicy.Timeout: it must be a whole number, 0 or more (got "two")',
    ],
    [
      "a retry policy with retries under another name",
      { ...good, retryPolicy: { Timeout: { max_retries: 2 } } },
      'retryPolicy.Timeout.max_retries: unknown option. Did you mean "maxRetries"',
    ],
    [
      "a retry policy without a number",
      { ...good, retryPolicy: { Timeout: {} } },
      "retryPolicy.Timeout.maxRetries: it must be a whole number, 0 or more (got undefined)",
    ],
    [
      "allowed fails of an unknown class",
      { ...good, allowedFailsPolicy: { BadRequest: 2 } },
      'allowedFailsPolicy.BadRequest: unknown error class. Did you mean "BadRequestError"',
    ],
    [
      "a retry budget above 1",
      { ...good, retryBudget: { share: 20 } },
      "retryBudget.share: it must be a number from 0 to 1 (got 20)",
    ],
    [
      "a misspelled budget",
      { ...good, retryBudget: { floor: 2 } },
      'retryBudget.floor: unknown option. Did you mean "floorPerSecond"',
    ],
    ["a retry budget without a size", { ...good, retryBudget: true }, "retryBudget: true is not a valid budget"],
    [
      "an unknown limit algorithm",
      { ...good, limitAlgorithm: "buckets" },
      'limitAlgorithm: it must be one of "window", "bucket" (got "buckets"). Did you mean "bucket"',
    ],
    [
      "an invalid midStreamFallback",
      { ...good, midStreamFallback: "continued" },
      'midStreamFallback: it must be one of "error", "continue" (got "continued"). Did you mean "continue"',
    ],
    ["an unknown cache mode", { ...good, cache: { mode: "off" } }, "cache.mode: it must be one of"],
    [
      "an unknown cache operation",
      { ...good, cache: { operations: ["chats"] } },
      "cache.operations[0]: it must be one of",
    ],
    [
      "a switch that is not a boolean",
      { ...good, dropParams: "true" },
      'dropParams: expected true or false, got "true"',
    ],
    [
      "fallbacks that are a string",
      { ...good, fallbacks: "claude-2" },
      'fallbacks: expected an object, got a string. Write { "gpt-4": ["claude-2"] }',
    ],
    [
      "fallbacks without a group to fall back from",
      { ...good, fallbacks: ["claude-2"] },
      "fallbacks[0]: expected an object, got a string",
    ],
    [
      "a group's fallback outside a list",
      { ...good, fallbacks: { "gpt-4": "claude-2" } },
      'fallbacks.gpt-4: expected a list, got a string. Write ["claude-2"]',
    ],
    [
      "a fallback that is not a name",
      { ...good, contextWindowFallbacks: [{ "gpt-4": [5] }] },
      "contextWindowFallbacks[0].gpt-4[0]: expected an object, got a number",
    ],
    [
      "a fallback without a name",
      { ...good, fallbacks: { "gpt-4": [{ set: {} }] } },
      "fallbacks.gpt-4[0].model: a non-empty string is required",
    ],
    [
      "an unknown field of a fallback",
      { ...good, fallbacks: { "gpt-4": [{ model: "b", temperature: 0 }] } },
      "fallbacks.gpt-4[0].temperature: unknown option. Request fields belong in set: { temperature: ... }",
    ],
    [
      "default fallbacks that are a string",
      { ...good, defaultFallbacks: "claude-2" },
      'defaultFallbacks: expected a list, got a string. Write ["claude-2"]',
    ],
    [
      "an alias that is a number",
      { ...good, modelGroupAlias: { four: 4 } },
      "modelGroupAlias.four: expected an object, got a number",
    ],
    [
      "a misspelled key of an alias",
      { ...good, modelGroupAlias: { four: { model: "gpt-4", hiden: true } } },
      'modelGroupAlias.four.hiden: unknown option. Did you mean "hidden"',
    ],
    [
      "a routing group that is a string",
      { ...good, routingGroups: { any: "gpt-4" } },
      "routingGroups.any: expected a list, got a string",
    ],
    [
      "tags that are a string",
      { ...good, modelList: [{ ...good.modelList[0], tags: "fast" }] },
      "modelList[0].tags: expected a list, got a string",
    ],
    [
      "an unknown capability",
      { ...good, modelList: [{ ...good.modelList[0], capabilities: { tool: true } }] },
      'modelList[0].capabilities.tool: unknown option. Did you mean "tools"',
    ],
    [
      "an invalid field path",
      { ...good, additionalDropParams: ["tools[*]"] },
      'additionalDropParams: "tools[*]" is not a valid field path',
    ],
    [
      "a model list entry that is a string",
      { ...good, modelList: ["gpt-4"] },
      "modelList[0]: expected an object, got a string",
    ],
    ["options that are not an object", undefined, "options: expected an object, got undefined"],
    [
      "a strategy's factory that was not called",
      { ...good, strategy: leastBusy },
      "strategy: expected a strategy, got a function. Did you mean leastBusy()?",
    ],
    [
      "a function instead of a strategy",
      { ...good, strategy: () => leastBusy() },
      "Did you forget to call it, as in leastBusy()?",
    ],
    [
      "a class instead of a strategy",
      { ...good, strategy: OwnStrategy },
      "strategy: expected a strategy, got a class. Did you mean new OwnStrategy()?",
    ],
    [
      "a strategy by its name",
      { ...good, strategy: "least-busy" },
      'strategy: expected a strategy, got its name. Write createStrategy("least-busy")',
    ],
    [
      "a promise of a strategy",
      { ...good, strategy: Promise.resolve(leastBusy()) },
      "strategy: expected a strategy, got a promise. Await it",
    ],
    ["a strategy without pick", { ...good, strategy: { name: "x" } }, 'strategy: it has no method "pick"'],
    [
      "a group's strategy factory that was not called",
      { ...good, groupStrategies: { "gpt-4": leastBusy } },
      "groupStrategies.gpt-4: expected a strategy, got a function. Did you mean leastBusy()?",
    ],
    [
      "a provider's factory that was not called",
      { ...good, providers: [scriptedProvider] },
      "providers[0]: expected a provider, got a function. Did you mean scriptedProvider()?",
    ],
    ["one provider outside a list", { ...good, providers: openai }, "providers: expected a list, got an object"],
    [
      "a provider of another specification version",
      { ...good, providers: [{ ...openai, specVersion: 2 }] },
      "providers[0].specVersion: version 2 is not supported",
    ],
    [
      "a provider whose claims are not a pattern",
      { ...good, providers: [{ ...openai, claims: ["gpt-"] as never }] },
      "providers[0].claims: expected a regular expression, got a list. Write e.g. claims: /^acme-/u.",
    ],
    [
      "a provider whose cache prices are not numbers",
      {
        ...good,
        providers: [{ ...openai, cachePricing: { models: /^m-/u, read: "a tenth", write: 1, writeHour: 2 } as never }],
      },
      'providers[0].cachePricing.read: it must be a number, 0 or more (got "a tenth")',
    ],
    [
      "a provider whose cache prices are for no models",
      { ...good, providers: [{ ...openai, cachePricing: { read: 1, write: 1, writeHour: 1 } as never }] },
      "providers[0].cachePricing.models: expected a regular expression, got undefined. Write e.g. models: /^acme-/u.",
    ],
    [
      "a provider without a name",
      { ...good, providers: [{ ...openai, name: "" }] },
      "providers[0].name: a non-empty string is required",
    ],
    [
      "a callback without events",
      { ...good, callbacks: [{ name: "x", on: () => undefined }] },
      "callbacks[0].events: expected a list, got undefined",
    ],
    ["a catalog that is not a function", { ...good, catalog: {} }, "catalog: expected a function, got an object"],
  ])("explains the mistake: %s", (_, options, message) => {
    expect(() => createRouter(options as unknown as CreateRouterOptions)).toThrow(message);
  });

  it("gives equal deployments different ids that are stable and contain no secret", () => {
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

  it("shows no API key in its error messages", () => {
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

  it("accepts every option in each of its forms", () => {
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
