import {
  type AliasTarget,
  type CacheOptions,
  didYouMean,
  errorKinds,
  type GroupOptions,
  type MidStreamFallback,
  operations,
  type RetryBudgetOptions,
  type Timeouts,
} from "@modelyard/core";
import {
  atLeastZero,
  choice,
  count,
  fault,
  flag,
  list,
  map,
  name,
  numeric,
  object,
  positive,
  type Rule,
  shape,
  shown,
  text,
} from "@modelyard/core/options";
import { parseDroppedField } from "./dropped-field.js";

/** Settings that occur in several places or have keys of their own. */

export const timeouts: Rule = shape<Timeouts>({
  connectMs: positive,
  headersMs: positive,
  firstTokenMs: positive,
  idleMs: positive,
  totalMs: positive,
});

const classNames: readonly string[] = [
  ...new Set([...Object.values(errorKinds).map(({ className }) => className), "MidStreamFallbackError"]),
];

/** One value for each error class that is named. */
function byClass(rule: Rule): Rule {
  return shape<Record<string, unknown>>(Object.fromEntries(classNames.map((className) => [className, rule])), {
    unknown: (key, path) =>
      fault(path, "unknown error class.", didYouMean(key, classNames).trim() || `Known: ${classNames.join(", ")}.`),
  });
}

const retriesInObject = shape<{ maxRetries: number }>({ maxRetries: count }, { required: ["maxRetries"] });

export const retryPolicy: Rule = byClass((value, path) =>
  typeof value === "object" ? retriesInObject(value, path) : count(value, path),
);

export const allowedFailsPolicy: Rule = byClass(count);

const budget: Rule = shape<RetryBudgetOptions>({
  share: numeric({ least: 0, most: 1 }),
  floorPerSecond: atLeastZero,
});

export const retryBudget: Rule = (value, path) => {
  if (value === false) return undefined;
  return value === true
    ? fault(path, "true is not a valid budget.", "Omit it for the default, or write { share: 0.2 }.")
    : budget(value, path);
};

export const groups: Rule = map(
  shape<GroupOptions>({
    numRetries: count,
    retryPolicy,
    timeoutMs: positive,
    streamTimeoutMs: positive,
    timeouts,
    cooldownMs: atLeastZero,
  }),
);

const alias = shape<Exclude<AliasTarget, string>>(
  { model: name("Name a model group."), hidden: flag },
  { required: ["model"] },
);

export const modelGroupAlias: Rule = map((value, path) => (typeof value === "string" ? undefined : alias(value, path)));

export const routingGroups: Rule = map(
  list(text, 'Write group names: ["small", "large"].'),
  'Write { any: ["small", "large"] }.',
);

/** Field paths. Messages quote the path itself, so they need no position in the list. */
export const droppedFields: Rule = (value, path) =>
  list((entry) => {
    if (typeof entry !== "string") return text(entry, path);
    try {
      parseDroppedField(entry, path);
      return undefined;
    } catch {
      const fix = "Write a field name or a path such as tools[*].strict or metadata.internal.";
      return fault(path, `${shown(entry)} is not a valid field path.`, fix);
    }
  })(value, path);

/** True for every unsupported field, or a list of fields. */
export const dropParams: Rule = (value, path) => (Array.isArray(value) ? list(text)(value, path) : flag(value, path));

const midStreamWays = shape<Exclude<MidStreamFallback, string>>({ continue: flag, instruct: flag });

export const midStreamFallback: Rule = (value, path) =>
  typeof value === "object" ? midStreamWays(value, path) : choice(["error", "continue"])(value, path);

export const cache: Rule = shape<CacheOptions>({
  ttlMs: positive,
  namespace: text,
  shared: flag,
  singleFlight: flag,
  mode: choice(["default_on", "default_off"]),
  operations: list(choice(Object.keys(operations))),
  groups: list(list(text, "Write lists of group names."), "Write lists of group names."),
  lookupTimeoutMs: positive,
});

const entryFields = shape<Readonly<Record<"model" | "set" | "unset", unknown>>>(
  {
    model: name("Name a model group."),
    set: object,
    unset: list(text),
  },
  {
    required: ["model"],
    unknown: (key, path) =>
      fault(
        path,
        "unknown option.",
        didYouMean(key, ["model", "set", "unset"]).trim() || `Request fields belong in set: { ${key}: ... }.`,
      ),
    fix: 'Write "gpt-4" or { model: "gpt-4" }.',
  },
);

const fallbackEntry: Rule = (value, path) =>
  value === ""
    ? fault(path, "the name is empty.", "Name a model group.")
    : typeof value === "string"
      ? undefined
      : entryFields(value, path);

const groupList: Rule = (value, path) =>
  list(fallbackEntry, typeof value === "string" ? `Write [${shown(value)}].` : 'Write ["gpt-4"].')(value, path);

const fallbackMap: Rule = (value, path) =>
  map(groupList, 'Write { "gpt-4": ["claude-2"] }, or use defaultFallbacks for all groups.')(value, path);

/** One map from group to list, or a list of such maps. */
export const fallbacks: Rule = (value, path) =>
  Array.isArray(value) ? list(fallbackMap)(value, path) : fallbackMap(value, path);

export const defaultFallbacks: Rule = groupList;

/** The same, or a plain list of groups for this call, in order. */
export const requestFallbacks: Rule = (value, path) => {
  const isEntry = (item: unknown): boolean =>
    typeof item === "string" || typeof (item as { readonly model?: unknown } | null | undefined)?.model === "string";
  if (Array.isArray(value) ? value.some(isEntry) : typeof value !== "object") return groupList(value, path);
  return fallbacks(value, path);
};
