import {
  type Capabilities,
  type ClientSideParam,
  type Continuation,
  type DeploymentOptions,
  largestPrice,
  finishReasonMeanings,
  type PriceTier,
  type RouterConfig,
  type Strategy,
} from "@modelyard/core";
import type { CreateRouterOptions } from "./options.js";
import * as parts from "./check-parts.js";
import {
  apiKey,
  atLeastZero,
  callable,
  choice,
  count,
  type Fault,
  fault,
  flag,
  headers,
  headerText,
  list,
  map,
  name,
  noSuchOption,
  numeric,
  object,
  positive,
  refusals,
  refuse,
  type Rule,
  type RulesOf,
  shape,
  shown,
  text,
} from "@modelyard/core/options";
import { linearPattern, PatternError, settingRules as settings } from "@modelyard/engine";

const id: Rule = (value, path) =>
  typeof value === "string" && /^[\w.:/-]{1,200}$/u.test(value)
    ? undefined
    : fault(path, "it is not a valid id.", 'Use 1 to 200 letters, digits, ".", "_", ":", "/" and "-".');

const address: Rule = (value, path) =>
  typeof value === "string" && /^https?:\/\//u.test(value) && URL.canParse(value)
    ? undefined
    : fault(path, `${shown(value)} is not a valid URL.`, "It must start with http:// or https://.");

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

/** Weights and limits are summed; up to this size the sums are exact. */
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

const deployment: Rule = shape<DeploymentOptions>(
  {
    modelName: name("Name the model group."),
    model: name('Name the vendor\'s model, e.g. "openai/gpt-4".'),
    provider: text,
    id,
    apiKey,
    apiBase: address,
    apiVersion: text,
    organization: headerText,
    headers,
    rpm: amount,
    tpm: amount,
    maxParallelRequests: count,
    weight: amount,
    order: numeric({}),
    tags: list(text),
    regionName: text,
    timeoutMs: positive,
    streamTimeoutMs: positive,
    timeouts: settings.timeouts,
    numRetries: count,
    cooldownMs: atLeastZero,
    inputCostPerToken: price,
    outputCostPerToken: price,
    cachedInputCostPerToken: price,
    cacheWriteCostPerToken: price,
    cacheWriteHourCostPerToken: price,
    priceTiers: list(priceTier),
    maxInputTokens: amount,
    baseModel: text,
    capabilities: shape<Capabilities>({ tools: flag, vision: flag, jsonSchema: flag, prefix: flag }),
    defaults: object,
    dropParams: settings.dropParams,
    additionalDropParams: settings.droppedFields,
    refuses: refusals,
    allowedOpenaiParams: list(text),
    clientSideAuthParams: list(clientSideParam),
    continuation: shape<Continuation>({ message: object, body: object }),
    finishReasons: map(choice(finishReasonMeanings)),
    mockResponse: text,
    settings: object,
    info: object,
  },
  { required: ["modelName", "model"] },
);

const modelList: Rule = (value, path) =>
  value === undefined || (Array.isArray(value) && value.length === 0)
    ? fault(
        path,
        "at least one deployment is required.",
        'Add one, e.g. { modelName: "gpt-4", model: "openai/gpt-4" }.',
      )
    : list(deployment)(value, path);

