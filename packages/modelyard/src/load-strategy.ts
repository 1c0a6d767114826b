import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, type ConfigIssue, type ParsedConfig, type StrategyChoice } from "@modelyard/config-yaml";
import { invalidOption, isJsonObject, type JsonObject, RouterError, type Strategy } from "@modelyard/core";
import { createStrategy } from "@modelyard/strategies";

const named = "routing_strategy";

/** What a strategy lacks that a value is not; `undefined`: nothing. */
function lackOf(value: unknown): string | undefined {
  if (!isJsonObject(value)) return `it is ${value === null ? "null" : `a ${typeof value}`}, no object`;
  if (typeof value["name"] !== "string" || !/^[\w.-]+$/u.test(value["name"]))
    return "its name is no text of letters, digits and ._-";
  if (typeof value["pick"] !== "function") return "it has no function pick";
  for (const optional of ["observe", "review", "snapshot", "restore"]) {
    if (value[optional] !== undefined && typeof value[optional] !== "function") return `its ${optional} is no function`;
  }
  return undefined;
}

function said(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Where a module is, with its age: a changed one is loaded anew, an unchanged one is not loaded twice. */
function addressOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${pathToFileURL(path).href}?v=${String(mtimeMs)}-${String(size)}`;
  } catch (cause) {
    const missing = (cause as { readonly code?: string }).code === "ENOENT";
    throw invalidOption(
      named,
      `${path} ${missing ? "does not exist" : `cannot be read: ${said(cause)}`}.`,
      "Correct the path; it starts at the folder of the file that names it.",
    );
  }
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const address = addressOf(path);
  try {
    return (await import(/* @vite-ignore */ address)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidOption(named, `${path} cannot be loaded: ${said(cause)}.`, "Correct the module.");
  }
}

async function fromModule(path: string, args: JsonObject): Promise<Strategy> {
  const module = await importModule(path);
  // A CommonJS module has its exports within the default one.
  const inner = isJsonObject(module["default"]) ? module["default"]["strategy"] : undefined;
  const exported = module["strategy"] ?? inner ?? module["default"];
  if (exported === undefined) {
    const names = Object.keys(module);
    throw invalidOption(
      named,
      `${path} exports no strategy${names.length === 0 ? "" : `, only ${names.join(", ")}`}.`,
      'Export a function "strategy", or a default one, that returns an object with name and pick.',
    );
  }
  let made: unknown = exported;
  if (typeof exported === "function") {
    try {
      made = await (exported as (args: JsonObject) => unknown)(args);
    } catch (cause) {
      if (RouterError.isInstance(cause) && cause.kind === "invalid_option") throw cause;
      throw invalidOption(named, `the strategy of ${path} could not be made: ${said(cause)}.`, "Correct the module.");
    }
  }
  const lack = lackOf(made);
  if (lack === undefined) return made as Strategy;
  throw invalidOption(named, `what ${path} gives is no strategy: ${lack}.`, "Return an object with name and pick.");
}

/**
 * A strategy by name, or from a module of the user's: `./my-strategy.mjs`, whose export `strategy` (or default) is a
 * function of `routing_strategy_args`, or a strategy. A module that changed since is loaded again.
 * @param folder - where the file stands that names it
 * @throws `invalid_option` for what cannot be found, loaded or used
 */
export async function loadStrategy(
  { name, args }: Pick<StrategyChoice, "name" | "args">,
  folder: string,
): Promise<Strategy> {
  const isPath = /^\.{0,2}[\\/]/u.test(name) || /\.[cm]?[jt]s$/u.test(name);
  return isPath ? fromModule(resolve(folder, name), args) : createStrategy(name, args);
}

export interface LoadedStrategies {
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
}

/**
 * The strategies that a file names. Groups that share a choice share the strategy; those of groups that do not exist are
 * checked and left out.
 * @throws {@link ConfigError} with everything that is wrong, each at its place
 */
export async function loadStrategies(config: ParsedConfig, folder: string): Promise<LoadedStrategies> {
  const issues: ConfigIssue[] = [];
  const made = new Map<StrategyChoice, Strategy>();
  for (const choice of new Set([config.strategy, ...Object.values(config.groupStrategies)])) {
    try {
      made.set(choice, await loadStrategy(choice, folder));
    } catch (thrown) {
      issues.push(issueOf(thrown, choice, config));
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const { modelList, routingGroups = {} } = config.router;
  const groups = new Set([...modelList.map((entry) => entry.modelName), ...Object.keys(routingGroups)]);
  const known = Object.entries(config.groupStrategies).filter(([group]) => groups.has(group));
  return {
    strategy: made.get(config.strategy) as Strategy,
    groupStrategies: Object.fromEntries(known.map(([group, choice]) => [group, made.get(choice) as Strategy])),
  };
}

/** The built-in ones name the argument that is wrong: `routing_strategy_args.ttl`. */
function issueOf(thrown: unknown, choice: StrategyChoice, config: ParsedConfig): ConfigIssue {
  const param = RouterError.isInstance(thrown) ? (thrown.param ?? named) : named;
  const keys = param.startsWith("routing_strategy_args.") ? param.split(".", 2) : [named];
  const path = [...choice.path, ...keys];
  const message = said(thrown);
  return {
    path: path
      .map((key) => (typeof key === "number" ? `[${String(key)}]` : `.${key}`))
      .join("")
      .slice(1),
    message: message.startsWith(`${param}: `) ? message.slice(param.length + 2) : message,
    ...config.sourceOf(path),
  };
}
