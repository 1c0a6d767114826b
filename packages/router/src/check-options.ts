import type { Callback, Provider, RouterConfig, Strategy } from "@modelyard/core";
import type { CreateRouterOptions } from "./options.js";
import * as parts from "./check-parts.js";
import {
  callable,
  type Fault,
  fault,
  list,
  map,
  noSuchOption,
  object,
  refuse,
  type RulesOf,
  shape,
  shown,
} from "@modelyard/core/options";
import { rulesFor } from "@modelyard/core/settings";

const configRules = rulesFor("router");

const codeRules: RulesOf<Omit<CreateRouterOptions, keyof RouterConfig>> = {
  providers: parts.providers,
  strategy: parts.strategy,
  groupStrategies: map(parts.strategy),
  cooldown: parts.cooldown,
  filters: list(parts.filter),
  callbacks: list(parts.callback),
  responseCache: parts.responseCache,
  sharedState: parts.sharedState,
  catalog: callable,
  tokenEstimator: callable,
  clock: parts.clock,
  random: parts.random,
  logger: parts.logger,
};

const routerOptions = shape<CreateRouterOptions>(
  { ...codeRules, ...configRules },
  { required: ["providers", "modelList"] },
);

/** The argument of `update`. Parts that are not given stay as they are. */
export interface Change {
  readonly config: RouterConfig;
  /** Calls that are running finish with the providers they started with. Those that are replaced are not closed. */
  readonly providers?: readonly Provider[];
  readonly strategy?: Strategy;
  readonly groupStrategies?: Readonly<Record<string, Strategy>>;
  /** Callbacks that are not in the list any more are flushed and closed. */
  readonly callbacks?: readonly Callback[];
}

const { providers, strategy, groupStrategies, callbacks } = codeRules;
const changeRules: RulesOf<Change> = { config: object, providers, strategy, groupStrategies, callbacks };

const changeParts = shape<Change>(changeRules, {
  required: ["config"],
  unknown: (key, path) => misplaced(key, path, Object.keys(changeRules)),
});

const changedConfig = shape<RouterConfig>(configRules, {
  required: ["modelList"],
  unknown: (key, path) => {
    if (Object.hasOwn(changeRules, key))
      return fault(path, "it is not part of config.", `Pass it separately: update({ config, ${key} }).`);
    return Object.hasOwn(codeRules, key)
      ? fault(path, "it cannot change while the router runs.", "Omit it, or create another router.")
      : noSuchOption(key, path, Object.keys(configRules));
  },
});

function misplaced(key: string, path: string, known: readonly string[]): Fault {
  return Object.hasOwn(configRules, key)
    ? fault(path, "it is part of config.", `Write update({ config: { ${key}, ... } }).`)
    : noSuchOption(key, path, known);
}

/** Checks the options before anything is created. @throws `invalid_option` with the path and the fix */
export function checkOptions(options: CreateRouterOptions): void {
  refuse(routerOptions(options, ""));
  refuse(strayStrategy(options.groupStrategies, options));
  if (options.cacheResponses === true && options.responseCache === undefined)
    refuse(fault("cacheResponses", "it needs a cache.", "Pass one, e.g. responseCache: memoryCache(), or omit it."));
}

/** Checks the argument of `update`. @throws `invalid_option` with the path and the fix */
export function checkChange(change: Change): void {
  refuse(changeParts(change, ""));
  refuse(changedConfig(change.config, ""));
  refuse(strayStrategy(change.groupStrategies, change.config));
}

/** The error for a strategy of a group that does not exist. */
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
