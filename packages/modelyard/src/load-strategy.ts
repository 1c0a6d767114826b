import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ConfigError,
  type ConfigIssue,
  type ParsedConfig,
  showPath,
  type StrategyChoice,
  UnreadableFile,
} from "@modelyard/config-yaml";
import { type JsonObject, RouterError, type Strategy } from "@modelyard/core";
import { invalidOption, isJsonObject, problemOf } from "@modelyard/core/kit";
import { strategy as aStrategy } from "@modelyard/core/options";
import { createStrategy } from "@modelyard/strategies";
import { lineOf } from "./module-line.js";
import { provideOwnModules } from "./own-modules.js";
import type { SourceFiles } from "./source-files.js";

const strategyKey = "routing_strategy";
const argsKey = "routing_strategy_args";

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Adds a period if the text does not end in punctuation. */
function sentence(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** The message of an error, with the line of the module that caused it. */
async function messageWithLine(cause: unknown, path: string): Promise<string> {
  const line = await lineOf(cause, path);
  return line === undefined
    ? sentence(messageOf(cause))
    : `${messageOf(cause).replace(/[.!]$/u, "")} (line ${String(line)}).`;
}

/** A hash of the module's current content. */
function versionOf(path: string, files: SourceFiles): string {
  try {
    return createHash("sha256").update(files.read(path)).digest("hex").slice(0, 16);
  } catch (cause) {
    throw invalidOption(
      strategyKey,
      `${path}: ${cause instanceof UnreadableFile ? cause.problem : messageOf(cause)}`,
      "Correct the path, which is relative to the file that names it.",
    );
  }
}

async function importModule(path: string, version: string): Promise<Readonly<Record<string, unknown>>> {
  provideOwnModules();
  // Node caches modules by URL, so a changed module needs a different one.
  const address = `${pathToFileURL(path).href}?v=${version}`;
  try {
    return (await import(/* @vite-ignore */ address)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidOption(
      strategyKey,
      `${path} cannot be loaded: ${await messageWithLine(cause, path)}`,
      "Correct the module.",
    );
  }
}

async function fromModule(path: string, version: string, args: JsonObject): Promise<Strategy> {
  const module = await importModule(path, version);
  // The exports of a CommonJS module are properties of its default export.
  const inner = isJsonObject(module["default"]) ? module["default"]["strategy"] : undefined;
  const exported = module["strategy"] ?? inner ?? module["default"];
  if (exported === undefined) {
    const names = Object.keys(module);
    throw invalidOption(
      strategyKey,
      `${path} does not export a strategy${names.length === 0 ? "" : `, only ${names.join(", ")}`}.`,
      'Export a function named "strategy", or a default function, that returns an object with name and pick.',
    );
  }
  let made: unknown = exported;
  if (typeof exported === "function") {
    try {
      made = await (exported as (args: JsonObject) => unknown)(args);
    } catch (cause) {
      throw await refusalOf(cause, path, args);
    }
  }
  const found = aStrategy(made, "");
  if (found === undefined) return made as Strategy;
  // A problem with a single field names the field.
  const field = found.path === "" ? "" : `${found.path.replace(/^\./u, "")}: `;
  throw invalidOption(
    strategyKey,
    `${path} does not return a valid strategy: ${field}${found.problem}`,
    "Return an object with name and pick.",
  );
}

/** Whether this is an error that JavaScript throws for a bug in the code. */
function isMistakeInCode(cause: unknown): boolean {
  return [TypeError, ReferenceError, SyntaxError].some((mistake) => cause instanceof mistake);
}

/** Converts an error that a factory threw: it concerns the argument that it names, all arguments, or the module. */
async function refusalOf(cause: unknown, path: string, args: JsonObject): Promise<RouterError> {
  if (RouterError.isInstance(cause) && cause.kind === "invalid_option") return cause;
  const message = messageOf(cause);
  const words = message.split(/[^\w-]+/u);
  const names = Object.keys(args);
  // Short names may be ordinary words, so they only count at the beginning of the message.
  const argument =
    names.find((name) => message.startsWith(`${name}: `)) ??
    names.find((name) => name.length > 2 && words.includes(name));
  if (argument !== undefined) {
    const problem = message.startsWith(`${argument}: `) ? message.slice(argument.length + 2) : message;
    return invalidOption(`${argsKey}.${argument}`, `${path} rejects it: ${sentence(problem)}`, "Correct the argument.");
  }
  if (names.length > 0 && !isMistakeInCode(cause))
    return invalidOption(argsKey, `${path} rejects them: ${sentence(message)}`, "Correct the arguments.");
  const problem = `${path} could not create the strategy: ${await messageWithLine(cause, path)}`;
  return invalidOption(strategyKey, problem, "Correct the module.");
}

/** A loaded strategy. */
interface LoadedStrategy {
  /** Its name, arguments and content hash. If these are the same after a reload, the strategy is kept. */
  readonly from: string;
  readonly strategy: Strategy;
}

export interface LoadedStrategies {
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
  /** Strategies by the path of the settings that choose them. */
  readonly byPath: ReadonlyMap<string, LoadedStrategy>;
}

export interface LoadContext {
  /** The folder of the configuration, which paths of modules are relative to. */
  readonly folder: string;
  readonly files: SourceFiles;
  /** The strategies before a reload. Those that did not change are kept, with their state. */
  readonly before: LoadedStrategies | undefined;
  /**
   * Uses the default strategy instead of loading the user's modules.
   * @defaultValue false
   */
  readonly withoutModules?: boolean;
}

/**
 * Creates a built-in strategy by name, or loads one from the user's module (`./my-strategy.mjs`). The module's export
 * `strategy`, or its default export, is a strategy, or a function that takes `routing_strategy_args` and returns one. A
 * changed module is loaded again, but not the modules that it imports.
 * @throws `invalid_option` if the strategy cannot be found, loaded or used
 */
async function loadStrategy(
  { name, args }: StrategyChoice,
  { folder, files, withoutModules = false }: LoadContext,
  before: LoadedStrategy | undefined,
): Promise<LoadedStrategy> {
  const isPath = /^\.{0,2}[\\/]/u.test(name) || /\.[cm]?[jt]s$/u.test(name);
  if (isPath && withoutModules) return { from: "", strategy: createStrategy("simple-shuffle", {}) };
  const path = resolve(folder, name);
  const version = isPath ? versionOf(path, files) : "";
  const from = JSON.stringify([name, args, version]);
  if (before?.from === from) return before;
  return { from, strategy: isPath ? await fromModule(path, version, args) : createStrategy(name, args) };
}

/**
 * Loads the strategies that a file names. Groups that share a choice share the strategy. Strategies of groups that do
 * not exist are checked, but not returned.
 * @throws {@link ConfigError} with all errors and their places
 */
export async function loadStrategies(config: ParsedConfig, context: LoadContext): Promise<LoadedStrategies> {
  const issues: ConfigIssue[] = [];
  const byPath = new Map<string, LoadedStrategy>();
  const scopeOf = (choice: StrategyChoice): string => JSON.stringify(choice.path);
  const strategyOf = (choice: StrategyChoice): Strategy => (byPath.get(scopeOf(choice)) as LoadedStrategy).strategy;
  for (const choice of new Set([config.strategy, ...Object.values(config.groupStrategies)])) {
    const scope = scopeOf(choice);
    try {
      byPath.set(scope, await loadStrategy(choice, context, context.before?.byPath.get(scope)));
    } catch (thrown) {
      issues.push(issueOf(thrown, choice, config));
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

/** Converts an error to an issue at the place of the strategy, or of the argument that it names. */
function issueOf(thrown: unknown, choice: StrategyChoice, config: ParsedConfig): ConfigIssue {
  const param = RouterError.isInstance(thrown) ? (thrown.param ?? strategyKey) : strategyKey;
  const [first = "", ...rest] = param.split(".");
  const known = first === strategyKey || first === argsKey;
  const path = [...choice.path, ...(first === argsKey ? [first, ...rest.slice(0, 1)] : [strategyKey])];
  return {
    path: showPath(path),
    message: known && RouterError.isInstance(thrown) ? problemOf(thrown) : messageOf(thrown),
    ...config.sourceOf(path),
  };
}
