import type { Provider, Strategy } from "@modelyard/core";
import { operationNames } from "@modelyard/core/kit";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";

const openai: Provider = scriptedProvider({ clock: new VirtualClock() });
const good = { providers: [openai], modelList: [{ modelName: "gpt-4", model: "openai/gpt-4" }] };
const named = (name: string): Strategy => ({ name, pick: (candidates) => candidates[0] });
const secretKey = "canary-key-0123456789";
const bad = (message: string): never => {
  throw new Error(message);
};
const validating = (validate: () => unknown): object => ({ name: "openai", operations: ["chat"], call: bad, validate });
const ignore = (): void => undefined;

it.each([
  [
    "a name that metrics cannot show",
    { ...good, strategy: named("my own!") },
    'strategy.name: "my own!" is not a valid name',
  ],
  [
    "a strategy whose observe is not a function",
    { ...good, strategy: { ...named("own"), observe: true } },
    "strategy.observe: expected a function, got a boolean.",
  ],
  [
    "a provider of an unknown operation",
    { ...good, providers: [{ ...openai, operations: ["chat", "embedding"] }] },
    `providers[0].operations[1]: it must be one of ${operationNames.map((name) => `"${name}"`).join(", ")} (got "embedding"). Did you mean "embeddings"`,
  ],
  [
    "a provider's name with a slash, which no model could name",
    { ...good, providers: [{ ...openai, name: "a/b" }] },
    'providers[0].name: "a/b" is not a valid name',
  ],
  [
    "a callback for an unknown event",
    { ...good, callbacks: [{ name: "x", events: ["fallback", "atempt_started"], on: ignore }] },
    'Did you mean "attempt_started"',
  ],
  [
    "a clock without its methods",
    { ...good, clock: Date },
    "clock: expected a clock, got a function. Give a clock, e.g. sy",
  ],
  ["an invalid filter", { ...good, filters: [() => undefined] }, "filters[0]: expected a filter, got a function"],
  ["a Map instead of a cache", { ...good, responseCache: new Map() }, 'responseCache: it has no method "close"'],
  [
    "an incomplete shared state",
    { ...good, sharedState: { name: "half", reserve: () => ({ granted: true }) } },
    'sharedState: it has no method "settle"',
  ],
  [
    "a provider that fails to check its deployments",
    {
      ...good,
      providers: [validating(() => bad(`no ${secretKey}`))],
      modelList: [{ ...good.modelList[0], apiKey: secretKey }],
    },
    'modelList[0]: the provider threw while validating it: Error: no [key]. Fix validate() of the provider "openai".',
  ],
  [
    "a provider whose validate returns a string",
    { ...good, providers: [validating(() => "no address")] },
    "modelList[0]: the provider's validate() must return a list of strings, and returned a string.",
  ],
] as const)("createRouter refuses %s", (_, options, message) => {
  expect(() => createRouter(options as unknown as CreateRouterOptions)).toThrow(message);
});
