import {
  ConfigError,
  type ConfigIssue,
  isModulePath,
  type ModuleChoice,
  type ParsedConfig,
  type StrategyChoice,
} from "@modelyard/config-yaml";
import type { Strategy } from "@modelyard/core";
import { strategy as rule } from "@modelyard/core/options";
import { createStrategy } from "@modelyard/strategies";
import { type LoadedPart, loadModule, type ModuleContext, moduleIssue, type ModuleKind } from "./load-module.js";

const kind: ModuleKind = { noun: "strategy", rule, members: "name and pick" };

export interface LoadedStrategies {
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
  /** Strategies by the path of the settings that choose them. */
  readonly byPath: ReadonlyMap<string, LoadedPart<Strategy>>;
}

export interface LoadContext extends ModuleContext {
  /** The strategies before a reload. Those that did not change are kept, with their state. */
  readonly before: LoadedStrategies | undefined;
  /**
   * Uses the default strategy instead of loading the user's modules.
   * @defaultValue false
   */
  readonly withoutModules?: boolean;
}

/**
 * Creates a built-in strategy by name, or loads one from the user's module, with `routing_strategy_args`.
 * @throws what `moduleIssue` converts
 */
async function loadStrategy(
  { name, args }: StrategyChoice,
  { withoutModules = false, ...context }: LoadContext,
  before: LoadedPart<Strategy> | undefined,
): Promise<LoadedPart<Strategy>> {
  if (isModulePath(name))
    return withoutModules
      ? { from: "", part: createStrategy("simple-shuffle", {}) }
      : loadModule(kind, { name, args }, context, before);
  const from = JSON.stringify([name, args]);
  return before?.from === from ? before : { from, part: createStrategy(name, args) };
}

/** The places of a strategy and of its arguments. */
function placeOf({ path }: StrategyChoice): ModuleChoice["place"] {
  return { module: [...path, "routing_strategy"], args: [...path, "routing_strategy_args"] };
}

/**
 * Loads the strategies that a file names. Groups that share a choice share the strategy. Strategies of groups that do
 * not exist are checked, but not returned.
 * @throws {@link ConfigError} with all errors and their places
 */
export async function loadStrategies(config: ParsedConfig, context: LoadContext): Promise<LoadedStrategies> {
  const issues: ConfigIssue[] = [];
  const byPath = new Map<string, LoadedPart<Strategy>>();
  const scopeOf = (choice: StrategyChoice): string => JSON.stringify(choice.path);
  const strategyOf = (choice: StrategyChoice): Strategy => (byPath.get(scopeOf(choice)) as LoadedPart<Strategy>).part;
  for (const choice of new Set([config.strategy, ...Object.values(config.groupStrategies)])) {
    const scope = scopeOf(choice);
    try {
      byPath.set(scope, await loadStrategy(choice, context, context.before?.byPath.get(scope)));
    } catch (thrown) {
      issues.push(moduleIssue(thrown, placeOf(choice), config));
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const { modelList, routingGroups = {} } = config.router;
  const groups = new Set([...modelList.map((entry) => entry.modelName), ...Object.keys(routingGroups)]);
  const known = Object.entries(config.groupStrategies).filter(([group]) => groups.has(group));
  return {
    strategy: strategyOf(config.strategy),
    groupStrategies: Object.fromEntries(known.map(([group, choice]) => [group, strategyOf(choice)])),
    byPath,
  };
}
