import { readFileSync } from "node:fs";
import type { DeploymentInfo, JsonObject } from "@modelyard/core";
import { didYouMean, invalidOption, isJsonObject, systemClock } from "@modelyard/core/kit";
import {
  agentSessions,
  burstyWorkload,
  diurnalWorkload,
  modelOf,
  omniscient,
  recordedWorkload,
  type ReferenceFigures,
  simulate,
  type SimulatedRouterOptions,
  type SimulationResult,
  steadyWorkload,
  type Workload,
} from "@modelyard/simulator";
import { builtInProviders, createStrategy, type ParsedConfig, priceCatalog, strategyNames } from "modelyard";
import { type CheckOptions, readFile } from "../check.js";
import { type Models, whatIf, withOutages } from "./what-if.js";

export interface SimulateOptions extends CheckOptions {
  readonly model?: string;
  /** Names of strategies, separated by commas. */
  readonly compare?: string;
  /** `routing_strategy_args.NAME=VALUE,VALUE,...` */
  readonly sweep?: string;
  readonly workload: string;
  readonly lengths?: "code" | "conversations" | "long";
  readonly requests: number;
  readonly rate: number;
  readonly seed: number;
  readonly processes: number;
  /** A file in JSON with what deployments are like, by id or model. */
  readonly deployments?: string;
  /** `DEPLOYMENT=FROM-TO`, in seconds. */
  readonly outage?: readonly string[];
  /** `DEPLOYMENT=INPUT,OUTPUT`, in US dollars per million tokens. */
  readonly price?: readonly string[];
  /** Deployments that the group has once more. */
  readonly add?: readonly string[];
}

/** The result of one strategy. */
export interface Variant {
  readonly name: string;
  readonly result: SimulationResult;
}

/** What was compared, and what a router that knows everything would have reached. */
export interface Comparison {
  readonly model: string;
  /** What to call deployments, by id: their model, and their id as well if others have the same model. */
  readonly names: Readonly<Record<string, string>>;
  readonly variants: readonly Variant[];
  readonly omniscient: ReferenceFigures;
}

interface Choice {
  readonly name: string;
  readonly strategy: string;
  readonly args: JsonObject;
}

/**
 * Simulates the router that a file describes, once for each strategy, against models of its deployments.
 * @param onProgress - called from time to time with a line to show
 * @throws if the file has errors, or an option is invalid
 */
export async function simulateFile(
  file: string,
  options: SimulateOptions,
  onProgress?: (line: string) => void,
): Promise<Comparison> {
  // Vendors are not called, so secrets need not be set.
  const yaml = await readFile(file, { ...options, env: false });
  const { router } = yaml;
  const { config, infos } = whatIf(yaml.config, router.deployments(), options);
  await yaml.close();
  const model = options.model ?? infos[0]?.group;
  const listing = model === undefined ? undefined : router.resolve(model);
  if (model === undefined || listing === undefined)
    throw invalidOption(
      "--model",
      `${file} has no model group "${String(model)}".${didYouMean(
        String(model),
        infos.map(({ group }) => group),
      )}`,
      "Name one of its groups.",
    );
  const deployments = withOutages(readModels(options.deployments), options.outage ?? [], infos);
  const workload = workloadOf(options, model);
  const providers = builtInProviders({ env: {} });
  const catalog = await priceCatalog(systemClock, providers);
  const variants: Variant[] = [];
  for (const choice of choicesOf(config, listing.group, options)) {
    const result = await simulate({
      workload,
      deployments,
      providers,
      seed: options.seed,
      processes: options.processes,
      router: () => ({ ...routerOptions(config, choice), catalog }),
      onProgress: (requests) => {
        onProgress?.(`${choice.name}: ${requests.toLocaleString("en")} requests`);
      },
    });
    variants.push({ name: choice.name, result });
  }
  const own = infos.filter(({ group }) => group === listing.group).map((info) => modelOf(deployments, info));
  const best = omniscient({ workload, deployments: own, seed: options.seed });
  return { model, names: namesOf(infos), variants, omniscient: best };
}

function namesOf(infos: readonly DeploymentInfo[]): Readonly<Record<string, string>> {
  const count = (model: string): number => infos.filter((info) => info.model === model).length;
  return Object.fromEntries(
    infos.map(({ id, model }) => [id, count(model) === 1 ? model : `${model} (${id})`] as const),
  );
}

function routerOptions({ router }: ParsedConfig, { strategy, args }: Choice): SimulatedRouterOptions {
  // Answers of the response cache would hide the vendors.
  return { ...router, cacheResponses: false, strategy: createStrategy(strategy, args) };
}

/** The strategies that are compared: those that are named, or the file's own. */
function choicesOf(config: ParsedConfig, group: string, { compare, sweep }: SimulateOptions): readonly Choice[] {
  const own = config.groupStrategies[group] ?? config.strategy;
  const names = compare === undefined ? [own.name] : compare.split(",").map((name) => name.trim());
  const argsOf = (name: string): JsonObject => (name === own.name ? own.args : {});
  for (const name of names) {
    if (strategyNames.includes(name)) continue;
    throw invalidOption(
      "--compare",
      `"${name}" is not a built-in strategy.${didYouMean(name, strategyNames)}`,
      `Use one of ${strategyNames.join(", ")}. For a strategy of your own, call simulate() of @modelyard/simulator.`,
    );
  }
  if (sweep === undefined) return names.map((name) => ({ name, strategy: name, args: argsOf(name) }));
  const { argument, values } = sweepOf(sweep);
  return names.flatMap((name) =>
    values.map((value) => ({
      name: `${name} ${argument}=${value}`,
      strategy: name,
      args: { ...argsOf(name), [argument]: value },
    })),
  );
}

function sweepOf(sweep: string): { readonly argument: string; readonly values: readonly string[] } {
  const { argument, values } = /^routing_strategy_args\.(?<argument>\w+)=(?<values>.+)$/u.exec(sweep)?.groups ?? {};
  if (argument === undefined || values === undefined)
    throw invalidOption(
      "--sweep",
      `"${sweep}" is not understood.`,
      "Write for example routing_strategy_args.ttl=10,60,300.",
    );
  return { argument, values: values.split(",").map((value) => value.trim()) };
}

function readModels(file: string | undefined): Models {
  if (file === undefined) return {};
  let models: unknown;
  try {
    models = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw invalidOption("--deployments", `${file} cannot be read: ${problem}`, "Name a file in JSON.");
  }
  if (!isJsonObject(models))
    throw invalidOption("--deployments", `${file} is not an object.`, "Write an object of models by deployment.");
  return models as Models;
}

function workloadOf(options: SimulateOptions, model: string): Workload {
  const { workload, requests, rate: perSecond, seed, lengths } = options;
  const common = { requests, perSecond, seed, model, ...(lengths === undefined ? {} : { lengths }) };
  switch (workload) {
    case "steady":
      return steadyWorkload(common);
    case "bursty":
      return burstyWorkload(common);
    case "diurnal":
      return diurnalWorkload(common);
    case "sessions":
      // A session has 20 requests on average.
      return agentSessions({ sessions: Math.ceil(requests / 20), perSecond: perSecond / 20, seed, model });
    default:
      return recorded(workload, model);
  }
}

function recorded(file: string, model: string): Workload {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw invalidOption(
      "--workload",
      `there is no file "${file}".`,
      "Use steady, bursty, diurnal, sessions, or a file of CSV or JSON lines.",
    );
  }
  return [...recordedWorkload(text)].map((request) => ({ ...request, model }));
}
