import type { DeploymentOptions, Strategy } from "@modelyard/core";
import { omniscient, type ReferenceFigures } from "../reference/omniscient.js";
import { pooledLimit, sharedCache } from "../reference/shared-resources.js";
import type { Scenario } from "./scenarios.js";
import type { SimulatedRouterOptions } from "./router-options.js";
import { simulate, type SimulationResult } from "./simulate.js";

const group = "model";

export interface ScenarioOptions {
  readonly scenario: Scenario;
  /** Called once for each process. */
  readonly strategy: () => Strategy;
  /** Other options of the router. @defaultValue two retries, and 60 s for the first token and for each attempt */
  readonly router?: Omit<Partial<SimulatedRouterOptions>, "modelList" | "strategy">;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue the scenario's */
  readonly requests?: number;
  /** @defaultValue the scenario's */
  readonly processes?: number;
}

/** How far a router is from a reference: the ratio of each figure, 1 being as good. */
export interface Regret {
  readonly firstTokenP50: number;
  readonly firstTokenP95: number;
  readonly firstTokenP99: number;
  readonly latencyMean: number;
  readonly latencyP99: number;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly seed: number;
  readonly result: SimulationResult;
  readonly reference: ReferenceFigures;
  readonly regret: Regret;
  /** The share of requests that can be served within the limits, with hindsight. `undefined`: there are no limits. */
  readonly servable: number | undefined;
  /** The share of prompt tokens that one cache for all deployments would have. `undefined`: there are no caches. */
  readonly cacheable: number | undefined;
}

function idOf(index: number): string {
  return `deployment-${String(index + 1)}`;
}

function deploymentsOf({ deployments, tpm }: Scenario): readonly DeploymentOptions[] {
  const limits = tpm === undefined ? {} : { tpm };
  return deployments.map((_, index) => ({ modelName: group, model: "openai/simulated", id: idOf(index), ...limits }));
}

/** What is known about a scenario without any router. */
interface Bounds {
  readonly reference: ReferenceFigures;
  readonly servable: number | undefined;
  readonly cacheable: number | undefined;
}

type Requested = Pick<ScenarioOptions, "requests" | "scenario" | "seed">;

function boundsOf({ scenario, seed = 1, requests = scenario.requests }: Requested): Bounds {
  const { deployments, measured, cache, pooled } = scenario;
  const workload = scenario.workload(requests, seed);
  return {
    reference: omniscient({ workload, deployments, seed, ...(measured === undefined ? {} : { measured }) }),
    servable: pooled === undefined ? undefined : pooledLimit({ workload, ...pooled }),
    cacheable: cache === undefined ? undefined : sharedCache(workload, cache),
  };
}

/** Runs a strategy through a scenario, and compares it with an omniscient router on the same requests. */
export function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  return runWithin(options, boundsOf(options));
}

async function runWithin(options: ScenarioOptions, bounds: Bounds): Promise<ScenarioResult> {
  const { scenario, strategy, router, seed = 1, requests = scenario.requests } = options;
  const { processes = scenario.processes ?? 1 } = options;
  const { measured, deployments, sharedState, affinity = false } = scenario;
  const modelList = deploymentsOf(scenario);
  const result = await simulate({
    workload: scenario.workload(requests, seed),
    seed,
    processes,
    ...(measured === undefined ? {} : { measured }),
    ...(sharedState === undefined ? {} : { sharedState }),
    router: () => ({
      timeoutMs: 60_000,
      streamTimeoutMs: 60_000,
      numRetries: 2,
      limitAlgorithm: "bucket",
      affinity,
      ...router,
      modelList,
      strategy: strategy(),
    }),
    deployments: Object.fromEntries(deployments.map((model, index) => [idOf(index), model])),
  });
  return { scenario: scenario.name, seed, result, ...bounds, regret: regretOf(result, bounds.reference) };
}

export interface ComparisonOptions extends Omit<ScenarioOptions, "seed" | "strategy"> {
  /** The strategies by the names under which they are reported. Called once for each process. */
  readonly strategies: Readonly<Record<string, () => Strategy>>;
  /** @defaultValue only 1 */
  readonly seeds?: readonly number[];
  /** Called after each run, with the number of runs so far and in total. */
  readonly onProgress?: (runs: number, all: number) => void;
}

/** Runs strategies through a scenario, all of them with the same requests, once for each seed. */
export async function compareStrategies(
  options: ComparisonOptions,
): Promise<Readonly<Record<string, readonly ScenarioResult[]>>> {
  const { strategies, seeds = [1], onProgress, ...common } = options;
  const results = new Map<string, ScenarioResult[]>(Object.keys(strategies).map((name) => [name, []]));
  const all = results.size * seeds.length;
  let runs = 0;
  for (const seed of seeds) {
    const bounds = boundsOf({ ...common, seed });
    for (const [name, strategy] of Object.entries(strategies)) {
      results.get(name)?.push(await runWithin({ ...common, seed, strategy }, bounds));
      runs += 1;
      onProgress?.(runs, all);
    }
  }
  return Object.fromEntries(results);
}

function regretOf(result: SimulationResult, reference: ReferenceFigures): Regret {
  const { firstTokenMs, latencyMs } = result;
  return {
    firstTokenP50: firstTokenMs.p50 / reference.firstTokenP50Ms,
    firstTokenP95: firstTokenMs.p95 / reference.firstTokenP95Ms,
    firstTokenP99: firstTokenMs.p99 / reference.firstTokenP99Ms,
    latencyMean: latencyMs.mean / reference.latencyMeanMs,
    latencyP99: latencyMs.p99 / reference.latencyP99Ms,
  };
}
