import type { LazyText } from "../call-options.js";
import type { AffinityKey, AliasTarget, MidStreamFallback } from "../config.js";
import { largestPrice } from "../bounded.js";
import type { ClientSideParam, Continuation, PriceTier } from "../deployment.js";
import { forwardedHeadersProblem } from "../forwarded-headers.js";
import { errorKinds } from "../errors/kinds.js";
import { finishReasonMeanings } from "../finish-reasons.js";
import { didYouMean } from "../near-names.js";
import { operations } from "../operations.js";
import {
  anything,
  apiKey,
  atLeastZero,
  choice,
  count,
  fault,
  flag,
  headers,
  headerText,
  kindOf,
  list,
  map,
  name,
  numeric,
  object,
  part,
  positive,
  refusals,
  type Rule,
  shape,
  shown,
  text,
} from "../options/index.js";
import { parseFieldPath } from "./field-path.js";
import { linearPattern, PatternError } from "./linear-pattern.js";
import type { Kind } from "./setting.js";

const classNames: readonly string[] = [
  ...new Set([...Object.values(errorKinds).map(({ className }) => className), "MidStreamFallbackError"]),
];

/** Values by error class. */
function byClass(rule: Rule): Rule {
  return shape<Record<string, unknown>>(Object.fromEntries(classNames.map((className) => [className, rule])), {
    unknown: (key, path) =>
      fault(path, "unknown error class.", didYouMean(key, classNames).trim() || `Known: ${classNames.join(", ")}.`),
  });
}

const retriesInObject = shape<{ maxRetries: number }>({ maxRetries: count }, { required: ["maxRetries"] });

const retryPolicy: Rule = byClass((value, path) =>
  typeof value === "object" ? retriesInObject(value, path) : count(value, path),
);

const allowedFailsPolicy: Rule = byClass(count);

const alias = shape<Exclude<AliasTarget, string>>(
  { model: name("Name a model group."), hidden: flag },
  { required: ["model"] },
);

const aliases: Rule = map((value, path) => (typeof value === "string" ? undefined : alias(value, path)));

const routingGroups: Rule = map(
  list(text, 'Write group names: ["small", "large"].'),
  'Write { any: ["small", "large"] }.',
);

/** Field paths. Messages quote the path itself instead of its position in the list. */
const fieldPaths: Rule = (value, path) =>
  list((entry) => {
    if (typeof entry !== "string") return text(entry, path);
    try {
      parseFieldPath(entry, path);
      return undefined;
    } catch {
      const fix = "Write a field name or a path such as tools[*].strict or metadata.internal.";
      return fault(path, `${shown(entry)} is not a valid field path.`, fix);
    }
  })(value, path);

export const affinityKeys = ["session", "response", "prompt", "user"] as const satisfies readonly AffinityKey[];

/** True for the usual keys, or a list of keys. */
const affinity: Rule = (value, path) =>
  Array.isArray(value) ? list(choice(affinityKeys))(value, path) : flag(value, path);

/** True for every unsupported field, or a list of fields. */
const dropParams: Rule = (value, path) => (Array.isArray(value) ? list(text)(value, path) : flag(value, path));

const midStreamFields = shape<Exclude<MidStreamFallback, string>>({ continue: flag, instruct: flag });

const midStreamFallback: Rule = (value, path) =>
  typeof value === "object" ? midStreamFields(value, path) : choice(["error", "continue"])(value, path);

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
const fallbacks: Rule = (value, path) =>
  Array.isArray(value) ? list(fallbackMap)(value, path) : fallbackMap(value, path);

/** The same, or a plain list of groups for this call, in order. */
const requestFallbacks: Rule = (value, path) => {
  const isEntry = (item: unknown): boolean =>
    typeof item === "string" || typeof (item as { readonly model?: unknown } | null | undefined)?.model === "string";
  if (Array.isArray(value) ? value.some(isEntry) : typeof value !== "object") return groupList(value, path);
  return fallbacks(value, path);
};

const deploymentId: Rule = (value, path) =>
  typeof value === "string" && /^[\w.:/-]{1,200}$/u.test(value)
    ? undefined
    : fault(path, "it is not a valid id.", 'Use 1 to 200 letters, digits, ".", "_", ":", "/" and "-".');

const address: Rule = (value, path) =>
  typeof value === "string" && /^https?:\/\//u.test(value) && URL.canParse(value)
    ? undefined
    : fault(path, `${shown(value)} is not a valid URL.`, `It must start with http:// or https://.${withScheme(value)}`);