const configRules: RulesOf<RouterConfig> = {
  modelList,
  modelGroupAlias: settings.modelGroupAlias,
  groups: settings.groups,
  routingGroups: settings.routingGroups,
  fallbacks: settings.fallbacks,
  contextWindowFallbacks: settings.fallbacks,
  contentPolicyFallbacks: settings.fallbacks,
  defaultFallbacks: settings.defaultFallbacks,
  maxFallbacks: count,
  numRetries: count,
  retryPolicy: settings.retryPolicy,
  modelGroupRetryPolicy: map(settings.retryPolicy),
  maxAttempts: numeric({ least: 1, whole: true }),
  retryAfterMs: atLeastZero,
  maxRetryWaitMs: atLeastZero,
  retryBudget: settings.retryBudget,
  timeoutMs: positive,
  streamTimeoutMs: positive,
  timeouts: settings.timeouts,
  deadlineMs: positive,
  allowedFails: count,
  allowedFailsPolicy: settings.allowedFailsPolicy,
  cooldownMs: atLeastZero,
  maxCooldownMs: positive,
  disableCooldowns: flag,
  slowStartMs: atLeastZero,
  enablePreCallChecks: flag,
  enableTagFiltering: flag,
  tagFilteringMatchAny: flag,
  defaultParams: object,
  defaultMaxParallelRequests: count,
  limitAlgorithm: choice(["window", "bucket"]),
  dropParams: settings.dropParams,
  additionalDropParams: settings.droppedFields,
  cacheResponses: flag,
  cache: settings.cache,
  midStreamFallback: settings.midStreamFallback,
  holdBackEvents: count,
};

const codeRules: RulesOf<Omit<CreateRouterOptions, keyof RouterConfig>> = {
  providers: parts.providers,
  strategy: parts.strategy,
  groupStrategies: map(parts.strategy),
  filters: list(parts.filter),
  callbacks: list(parts.callback),
  responseCache: parts.responseCache,
  sharedState: parts.sharedState,
  catalogue: callable,
  tokenEstimator: callable,
  clock: parts.clock,
  random: parts.random,
  logger: parts.logger,
};

const routerOptions = shape<CreateRouterOptions>(
  { ...codeRules, ...configRules },
  { required: ["providers", "modelList"] },
);

/** The argument of `update`. */
export interface Change {
  readonly config: RouterConfig;
  readonly strategy?: Strategy;
  readonly groupStrategies?: Readonly<Record<string, Strategy>>;
}

const changeParts = shape<Change>(
  { config: object, strategy: parts.strategy, groupStrategies: codeRules.groupStrategies },
  { required: ["config"], unknown: (key, path) => misplaced(key, path, ["config", "strategy", "groupStrategies"]) },
);

const changedConfig = shape<RouterConfig>(configRules, {
  required: ["modelList"],
  unknown: (key, path) => {
    if (key === "strategy" || key === "groupStrategies")
      return fault(path, "it does not belong in config.", `Pass it next to it: update({ config, ${key} }).`);
    return Object.hasOwn(codeRules, key)
      ? fault(path, "it cannot change while the router runs.", "Omit it, or create another router.")
      : noSuchOption(key, path, Object.keys(configRules));
  },
});

function misplaced(key: string, path: string, known: readonly string[]): Fault {
  return Object.hasOwn(configRules, key)
    ? fault(path, "it belongs in config.", `Write update({ config: { ${key}, ... } }).`)
    : noSuchOption(key, path, known);
}

/** Reports what cannot work before anything is built. @throws `invalid_option` with the path and the fix */
export function checkOptions(options: CreateRouterOptions): void {
  refuse(routerOptions(options, ""));
  refuse(strayStrategy(options.groupStrategies, options));
  if (options.cacheResponses === true && options.responseCache === undefined)
    refuse(fault("cacheResponses", "it needs a cache.", "Pass one, e.g. responseCache: memoryCache(), or omit it."));
}

/** The same for an update. @throws `invalid_option` with the path and the fix */
export function checkChange(change: Change): void {
  refuse(changeParts(change, ""));
  refuse(changedConfig(change.config, ""));
  refuse(strayStrategy(change.groupStrategies, change.config));
}

/** A strategy for a group that does not exist. */
function strayStrategy(
  strategies: Readonly<Record<string, Strategy>> = {},
  { modelList: entries, routingGroups = {} }: RouterConfig,
): Fault | undefined {
  const known = new Set([...entries.map((entry) => entry.modelName), ...Object.keys(routingGroups)]);
  const stray = Object.keys(strategies).find((group) => !known.has(group));
  if (stray === undefined) return undefined;
  const { fix } = noSuchOption(stray, "", known);
  return fault(`groupStrategies.${stray}`, `there is no model group ${shown(stray)}.`, fix);
}
