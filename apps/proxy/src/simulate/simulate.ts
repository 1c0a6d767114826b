import { readFileSync } from "node:fs";
import type { JsonObject } from "@modelyard/core";
import { didYouMean, invalidOption, isJsonObject, systemClock } from "@modelyard/core/kit";
import {
  agentSessions,
  burstyWorkload,
  type DeploymentModel,
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
}

/** The result of one strategy. */
export interface Variant {
  readonly name: string;
  readonly result: SimulationResult;
}

/** What was compared, and what a router that knows everything would have reached. */
export interface Comparison {
  readonly model: string;
  readonly variants: readonly Variant[];
  readonly omniscient: ReferenceFigures;
}

interface Choice {
  readonly name: string;
  readonly strategy: string;
  readonly args: JsonObject;
}

type Models = Readonly<Record<string, DeploymentModel>>;

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
  const { config, router } = yaml;
  const infos = router.deployments();
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
  const deployments = withOutages(
    readModels(options.deployments),
    options.outage ?? [],
    infos.map((info) => ({ id: info.id, model: info.model, of: (models: Models) => modelOf(models, info) })),
  );
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
  return { model, variants, omniscient: omniscient({ workload, deployments: own, seed: options.seed }) };
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

interface NamedDeployment {
  readonly id: string;
  readonly model: string;
  readonly of: (models: Models) => DeploymentModel;
}

/** The models with the outages that are asked for: requests to a deployment are answered with 503 for some time. */
function withOutages(models: Models, outages: readonly string[], deployments: readonly NamedDeployment[]): Models {
  const changed: Record<string, DeploymentModel> = { ...models };
  for (const outage of outages) {
    const { name, from, to } = /^(?<name>.+)=(?<from>[\d.]+)-(?<to>[\d.]+)$/u.exec(outage)?.groups ?? {};
    const hit = deployments.filter(({ id, model }) => id === name || model === name);
    if (name === undefined || hit.length === 0)
      throw invalidOption(
        "--outage",
        name === undefined ? `"${outage}" is not understood.` : `there is no deployment "${name}".`,
        "Write a deployment's id or model and the seconds, for example gpt-4o=60-180.",
      );
    const fault = { kind: "error", status: 503, fromMs: Number(from) * 1_000, toMs: Number(to) * 1_000 } as const;
    for (const { id, of } of hit) {
      const before = of(changed);
      changed[id] = { ...before, faults: [...(before.faults ?? []), fault] };
    }
  }
  return changed;
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