/** Suggests the scheme that is missing: hosts without a dot, such as `localhost`, and IP addresses rarely have certificates. */
function withScheme(value: unknown): string {
  if (typeof value !== "string" || value.includes("//") || !/^[\w.-]+(?::\d+)?(?:\/|$)/u.test(value)) return "";
  const [host = ""] = value.split(/[:/]/u);
  return ` Did you mean "${/[a-z]\.|\.[a-z]/iu.test(host) ? "https" : "http"}://${value}"?`;
}

const addressPattern: Rule = (value, path) => {
  if (typeof value !== "string") return text(value, path);
  try {
    linearPattern(value);
    return undefined;
  } catch (thrown) {
    const problem = thrown instanceof PatternError ? thrown.message : "is nested too deeply";
    return fault(path, `${shown(value)} ${problem}.`, "Correct the pattern.");
  }
};

const clientSideObject = shape<Exclude<ClientSideParam, string>>(
  { apiBase: addressPattern },
  { required: ["apiBase"], fix: 'Write "api_key", "api_base" or { apiBase: PATTERN }.' },
);

const clientSideParam: Rule = (value, path) => (typeof value === "string" ? undefined : clientSideObject(value, path));

/** Weights and limits are added up. Up to this size, the sums are exact. */
const amount = numeric({ least: 0, most: Number.MAX_SAFE_INTEGER });
const price = numeric({ least: 0, most: largestPrice });
const priceTier = shape<PriceTier>({
  aboveTokens: amount,
  inputCostPerToken: price,
  outputCostPerToken: price,
  cachedInputCostPerToken: price,
  cacheWriteCostPerToken: price,
  cacheWriteHourCostPerToken: price,
});

const signal = part<AbortSignal>({
  what: "a signal",
  example: "AbortSignal.timeout(5_000) or the signal of an AbortController",
  methods: ["addEventListener", "removeEventListener"],
});

const requestText: Rule = (value, path) =>
  typeof value === "string" || typeof (value as Partial<LazyText> | null)?.text === "function"
    ? undefined
    : fault(path, `expected a string or an object with text(), got ${kindOf(value)}.`);

const forwardedHeaders: Rule = (value, path) => {
  const found = map(text)(value, path);
  if (found !== undefined) return found;
  const problem = forwardedHeadersProblem(value as Readonly<Record<string, string>>);
  return problem === undefined ? undefined : fault(path, problem);
};

const groupListFix = "Write lists of group names.";

/** Kinds whose rule depends on other rows, or on the row itself. */
type DerivedKind = "object" | "objectOrOff" | "groups" | "deployments" | "choice";

/** How options of each kind are checked. The compiler requires a rule for every kind. */
export const kindRules: { readonly [K in Exclude<Kind, DerivedKind>]: Rule } = {
  count,
  positiveCount: numeric({ least: 1, whole: true }),
  amount,
  number: numeric({}),
  price,
  share: numeric({ least: 0, most: 1 }),
  rate: atLeastZero,
  duration: atLeastZero,
  timeLimit: positive,
  callTimeLimit: numeric({ least: 0, above: true, endless: true }),
  flag,
  text,
  texts: list(text),
  oneOrMoreTexts: list(text),
  fields: object,
  requestFields: object,
  headerText,
  headers,
  apiKey,
  address,
  deploymentId,
  groupName: name("Name the model group."),
  modelName: name('Name the vendor\'s model, e.g. "openai/gpt-4".'),
  aliases,
  routingGroups,
  fallbacks,
  fallbackList: groupList,
  requestFallbacks,
  retryPolicy,
  groupRetryPolicies: map(retryPolicy),
  allowedFailsPolicy,
  affinity,
  dropParams,
  fieldPaths,
  midStreamFallback,
  operations: list(choice(Object.keys(operations))),
  groupLists: list(list(text, groupListFix), groupListFix),
  capability: flag,
  refusals,
  continuation: shape<Continuation>({ message: object, body: object }),
  finishReasons: map(choice(finishReasonMeanings)),
  clientSideParams: list(clientSideParam),
  priceTiers: list(priceTier),
  signal,
  cancellation: anything,
  requestText,
  forwardedHeaders,
};

/** Types of which a kind's rule accepts every value, so that code that checks every call need not ask the rule. */
export const acceptedTypes: { readonly [K in Kind]?: "boolean" | "object" | "string" } = {
  flag: "boolean",
  text: "string",
  requestText: "string",
  cancellation: "object",
};
