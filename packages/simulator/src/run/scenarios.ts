import type { DeploymentOptions, Strategy } from "@modelyard/core";
import { omniscient, type ReferenceFigures } from "../reference/omniscient.js";
import { pooledLimit } from "../reference/shared-resources.js";
import type { DeploymentModel, Fault } from "../vendor/deployment-model.js";
import type { Workload } from "../workload/simulated-request.js";
import { steadyWorkload } from "../workload/workloads.js";
import type { MeasuredTime } from "./recorder.js";
import { simulate, type SimulatedRouterOptions, type SimulationResult } from "./simulate.js";

/** A situation that strategies are compared in. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** In the order in which they are listed. */
  readonly deployments: readonly DeploymentModel[];
  /** The requests of a run, if nothing else is asked for: an hour. */
  readonly requests: number;
  workload(requests: number, seed: number): Workload;
  /** @defaultValue everything */
  readonly measured?: MeasuredTime;
  /** What the limits of all deployments admit together, for scenarios about limits. */
  readonly pooled?: { readonly perMinute: number; readonly burst: number };
}

const group = "model";

/** Conversations per second in Azure's trace. */
const conversationRate = 5.5;
const hourOfConversations = 19_366;

function conversations(load: number, maxTokens?: number): Scenario["workload"] {
  return (requests, seed) =>
    steadyWorkload({
      requests,
      seed,
      perSecond: conversationRate * load,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    });
}

function equal(count: number, model: DeploymentModel = {}): readonly DeploymentModel[] {
  return Array.from({ length: count }, () => model);
}

/** Four equal deployments, the first of which has a fault from the fifth minute on. */
function withFault(fault: Fault): readonly DeploymentModel[] {
  return [{ faults: [fault] }, ...equal(3)];
}

const faultFromMs = 300_000;
const hour = { requests: hourOfConversations };
const slowFirst = [0.25, 0.5, 1, 1].map((speed) => ({ speed }));

/** The scenarios, by name. */
export const scenarios = {
  S1: {
    ...hour,
    name: "S1",
    title: "steady: four equal deployments",
    deployments: equal(4),
    workload: conversations(1.1),
  },
  S2: {
    ...hour,
    name: "S2",
    title: "unequal speeds 1:1:½:¼, the fastest listed first",
    deployments: slowFirst.toReversed(),
    workload: conversations(0.75),
  },
  S2r: {
    ...hour,
    name: "S2r",
    title: "unequal speeds 1:1:½:¼, the slowest listed first",
    deployments: slowFirst,
    workload: conversations(0.75),
  },
  S3: {
    name: "S3",
    title: "one of four is ten times slower for a minute",
    requests: 3_000,
    deployments: withFault({ kind: "slow", factor: 10, fromMs: faultFromMs, toMs: faultFromMs + 60_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 60_000 },
  },
  S4: {
    ...hour,
    name: "S4",
    title: "429 storm: four accounts with 200,000 tokens per minute each",
    deployments: equal(4, { limits: { tokens: { perMinute: 200_000, burst: 20_000 } } }),
    workload: conversations(1, 1_000),
    pooled: { perMinute: 800_000, burst: 80_000 },
  },
  S5a: {
    name: "S5a",
    title: "one of four answers 503 for two minutes",
    requests: 3_000,
    deployments: withFault({ kind: "error", status: 503, fromMs: faultFromMs, toMs: faultFromMs + 120_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 120_000 },
  },
  S5b: {
    name: "S5b",
    title: "one of four answers nothing for two minutes",
    requests: 3_000,
    deployments: withFault({ kind: "hang", fromMs: faultFromMs, toMs: faultFromMs + 120_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 120_000 },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

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
  /** @defaultValue 1 */
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
}

function idOf(index: number): string {
  return `deployment-${String(index + 1)}`;
}

function deploymentsOf({ deployments }: Scenario): readonly DeploymentOptions[] {
  return deployments.map((_, index) => ({
    modelName: group,
    model: "openai/simulated",
    id: idOf(index),
  }));
}

/** Runs a strategy through a scenario, and compares it with an omniscient router on the same requests. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { scenario, strategy, router, seed = 1, requests = scenario.requests, processes = 1 } = options;
  const { measured, deployments } = scenario;
  const workload = scenario.workload(requests, seed);
  const modelList = deploymentsOf(scenario);
  const common = { workload, seed, ...(measured === undefined ? {} : { measured }) };
  const result = await simulate({
    ...common,
    processes,
    router: () => ({
      timeoutMs: 60_000,
      streamTimeoutMs: 60_000,
      numRetries: 2,
      ...router,
      modelList,
      strategy: strategy(),
    }),
    deployments: Object.fromEntries(deployments.map((model, index) => [idOf(index), model])),
  });
  const reference = omniscient({ ...common, deployments });
  return {
    scenario: scenario.name,
    seed,
    result,
    reference,
    regret: regretOf(result, reference),
    servable: scenario.pooled === undefined ? undefined : pooledLimit({ workload, ...scenario.pooled }),
  };
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
