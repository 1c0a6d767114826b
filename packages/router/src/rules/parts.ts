import type { Cache, Callback, Clock, Filter, Logger, Provider, Random, SharedState, Strategy } from "@modelyard/core";
import { strategyNames } from "@modelyard/strategies";
import { type Fault, fault, kindOf, type Rule, shown } from "./rules.js";

interface PartOptions<Part> {
  readonly what: string;
  /** How one is made, for messages. */
  readonly example: string;
  readonly methods: readonly (keyof Part & string)[];
  readonly texts?: readonly (keyof Part & string)[];
  readonly lists?: readonly (keyof Part & string)[];
}

/** Something with code in it, made by a factory: the factory itself is what is most often given instead. */
function part<Part>({ what, example, methods, texts = [], lists = [] }: PartOptions<Part>): Rule {
  const make = `Give ${what}, e.g. ${example}.`;
  return (value, path) => {
    // Every function has a `call`, as providers do: only methods of its own make it one.
    if (typeof value === "function" && !methods.every((method) => Object.hasOwn(value, method)))
      return uncalled(value, path, example);
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
      return fault(path, `${shown(value)} is not ${what}.`, make);
    const fields = value as Readonly<Record<string, unknown>>;
    if (typeof fields["then"] === "function") return fault(path, "it is a promise.", "Await it.");
    for (const method of methods)
      if (typeof fields[method] !== "function") return fault(path, `it has no method "${method}".`, make);
    for (const key of texts)
      if (typeof fields[key] !== "string" || fields[key] === "")
        return fault(`${path}.${key}`, `it is ${fields[key] === "" ? "empty" : kindOf(fields[key])}.`, "Give a text.");
    for (const key of lists)
      if (!Array.isArray(fields[key])) return fault(`${path}.${key}`, `it is ${kindOf(fields[key])}.`, "Give a list.");
    return undefined;
  };
}

function uncalled(made: object, path: string, example: string): Fault {
  const { name } = made as { readonly name?: unknown };
  // A function that was written in place is named after its option, which says nothing.
  const own =
    typeof name === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && !path.split(/[.[]/u).includes(name);
  const isClass = own && /^class\b/u.test(Function.prototype.toString.call(made));
  const call = !own ? `Call it, as in ${example}.` : isClass ? `Make one: new ${name}().` : `Call it: ${name}().`;
  return fault(path, `it is ${isClass ? "a class" : "a function"}, not what it makes.`, call);
}

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

export const clock = part<Clock>({
  what: "a clock",
  example: "systemClock",
  methods: ["now", "setTimer", "clearTimer"],
});

export const random = part<Random>({ what: "a source of chance", example: "systemRandom", methods: ["next", "id"] });

export const logger = part<Logger>({
  what: "a logger",
  example: "pino()",
  methods: ["debug", "info", "warn", "error"],
});

export const signal = part<AbortSignal>({
  what: "a signal",
  example: "AbortSignal.timeout(5_000) or the signal of an AbortController",
  methods: ["addEventListener", "removeEventListener"],
});
