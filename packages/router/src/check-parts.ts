import type { Cache, Callback, CooldownPolicy, Filter, Provider, Random, SharedState } from "@modelyard/core";
import { operationNames, routerEventTypes } from "@modelyard/core/kit";
import { strategyNames } from "@modelyard/strategies";
import {
  choice,
  fault,
  identity,
  kindOf,
  list,
  part,
  partName,
  type Rule,
  shown,
  strategy as aStrategy,
} from "@modelyard/core/options";

export { clock, logger } from "@modelyard/core/options";

export const strategy: Rule = (value, path) =>
  typeof value === "string" && strategyNames.includes(value)
    ? fault(path, `expected a strategy, got its name.`, `Write createStrategy(${shown(value)}).`)
    : aStrategy(value, path);

const cooldownPart = part<CooldownPolicy>({
  what: "a cooldown policy",
  example: "failureRate()",
  methods: ["watch"],
  texts: ["name"],
});

export const cooldown: Rule = (value, path) =>
  cooldownPart(value, path) ?? partName((value as CooldownPolicy).name, `${path}.name`);

const providerPart = part<Provider>({
  what: "a provider",
  example: "openai()",
  methods: ["call"],
  mayHave: ["validate", "close"],
  texts: ["name"],
  lists: ["operations"],
});

const provider: Rule = (value, path) => {
  const found = providerPart(value, path);
  if (found !== undefined) return found;
  const { operations, specVersion } = value as Omit<Provider, "specVersion"> & { readonly specVersion?: unknown };
  if (specVersion !== undefined && specVersion !== 1)
    return fault(`${path}.specVersion`, `version ${shown(specVersion)} is not supported.`, "Update the router.");
  return identity(value, path) ?? list(choice(operationNames))(operations, `${path}.operations`);
};

export const providers: Rule = (value, path) => {
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return fault(path, "at least one provider is required.", "Write e.g. providers: [openai()].");
  if (!Array.isArray(value))
    return fault(path, `expected a list, got ${kindOf(value)}.`, "Write providers: [openai()].");
  const seen = new Set<string>();
  for (const [position, entry] of value.entries()) {
    const at = `${path}[${String(position)}]`;
    const found = provider(entry, at);
    if (found !== undefined) return found;
    const { name } = entry as Provider;
    if (seen.has(name)) return fault(at, `"${name}" is registered twice.`, "Remove one.");
    seen.add(name);
  }
  return undefined;
};

const filterPart = part<Filter>({
  what: "a filter",
  example: '{ name: "mine", reject }',
  methods: ["reject"],
  texts: ["name"],
});

export const filter: Rule = (value, path) =>
  filterPart(value, path) ?? partName((value as Filter).name, `${path}.name`);

const callbackPart = part<Callback>({
  what: "a callback",
  example: "prometheusCallback()",
  methods: ["on"],
  mayHave: ["start", "flush", "close"],
  texts: ["name"],
  lists: ["events"],
});

/** Checks the names of events too, because a misspelled one would never match. */
export const callback: Rule = (value, path) =>
  callbackPart(value, path) ?? list(choice(routerEventTypes))((value as Callback).events, `${path}.events`);

export const responseCache = part<Cache>({
  what: "a cache",
  example: "memoryCache()",
  methods: ["get", "set", "delete", "close"],
  texts: ["name"],
});

export const sharedState = part<SharedState>({
  what: "a shared state",
  example: "redisState({ url })",
  methods: [
    "reserve",
    "settle",
    "extend",
    "used",
    "startCooldown",
    "endCooldown",
    "cooldowns",
    "onCooldown",
    "onAvailability",
    "close",
  ],
  mayHave: ["gossip"],
  texts: ["name"],
});

export const random = part<Random>({
  what: "a random number source",
  example: "systemRandom",
  methods: ["next", "id"],
});
