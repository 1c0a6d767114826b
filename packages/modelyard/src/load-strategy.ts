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

const named = "routing_strategy";
const namedArgs = "routing_strategy_args";

function said(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The text with a full stop at its end. */
function sentence(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** The error of a module, with its line. */
async function saidAtLine(cause: unknown, path: string): Promise<string> {
  const line = await lineOf(cause, path);
  return line === undefined ? sentence(said(cause)) : `${said(cause).replace(/[.!]$/u, "")} (line ${String(line)}).`;
}

/** A hash of the module's current content. */
function versionOf(path: string, files: SourceFiles): string {
  try {
    return createHash("sha256").update(files.read(path)).digest("hex").slice(0, 16);
  } catch (cause) {
    throw invalidOption(
      named,
      `${path}: ${cause instanceof UnreadableFile ? cause.problem : said(cause)}`,
      "Correct the path, which is relative to the file that names it.",
    );
  }
}

async function importModule(path: string, version: string): Promise<Readonly<Record<string, unknown>>> {
  provideOwnModules();
  // Modules are kept by their address, so a changed one needs another.
  const address = `${pathToFileURL(path).href}?v=${version}`;
  try {
    return (await import(/* @vite-ignore */ address)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidOption(named, `${path} cannot be loaded: ${await saidAtLine(cause, path)}`, "Correct the module.");
  }
}

async function fromModule(path: string, version: string, args: JsonObject): Promise<Strategy> {
  const module = await importModule(path, version);
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
      throw await refusalOf(cause, path, args);
    }
  }
  const found = aStrategy(made, "");
  if (found === undefined) return made as Strategy;
  // What is wrong with a method or the name says which one it is.
  const field = found.path === "" ? "" : `${found.path.replace(/^\./u, "")}: `;
  throw invalidOption(
    named,
    `${path} does not return a valid strategy: ${field}${found.problem}`,
    "Return an object with name and pick.",
  );
}

/** Whether this is an error that JavaScript throws for a bug in the code. */
function isMistakeInCode(cause: unknown): boolean {
  return [TypeError, ReferenceError, SyntaxError].some((mistake) => cause instanceof mistake);
}

/** The error of a factory: about the argument that it names, about all of them, or about the module. */
async function refusalOf(cause: unknown, path: string, args: JsonObject): Promise<RouterError> {
  if (RouterError.isInstance(cause) && cause.kind === "invalid_option") return cause;
  const message = said(cause);
  const words = message.split(/[^\w-]+/u);
  const names = Object.keys(args);
  // A name of one or two letters is a word of its own: it must stand at the beginning.
  const argument =
    names.find((name) => message.startsWith(`${name}: `)) ??
    names.find((name) => name.length > 2 && words.includes(name));
  if (argument !== undefined) {
    const problem = message.startsWith(`${argument}: `) ? message.slice(argument.length + 2) : message;
    return invalidOption(
      `${namedArgs}.${argument}`,
      `${path} rejects it: ${sentence(problem)}`,
      "Correct the argument.",
    );
  }
  if (names.length > 0 && !isMistakeInCode(cause))
    return invalidOption(namedArgs, `${path} rejects them: ${sentence(message)}`, "Correct the arguments.");
  const problem = `${path} could not create the strategy: ${await saidAtLine(cause, path)}`;
  return invalidOption(named, problem, "Correct the module.");
}

/** A strategy, and what it was made from. */
interface Made {
  readonly from: string;
  readonly strategy: Strategy;
}

export interface LoadedStrategies {
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
  /** By where the file chooses them. */
  readonly made: ReadonlyMap<string, Made>;
}

export interface LoadContext {
  /** Where the file stands that names them. */
  readonly folder: string;
  readonly files: SourceFiles;
  /** Whose strategies go on where nothing changed for them, with all they learned. */
  readonly before: LoadedStrategies | undefined;
  /** Whether to load no module of the user's, and to put the default strategy in its place. @defaultValue false */
  readonly withoutModules?: boolean;
}

/**
 * A strategy by name, or from a module of the user's: `./my-strategy.mjs`, whose export `strategy` (or default) is a
 * function of `routing_strategy_args`, or a strategy. A module that changed is loaded anew; what it imports itself is not.
 * @throws `invalid_option` for what cannot be found, loaded or used
 */
async function loadStrategy(
  { name, args }: StrategyChoice,
  { folder, files, withoutModules = false }: LoadContext,
  before: Made | undefined,
): Promise<Made> {
  const isPath = /^\.{0,2}[\\/]/u.test(name) || /\.[cm]?[jt]s$/u.test(name);
  if (isPath && withoutModules) return { from: "", strategy: createStrategy("simple-shuffle", {}) };
  const path = resolve(folder, name);
  const version = isPath ? versionOf(path, files) : "";
  const from = JSON.stringify([name, args, version]);
  if (before?.from === from) return before;
  return { from, strategy: isPath ? await fromModule(path, version, args) : createStrategy(name, args) };
}

/**
 * The strategies that a file names. Groups that share a choice share the strategy; those of groups that do not exist are
 * checked and left out.
 * @throws {@link ConfigError} with everything that is wrong, each at its place
 */
export async function loadStrategies(config: ParsedConfig, context: LoadContext): Promise<LoadedStrategies> {
  const issues: ConfigIssue[] = [];
  const made = new Map<string, Made>();
  const scopeOf = (choice: StrategyChoice): string => JSON.stringify(choice.path);
  const madeOf = (choice: StrategyChoice): Strategy => (made.get(scopeOf(choice)) as Made).strategy;
  for (const choice of new Set([config.strategy, ...Object.values(config.groupStrategies)])) {
    const scope = scopeOf(choice);
    try {
      made.set(scope, await loadStrategy(choice, context, context.before?.made.get(scope)));
    } catch (thrown) {
      issues.push(issueOf(thrown, choice, config));
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const { modelList, routingGroups = {} } = config.router;
  const groups = new Set([...modelList.map((entry) => entry.modelName), ...Object.keys(routingGroups)]);
  const known = Object.entries(config.groupStrategies).filter(([group]) => groups.has(group));
  return {
    strategy: madeOf(config.strategy),
    groupStrategies: Object.fromEntries(known.map(([group, choice]) => [group, madeOf(choice)])),
    made,
  };
}

/** Errors about arguments name them: `routing_strategy_args.ttl`. */
function issueOf(thrown: unknown, choice: StrategyChoice, config: ParsedConfig): ConfigIssue {
  const param = RouterError.isInstance(thrown) ? (thrown.param ?? named) : named;
  const [first = "", ...rest] = param.split(".");
  const known = first === named || first === namedArgs;
  const path = [...choice.path, ...(first === namedArgs ? [first, ...rest.slice(0, 1)] : [named])];
  return {
    path: showPath(path),
    message: known && RouterError.isInstance(thrown) ? problemOf(thrown) : said(thrown),
    ...config.sourceOf(path),
  };
}
