import type { Cache, Callback, Filter, Provider, Random, SharedState, Strategy } from "@modelyard/core";
import { strategyNames } from "@modelyard/strategies";
import { fault, kindOf, part, type Rule, shown } from "@modelyard/core/options";

export { clock, logger } from "@modelyard/core/options";

const strategyPart = part<Strategy>({ what: "a strategy", example: "leastBusy()", methods: ["pick"], texts: ["name"] });

export const strategy: Rule = (value, path) => {
  if (typeof value === "string" && strategyNames.includes(value))
    return fault(path, `${shown(value)} is a name, not a strategy.`, `Give createStrategy(${shown(value)}).`);
  return strategyPart(value, path);
};

const providerPart = part<Provider>({
  what: "a provider",
  example: "openai()",
  methods: ["call"],
  texts: ["name"],
  lists: ["operations"],
});

const provider: Rule = (value, path) => {
  const found = providerPart(value, path);
  if (found !== undefined) return found;
  const { specVersion } = value as { readonly specVersion?: unknown };
  return specVersion === undefined || specVersion === 1
    ? undefined
    : fault(`${path}.specVersion`, `${shown(specVersion)} is not known here.`, "Update the router.");
};

export const providers: Rule = (value, path) => {
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return fault(path, "there is none.", "Give at least one, e.g. providers: [openai()].");
  if (!Array.isArray(value)) return fault(path, `it is ${kindOf(value)}, not a list.`, "Write providers: [openai()].");
  const seen = new Set<string>();
  for (const [position, entry] of value.entries()) {
    const at = `${path}[${String(position)}]`;
    const found = provider(entry, at);
    if (found !== undefined) return found;
    const { name } = entry as Provider;
    if (seen.has(name)) return fault(at, `"${name}" is registered twice.`, "Leave one out.");
    seen.add(name);
  }
  return undefined;
};

export const filter = part<Filter>({
  what: "a filter",
  example: '{ name: "mine", reject }',
  methods: ["reject"],
  texts: ["name"],
});

export const callback = part<Callback>({
  what: "a callback",
  example: "prometheus()",
  methods: ["on"],
  texts: ["name"],
  lists: ["events"],
});

export const responseCache = part<Cache>({ what: "a cache", example: "memoryCache()", methods: ["get", "set"] });

export const sharedState = part<SharedState>({
  what: "a shared state",
  example: "redisState({ url })",
  // What is used when the router is built; the rest is for the conformance suite to tell.
  methods: ["benches", "onBench", "onAvailability"],
});

export const random = part<Random>({ what: "a source of chance", example: "systemRandom", methods: ["next", "id"] });

export const signal = part<AbortSignal>({
  what: "a signal",
  example: "AbortSignal.timeout(5_000) or the signal of an AbortController",
  methods: ["addEventListener", "removeEventListener"],
});
